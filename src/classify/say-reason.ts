import type { Impact } from '../measure/impact.ts'
import type { About } from './fields.ts'
import type { Judged, RowThatHolds } from './judge-table.ts'
import type { FieldReader } from './read-fields.ts'
import { EXPRESSION, sayField, sayLeaf } from './say-evidence.ts'
import type { Evidence } from './verdict.ts'

/** Numbers that are always shown when they are known, whichever rule fired. */
const HEADLINES: Record<About, readonly string[]> = {
  issue: ['users-per-hour', 'events-per-hour', 'flow-users-5m', 'flow-events-5m'],
  project: ['crash-free.production', 'crash-free.release', 'crash-free.alert', 'unhandled-per-minute'],
  metric: ['metric.status', 'metric.value'],
  source: ['condition'],
}

/** Session counts are said with their rate. */
const SAID_WITHIN = new Map([
  ['crash-free.production.sessions', 'crash-free.production'],
  ['crash-free.release.sessions', 'crash-free.release'],
])

/** One sentence for people, and each number or fact behind it. */
export function giveReason(
  judged: Judged,
  about: About,
  impact: Impact,
  reader: FieldReader,
): { reason: string; evidence: Evidence[] } {
  const decided = evidenceOf(judged.fired, reader)
  const held = evidenceOf(judged.cap, reader)
  const shown = new Set([...decided, ...held].map(item => item.field))
  const headlines = HEADLINES[about]
    .filter(field => !shown.has(field) && (reader.value(field) ?? null) !== null)
    .map(field => sayField(field, reader))
  const because = decided.length > 0 ? decided : headlines
  const sentence = [
    `${judged.severity}: ${judged.fired?.rule.name ?? 'no rule holds, and unknown is not harmless'}`,
    because.length > 0 ? ` (${words(because)})` : '',
    judged.cap === null ? '' : `; held at ${judged.cap.rule.severity} by "${judged.cap.rule.name}" (${words(held)})`,
    impact.degraded ? `; numbers missing: ${impact.gaps.join('; ') || 'not said'}` : '',
  ].join('')
  return { reason: `${sentence.replace(/\.+$/, '')}.`, evidence: uniqueByField([...decided, ...held, ...headlines]) }
}

/** What spoke for the row. A field that a row asks about twice (unknown, or above) is said once. */
function evidenceOf(row: RowThatHolds | null, reader: FieldReader): Evidence[] {
  if (row === null) return []
  return uniqueByField(row.leaves.flatMap(leaf => sayLeaf(leaf, reader)))
}

function uniqueByField(items: readonly Evidence[]): Evidence[] {
  const same = (a: Evidence, b: Evidence) => a.field === b.field && (a.field !== EXPRESSION || a.says === b.says)
  return items.filter((item, index) => items.findIndex(other => same(other, item)) === index)
}

function words(items: readonly Evidence[]): string {
  const fields = new Set(items.map(item => item.field))
  return items
    .filter(item => !fields.has(SAID_WITHIN.get(item.field) ?? ''))
    .map(item => item.says)
    .join('; ')
}
