import type { Incident } from '../incidents/incident.ts'
import { durationMs } from '../route/duration.ts'
import type { Settings } from '../rules/rules-document.ts'

/** Conditions of a project or a source are looked at again this often while their incident is open. */
const CONDITION_EVERY_MS = 60_000

/** A verdict that numbers were missing for is made again, at the longest wait, as long as its problem is this young. */
const DOUBTED_MS = 24 * 3_600_000

/**
 * When an incident's verdict is due to be made again; null: it stands. Degraded verdicts after 30 s, 2 and 5 minutes
 * (settings), an issue on a core flow every minute while fresh, a project's condition every minute while it is open.
 */
export function measureAgainAt(
  incident: Incident,
  settings: Settings,
  now: number,
  doubted = incident.verdict.degraded,
): number | null {
  if (incident.status === 'resolved') return null
  // One that is held back is looked at until it may speak or has ended.
  if (incident.kind === 'source' || incident.quiet !== null) return now + CONDITION_EVERY_MS
  const measured = Object.entries(incident.causes).some(
    ([cause, state]) => cause.startsWith('measured:') && state.clearedAt === null,
  )
  if (incident.kind === 'project' && measured) return now + CONDITION_EVERY_MS
  const fresh = now - incident.lastSignalAt <= durationMs(settings.coreFlowFresh)
  const watched = incident.coreFlow !== null && incident.severity !== 'P0' && fresh
  const flowDue = watched ? now + durationMs(settings.coreFlowEvery) : null
  if (doubted && now - incident.lastSignalAt <= DOUBTED_MS) {
    const waits = settings.remeasureAfter.map(durationMs)
    const due = waits[incident.remeasured]
    const before = waits[incident.remeasured - 1] ?? 0
    const doubtDue = now + (due === undefined ? Math.max(...waits) : Math.max(1_000, due - before))
    return flowDue === null ? doubtDue : Math.min(doubtDue, flowDue)
  }
  return flowDue
}
