import type { Incident } from '../incidents/incident.ts'
import { durationMs } from '../route/duration.ts'

/**
 * Has it been calm for as long as its policies wait, and whom may that tell? null: not yet, or never. Of several
 * policies the most patient one decides. Pure.
 */
export function whenFaded(incident: Incident, now: number): { tell: 'posts' | 'everything'; reason: string } | null {
  if (incident.calmSince === null || incident.escalations.length === 0) return null
  const waits = incident.escalations.map(escalation => escalation.whenCalm)
  if (waits.some(wait => wait === null)) return null
  const longest = waits.reduce((a, b) => (durationMs(b?.after ?? 'PT0S') > durationMs(a?.after ?? 'PT0S') ? b : a))
  if (longest === null || longest === undefined || now - incident.calmSince < durationMs(longest.after)) return null
  const tell = waits.some(wait => wait?.tell === 'posts') ? 'posts' : 'everything'
  const open = tell === 'posts' ? '; a page that is open is left to a person' : ''
  return {
    tell,
    reason: `calm for ${longest.after} below its threshold: resolved by its policy${open}. It comes back when it hurts again`,
  }
}
