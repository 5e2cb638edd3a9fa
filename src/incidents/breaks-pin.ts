import type { Verdict } from '../classify/verdict.ts'
import { isDataLoss } from '../signals/data-loss.ts'
import type { Incident } from './incident.ts'

/** Below this, twice as many is still hardly anybody. */
const FEWEST_USERS = 10

/**
 * Why a severity that a person set no longer holds; null: it holds, or there is none. It holds until it hurts twice as
 * many users as when it was set. Two things that person could not have meant break it too: data is lost now and was not
 * then, and a project is breached by another P0 row than the one they judged. Pure.
 */
export function breaksPin(before: Incident, next: Incident, verdict: Verdict): string | null {
  const { pinned } = before
  if (pinned === null) return null
  const set = `${pinned.by} had set ${pinned.severity}`
  if (isDataLoss(next.tags) && !isDataLoss(before.tags)) return `${set}, but now data is lost`
  if (before.kind === 'project' && verdict.severity === 'P0' && verdict.rule !== before.verdict.rule)
    return `${set}, but now it is another breach`
  const users = next.impact.production?.users?.value ?? null
  if (users === null || users < FEWEST_USERS || users < 2 * (pinned.users ?? 0)) return null
  return `${set} when it hurt ${pinned.users ?? 'an unknown number of'} users; now it hurts ${users}`
}
