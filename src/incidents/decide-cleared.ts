import type { Signal } from '../signals/signal.ts'
import { withResolver } from './act-ending.ts'
import type { Cleared, Decision } from './change.ts'
import { counted, entry, nothing } from './decision-parts.ts'
import type { Incident } from './incident.ts'
import { isFromBeforeTheFix, SETTLING_MS } from './reopens.ts'

/** A cause has cleared: the incident resolves when all have. Pure. */
export function decideCleared(before: Incident, change: Cleared, now: number): Decision {
  if (before.status === 'resolved') return moveTheEnd(before, change, now)
  const { signal, cause } = change
  const late = whyTooLate(before, change)
  if (late !== null) {
    const next = { ...counted(before, signal), lastSignalAt: before.lastSignalAt }
    return { action: 'none', reason: late, next, entries: [entry(now, 'late', late, change)], material: false }
  }
  const causes = withCleared(before.causes, cause, signal.at)
  const base: Incident = { ...counted(before, signal), causes, updatedAt: now }
  const left = Object.entries(causes).filter(([, state]) => state.clearedAt === null)
  if (left.length > 0) {
    const reason = `${cause} has cleared; still open for ${left.map(([name]) => name).join(', ')}`
    const entries = [entry(now, 'attached', reason, change)]
    return { action: 'clear-cause', reason, next: base, entries, material: false }
  }
  const release = fixedIn(signal)
  const by = signal.actor?.name ?? (signal.origin === 'webhook' ? 'Sentry' : 'Tocsin')
  const reason =
    release === null
      ? `${cause} has cleared`
      : `resolved in ${release === 'next' ? 'the next release' : `release ${release}`}`
  const next: Incident = {
    ...base,
    status: 'resolved',
    // Over when the last of its causes cleared, in whichever order we heard of them.
    resolvedAt: Math.max(...Object.values(causes).map(state => state.clearedAt ?? 0)),
    resolvedBy: by,
    resolvedInRelease: release,
    resolvers: resolversWith(before, signal),
    silenced: null,
    quiet: null,
    remeasureAt: null,
  }
  const entries = [entry(now, 'resolved', reason, change, before.severity, by)]
  return { action: 'resolve', reason, next, entries, material: true }
}

/**
 * Resolved once more. What happened between the two no longer brings it back, as if we had heard of both in order; one
 * act may be told twice within a minute (`issue.resolved`, `activity_alert`), and not both may name the release.
 */
function moveTheEnd(before: Incident, change: Cleared, now: number): Decision {
  const { signal, cause } = change
  const end = before.resolvedAt ?? 0
  const sameAct = Math.abs(signal.at - end) <= SETTLING_MS
  const resolvedAt = Math.max(end, signal.at)
  const said = fixedIn(signal)
  const resolvedInRelease = sameAct
    ? (before.resolvedInRelease ?? said)
    : signal.at > end
      ? said
      : before.resolvedInRelease
  const causes = withCleared(before.causes, cause, signal.at)
  if (before.faded !== null && signal.at >= end) return endForGood(before, change, { causes, resolvedAt }, now)
  const sameCause = causes[cause]?.clearedAt === before.causes[cause]?.clearedAt
  if (resolvedAt === end && sameCause && resolvedInRelease === before.resolvedInRelease)
    return nothing('already resolved')
  const reason = 'already resolved; resolved again since'
  const next = { ...counted(before, signal), causes, resolvedAt, resolvedInRelease }
  return { action: 'none', reason, next, entries: [entry(now, 'attached', reason, change)], material: false }
}

/** It had faded; now somebody resolved it: what stayed open for a person to close is closed. */
function endForGood(
  before: Incident,
  change: Cleared,
  end: Pick<Incident, 'causes' | 'resolvedAt'>,
  now: number,
): Decision {
  const { signal } = change
  const by = signal.actor?.name ?? (signal.origin === 'webhook' ? 'Sentry' : 'Tocsin')
  const reason = 'resolved in Sentry, after it had been calm'
  const next: Incident = {
    ...counted(before, signal),
    ...end,
    updatedAt: now,
    resolvedBy: by,
    resolvedInRelease: fixedIn(signal),
    resolvers: resolversWith(before, signal),
    faded: null,
  }
  return {
    action: 'resolve',
    reason,
    next,
    entries: [entry(now, 'resolved', reason, change, before.severity, by)],
    material: true,
  }
}

/** A cause that we never saw arise has cleared too: nothing of it remains. */
function withCleared(causes: Incident['causes'], cause: string, at: number): Incident['causes'] {
  const known = causes[cause]
  return { ...causes, [cause]: { since: known?.since ?? at, clearedAt: Math.max(at, known?.clearedAt ?? at) } }
}

/** `next`: in whatever comes after the release that runs. Sentry names no version then. */
function fixedIn(signal: Signal): string | null {
  const { resolvedInRelease, resolution } = signal.facts
  return resolvedInRelease ?? (resolution === 'in_next_release' ? 'next' : null)
}

/** People who resolve in Sentry hear of it too when it comes back. */
function resolversWith({ resolvers, source }: Incident, { actor }: Signal): Incident['resolvers'] {
  if (actor?.type !== 'user' || actor.name === null) return resolvers
  return withResolver(resolvers, { via: 'sentry', at: source, id: actor.id, name: actor.name })
}

/** A clear that arrives after what it would have been undone by: the end is the same as if order had been kept. */
function whyTooLate(before: Incident, { signal, cause }: Cleared): string | null {
  if (before.kind !== 'issue') {
    // Each cause clears for itself: events that another one is about make no clear late.
    const since = before.causes[cause]?.since ?? signal.at
    return since > signal.at ? `${cause} has arisen again after that` : null
  }
  if (before.lastUnresolvedAt !== null && before.lastUnresolvedAt > signal.at)
    return 'this resolve is older than the last unresolved'
  const newer = before.lastEventAt !== null && before.lastEventAt > signal.at + SETTLING_MS
  if (newer && !isFromBeforeTheFix({ ...before, resolvedInRelease: fixedIn(signal) }, before.lastEventRelease))
    return 'this resolve is more than 60 s older than the newest event'
  return null
}
