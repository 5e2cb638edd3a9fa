import type { IssueImpact, Measured } from '../measure/impact.ts'
import { newestChoice } from '../signals/chosen.ts'
import type { Judged } from './change.ts'
import { eventTime } from './event-time.ts'
import type { Incident, Suspect } from './incident.ts'
import { environmentOf } from './new-incident.ts'

const MOST_SUSPECTS = 50
/** A bad release may break thousands of issues; the others are found through their own incidents. */
const MOST_LINKED = 100

/** The incident with what every judged signal brings: newer facts, numbers, suspects, links. Decides nothing. */
export function takeIn(before: Incident, change: Judged, now: number): Incident {
  const { signal, again } = change
  const { facts } = signal
  const happened = eventTime(signal)
  const unresolved = signal.intent === 'reopen' && !again
  const next: Incident = {
    ...before,
    rev: before.rev + 1,
    updatedAt: now,
    lastSignalAt: Math.max(before.lastSignalAt, signal.at),
    lastEventAt: largest(before.lastEventAt, happened),
    lastEventRelease:
      happened !== null && happened >= (before.lastEventAt ?? 0) ? facts.release : before.lastEventRelease,
    lastUnresolvedAt: unresolved ? largest(before.lastUnresolvedAt, signal.at) : before.lastUnresolvedAt,
    signals: before.signals + (again ? 0 : 1),
    // Of a source the newest words are the truth: it fails in one way now, in another later.
    title: before.kind === 'source' && !again && signal.at >= before.lastSignalAt ? facts.title : before.title,
    suspects: mergeSuspects(before.suspects, change.suspects),
    linked: [...new Set([...before.linked, ...change.linked])].slice(-MOST_LINKED),
    project: before.project ?? facts.project,
    shortId: before.shortId ?? facts.shortId,
    level: before.level ?? facts.level,
    culprit: before.culprit ?? facts.culprit,
    firstSeen: change.issueImpact?.firstSeen ?? before.firstSeen,
    coreFlow: change.issueImpact?.coreFlow ?? before.coreFlow,
    projectImpact: change.projectImpact ?? before.projectImpact,
    chosen: newestChoice(before.chosen, signal),
    ...(facts.assignee === null || signal.at < (before.ownerSetAt ?? 0)
      ? {}
      : { owner: facts.assignee, ownerSetAt: signal.at }),
    links: {
      sentry: facts.links.issue ?? before.links.sentry,
      event: facts.links.event ?? before.links.event,
      replay: facts.links.replay ?? before.links.replay,
    },
  }
  if (change.issueImpact !== null) {
    const where = environmentOf(change)
    next.impact = { ...before.impact, [where]: withKnown(before.impact[where], change.issueImpact, now) }
  }
  const newest = signal.at >= before.lastSignalAt
  next.tags = newest ? { ...before.tags, ...facts.tags } : { ...facts.tags, ...before.tags }
  if (newest && facts.event !== null) {
    next.release = facts.release ?? before.release
    next.environment = facts.environment ?? before.environment
    next.frame = facts.frame ?? before.frame
    next.transaction = facts.transaction ?? before.transaction
    next.errorClass = facts.errorClass ?? before.errorClass
  }
  // Unresolved again lifts what archiving silenced before.
  if (unresolved && before.muted !== null && signal.at >= before.muted.since) next.muted = null
  return next
}

/** The numbers of now; one that cannot be had now stays as it was last measured, for as long as its window reaches. */
function withKnown(before: IssueImpact | undefined, impact: IssueImpact, now: number): IssueImpact {
  if (before === undefined) return impact
  const known = (is: Measured | null, was: Measured | null): Measured | null =>
    is ?? (was !== null && now - was.at <= was.windowSeconds * 1_000 ? was : null)
  return {
    ...impact,
    users: known(impact.users, before.users),
    events: known(impact.events, before.events),
    flowUsers: known(impact.flowUsers, before.flowUsers),
    flowEvents: known(impact.flowEvents, before.flowEvents),
    flowAnonymous: known(impact.flowAnonymous, before.flowAnonymous),
    baselineUsers: known(impact.baselineUsers, before.baselineUsers),
  }
}

/** Largest first; what is beyond the end is found through its own incident. */
function mergeSuspects(known: readonly Suspect[], more: readonly Suspect[]): Suspect[] {
  const byIncident = new Map(known.map(s => [s.incident, s]))
  for (const suspect of more) {
    const before = byIncident.get(suspect.incident)
    byIncident.set(suspect.incident, {
      ...before,
      ...suspect,
      // Our windows may know less of it than Sentry said: what was measured once is not taken back by a smaller count.
      users: largest(before?.users ?? null, suspect.users),
      events: largest(before?.events ?? null, suspect.events),
    })
  }
  return [...byIncident.values()]
    .sort((a, b) => (b.users ?? 0) - (a.users ?? 0) || (b.events ?? 0) - (a.events ?? 0))
    .slice(0, MOST_SUSPECTS)
}

function largest(a: number | null, b: number | null): number | null {
  if (a === null) return b
  return b === null ? a : Math.max(a, b)
}
