import type { Change, Decision } from './change.ts'
import { counted, entry, nothing } from './decision-parts.ts'
import type { Incident } from './incident.ts'

/** What people do in Sentry, other than resolving: each says who did it. Pure. */

/**
 * Archived or ignored. What is resolved is told nothing by it, but remembers: archived after its end, it comes back
 * muted, unless Sentry says it is unresolved.
 */
export function decideMuted(before: Incident, change: Extract<Change, { kind: 'muted' }>, now: number): Decision {
  const { signal } = change
  // A project's crash-free rate or spike stays a problem, whoever archives the metric issue that speaks of it.
  if (before.kind === 'project') return nothing("archiving a metric issue does not quiet its project's incident")
  const over = before.status === 'resolved'
  if (over && signal.at <= (before.resolvedAt ?? 0)) return nothing('already resolved')
  if (before.lastUnresolvedAt !== null && before.lastUnresolvedAt > signal.at)
    return nothing('archived before it was unresolved again')
  if (before.muted !== null && before.muted.since > signal.at) return nothing('archived again since')
  // An app that says what is so already may be the echo of our own word: the reason that was given stays.
  if (before.muted !== null && signal.actor?.type === 'application') return nothing('already archived')
  const by = signal.actor?.name ?? 'someone in Sentry'
  const archived = before.archived + 1
  const times = archived === 1 ? '' : ` (archived ${archived} times by now)`
  const reason = `archived in Sentry by ${by} without a reason: please add one${times}`
  return {
    action: 'mute',
    reason,
    next: {
      ...counted(before, signal),
      updatedAt: now,
      muted: { by, reason, since: signal.at },
      archived,
      ...(over ? {} : { answeredIn: before.generation }),
    },
    entries: [entry(now, 'muted', reason, change, null, by)],
    material: !over,
    // Whoever is being called for it is called no more.
    ...(before.status === 'triggered' ? { tell: [{ to: 'pages', say: 'acknowledge', reason }] } : {}),
  }
}

/** Sets the owner; it is not acknowledged by that. */
export function decideAssigned(before: Incident, change: Extract<Change, { kind: 'assigned' }>, now: number): Decision {
  const { at } = change.signal
  if (before.ownerSetAt !== null && before.ownerSetAt > at) return nothing('assigned again since')
  const owner = change.signal.facts.assignee
  const reason =
    owner === null
      ? 'assignment cleared in Sentry'
      : `assigned to ${owner.name ?? owner.id ?? 'someone'}; not acknowledged by that`
  return {
    action: 'assign',
    reason,
    next: { ...counted(before, change.signal), updatedAt: now, owner, ownerSetAt: at },
    entries: [entry(now, 'assigned', reason, change)],
    material: before.status !== 'resolved',
  }
}

/** User feedback is kept with its incident; it changes nothing about it. */
export function decideFeedback(before: Incident, change: Extract<Change, { kind: 'feedback' }>, now: number): Decision {
  const reason = `user feedback: ${change.signal.facts.title}`
  return {
    action: 'feedback',
    reason,
    next: { ...counted(before, change.signal), updatedAt: now, feedback: before.feedback + 1 },
    entries: [entry(now, 'feedback', reason, change)],
    material: false,
  }
}
