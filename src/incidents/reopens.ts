import { moreSevere } from '../classify/severity.ts'
import type { Verdict } from '../classify/verdict.ts'
import { causeKey } from '../signals/dedup-key.ts'
import type { Signal } from '../signals/signal.ts'
import type { Incident } from './incident.ts'
import { isOlderRelease } from './release-order.ts'

/** Events up to a minute after a resolve may still have been on their way when someone pressed the button. */
export const SETTLING_MS = 60_000

export interface Reopening {
  reopens: boolean
  reason: string
}

/**
 * Does this signal bring a resolved incident back? Only `unresolved`, a metric alert that fires anew, or an event more
 * than 60 s newer than the resolve does; an event of a release older than the one it was fixed in never does.
 */
export function reopens(incident: Incident, signal: Signal): Reopening {
  const resolvedAt = incident.resolvedAt ?? 0
  if (signal.intent === 'reopen') {
    if (signal.at > resolvedAt) return yes('unresolved in Sentry')
    // Hook timestamps have whole seconds: on a tie Sentry's own status, read when it sent, decides.
    if (signal.at === resolvedAt && signal.facts.status !== 'resolved') return yes('unresolved in Sentry')
    return no('this unresolved is older than the resolve')
  }
  if (signal.metric !== null) {
    // Against its own clear: another cause may have cleared later, and the incident with it.
    const known = incident.causes[causeKey(signal)]
    const fires = known === undefined || revivesCause(signal, known.clearedAt ?? resolvedAt)
    return fires ? yes('the metric alert fires again') : no('this metric alert is older than its own resolve')
  }
  if (!revivesCause(signal, resolvedAt)) return no('not more than 60 s newer than the resolve')
  if (isFromBeforeTheFix(incident, signal.facts.release)) {
    return no(`an event of ${signal.facts.release}, which is older than the release it was resolved in`)
  }
  return yes('a new event after the resolve')
}

/**
 * Does it bring back an incident that faded? Nobody resolved it, so the next event alone does not: it must hurt as it did
 * before, or enough to be P1 by itself. Where numbers could not be had, it comes back: too many is better than never.
 */
export function comesBack(incident: Incident, signal: Signal, verdict: Verdict): Reopening {
  if (signal.at <= (incident.resolvedAt ?? 0)) return no('older than the calm it ended in')
  if (signal.intent === 'reopen') return yes(`${signal.facts.substatus ?? 'unresolved'} in Sentry after it was calm`)
  if (verdict.degraded) return yes('events after it was calm, and their numbers could not be had')
  // A floor chosen in Sentry brings nothing back: measured then is held against measured now.
  const is = verdict.measured ?? verdict.severity
  const was = incident.verdict.measured ?? incident.severity
  if (moreSevere(was, is) && moreSevere('P1', is))
    return no(`measured ${is} since: it hurts less than when it was ${was}`)
  return yes('it hurts again after it was calm')
}

/** Is this newer than the clearing of the cause it tells of? States count by their moment, events with time to settle. */
export function revivesCause(signal: Signal, clearedAt: number): boolean {
  if (signal.metric !== null) return signal.at >= clearedAt
  return signal.at > clearedAt + (signal.intent === 'reopen' ? 0 : SETTLING_MS)
}

/** Releases that cannot be ordered count as newer, except the very one that was running when it was resolved. */
export function isFromBeforeTheFix(incident: Incident, release: string | null): boolean {
  const fixed = incident.resolvedInRelease
  if (fixed === null || release === null) return false
  if (fixed === 'next')
    return (
      incident.release !== null && (release === incident.release || isOlderRelease(release, incident.release) === true)
    )
  const older = isOlderRelease(release, fixed)
  return older === null ? release === incident.release && release !== fixed : older
}

const yes = (reason: string): Reopening => ({ reopens: true, reason })
const no = (reason: string): Reopening => ({ reopens: false, reason })
