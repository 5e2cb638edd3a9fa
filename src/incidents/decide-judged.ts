import { moreSevere } from '../classify/severity.ts'
import { isDataLoss } from '../signals/data-loss.ts'
import { reopened, resolvedBefore } from './act-ending.ts'
import { breaksPin } from './breaks-pin.ts'
import type { Decision, Judged, Tell } from './change.ts'
import type { DecideOptions } from './decide-change.ts'
import { askedAnew, entry, nothing } from './decision-parts.ts'
import type { Incident } from './incident.ts'
import { newIncident } from './new-incident.ts'
import { comesBack, reopens, revivesCause } from './reopens.ts'
import { takeIn } from './take-in.ts'

/** It was measured and judged: opens, raises, reopens or attaches. Pure. */
export function decideJudged(before: Incident | null, change: Judged, options: DecideOptions): Decision {
  if (before === null) {
    if (change.again) return nothing('no incident to measure again')
    return onlyCounts(change) ? nothing(ONLY_COUNTED) : open(change, options.now)
  }
  return before.status === 'resolved'
    ? reopenOrLeave(before, change, options)
    : raiseOrAttach(before, change, options.now)
}

const HOUR_MS = 3_600_000

const ONLY_COUNTED = 'counted: by itself, an error event opens an incident only when it makes a P1 or P0 threshold fall'

/** One error event, or a look of our own at what nobody alerted us to: milder things come by Sentry's own alerts. */
function onlyCounts({ signal, verdict }: Judged): boolean {
  return signal.intent === 'count' && moreSevere('P1', verdict.severity)
}

function open(change: Judged, now: number): Decision {
  const next = newIncident(change, now)
  const { reason } = change.verdict
  return {
    action: 'open',
    reason,
    next,
    entries: [entry(now, 'opened', reason, change, next.severity)],
    material: true,
  }
}

function reopenOrLeave(before: Incident, change: Judged, { now, flapWindowMs }: DecideOptions): Decision {
  const { signal } = change
  if (change.again) return nothing('resolved meanwhile')
  const faded = before.faded !== null
  const { reopens: back, reason } = faded ? comesBack(before, signal, change.verdict) : reopens(before, signal)
  if (!back && faded) return nothing(`stays resolved: ${reason}`)
  if (!faded && onlyCounts(change)) return nothing(ONLY_COUNTED)
  const taken = takeIn(before, change, now)
  if (!back) {
    // `release` stays: "fixed in the next release" is about the one that ran when it was resolved.
    const next = { ...taken, updatedAt: before.updatedAt, release: before.release, muted: before.muted }
    const entries = [entry(now, 'late', reason, change)]
    return { action: 'attach', reason: `stays resolved: ${reason}`, next, entries, material: false }
  }
  const sameLife = signal.at - (before.resolvedAt ?? 0) <= flapWindowMs
  const cleared = Object.entries(before.causes).filter(([, state]) => state.clearedAt !== null)
  const isPinned = before.pinned !== null && breaksPin(before, taken, change.verdict) === null
  const mutedSince = before.muted !== null && before.muted.since > (before.resolvedAt ?? 0)
  const next: Incident = {
    ...taken,
    ...reopened(before, sameLife),
    // The same life goes on: a machine never lowers it, nor moves what a person has set.
    ...(sameLife && (isPinned || moreSevere(before.severity, change.verdict.severity))
      ? { severity: before.severity, verdict: before.verdict }
      : { severity: change.verdict.severity, verdict: change.verdict }),
    ...(isPinned ? {} : { pinned: null }),
    causes: { ...Object.fromEntries(cleared), [change.cause]: { since: signal.at, clearedAt: null } },
    suspects: change.suspects,
    tags: sameLife || Object.keys(signal.facts.tags).length === 0 ? taken.tags : signal.facts.tags,
    muted: mutedSince ? taken.muted : null,
    openedAt: now,
    toldUsers: taken.impact.production?.users?.value ?? null,
    remeasured: 0,
    remeasureAt: null,
  }
  const life = sameLife ? 'the same page generation goes on' : `page generation ${next.generation} begins`
  const why = `${reason}${resolvedBefore(before)}; ${life}`
  const entries = [entry(now, 'reopened', why, change, next.severity)]
  const { resolvers } = before
  const tell: Tell[] = resolvers.length === 0 ? [] : [{ to: 'posts', say: 'thread', reason: why, call: resolvers }]
  return { action: 'reopen', reason: why, next, entries, material: true, tell }
}

function raiseOrAttach(before: Incident, change: Judged, now: number): Decision {
  const { verdict } = change
  const next = takeIn(before, change, now)
  next.causes = causesWith(before.causes, change)
  next.calmSince = calmSince(before, change, now)
  const unpinned = breaksPin(before, next, verdict)
  const isPinned = before.pinned !== null && unpinned === null
  if (moreSevere(verdict.severity, before.severity) && !isPinned && !onlyLostSight(before, change, now)) {
    next.pinned = null
    // Whoever silenced it silenced something less severe: a P0 is hidden by no word that was not about it.
    if (verdict.severity === 'P0') next.silenced = null
    next.severity = verdict.severity
    next.verdict = verdict
    Object.assign(next, askedAnew(before))
    next.calmSince = null
    next.toldUsers = usersOf(next)
    const why = unpinned === null ? '' : ` (${unpinned})`
    const reason = `${before.severity} → ${next.severity}: ${verdict.reason}${why}`
    const entries = [entry(now, 'raised', reason, change, next.severity)]
    return { action: 'raise', reason, next, entries, material: true }
  }
  const numbersCame = before.verdict.degraded && !verdict.degraded
  next.verdict = verdictKept(before, change)
  if (before.muted !== null && next.muted === null) {
    const reason = `unresolved in Sentry: no longer muted; open as ${before.severity}`
    const entries = [entry(now, 'unmuted', reason, change, before.severity)]
    // Whoever answered put it away after that, or others did: nobody is at it now. Who has answered since is.
    if (before.muted.since >= (before.acknowledgedAt ?? 0)) Object.assign(next, askedAnew(before))
    const action = next.status === 'acknowledged' ? 'attach' : 'speak'
    return { action, reason, next, entries, material: true }
  }
  if (
    (before.quiet !== null || before.silenced !== null) &&
    verdict.severity === before.severity &&
    isDataLoss(next.tags) &&
    !isDataLoss(before.tags)
  ) {
    next.silenced = null
    const reason = `data loss speaks for itself: ${verdict.reason}`
    const entries = [entry(now, 'speaks', reason, change, before.severity)]
    return { action: 'speak', reason, next, entries, material: true }
  }
  if (inStorm(before) && next.coreFlow !== null && next.coreFlow !== before.coreFlow) {
    const reason = `a core flow (${next.coreFlow}) is not one of its storm: ${verdict.reason}`
    const entries = [entry(now, 'speaks', reason, change, before.severity)]
    return { action: 'speak', reason, next, entries, material: true }
  }
  const material =
    numbersCame || grew(next) || change.suspects.some(s => !before.suspects.some(b => b.incident === s.incident))
  const entries =
    change.again && !numbersCame ? [] : [entry(now, change.again ? 'judged' : 'attached', verdict.reason, change)]
  if (material) next.toldUsers = usersOf(next)
  // Looking again finds most incidents as they were: then they do not move to the top of the list.
  else if (change.again) next.updatedAt = before.updatedAt
  const kept = isPinned ? `, pinned by ${before.pinned?.by ?? 'someone'}` : ''
  return { action: 'attach', reason: `already open as ${before.severity}${kept}`, next, entries, material }
}

function inStorm({ quiet }: Incident): boolean {
  return quiet?.holds === 'everything' && quiet.rule === undefined
}

/**
 * Its numbers were had before and cannot be had now: our own measuring again learnt nothing by that, nor does an alert
 * that fires again within the hour that was measured. Sentry's API failing is one incident about the source, not a raise
 * of every open one.
 */
function onlyLostSight(before: Incident, { verdict, again }: Judged, now: number): boolean {
  const byAbsence = verdict.evidence.some(({ field, value }) => field === 'degraded' && value === true)
  const measuredAt = before.impact.production?.users?.at ?? null
  const lately = measuredAt !== null && now - measuredAt <= HOUR_MS
  return (again || lately) && !before.verdict.degraded && byAbsence
}

function usersOf(incident: Incident): number | null {
  return incident.impact.production?.users?.value ?? null
}

/**
 * A measuring whose numbers could not be had says nothing: neither calm nor its end. What is told and measured as severe
 * as before ends it, however calm the last look of our own was.
 */
function calmSince(before: Incident, { calm, again, verdict }: Judged, now: number): number | null {
  if (calm === undefined || calm === null) {
    const asBefore = !again && !verdict.degraded && !moreSevere(before.severity, verdict.severity)
    return asBefore ? null : before.calmSince
  }
  return calm ? (before.calmSince ?? now) : null
}

/** The verdict an incident keeps that is not raised: the newest that was measured, never one that knows less. */
function verdictKept(before: Incident, { verdict }: Judged): Incident['verdict'] {
  if (verdict.degraded) return before.verdict
  if (verdict.severity === before.severity) return verdict
  if (!before.verdict.degraded) return before.verdict
  // Numbers that came late and say less: the severity stays (never lowered by a machine), the doubt goes.
  return {
    ...before.verdict,
    degraded: false,
    gaps: [],
    reason: `${before.verdict.reason} Measured since: ${verdict.reason} Severity is not lowered by itself.`,
  }
}

/** What holds it open now. `since` of a cause that is told by state, not by events, is when it was last said to hold. */
function causesWith(causes: Incident['causes'], { cause, signal, again }: Judged): Incident['causes'] {
  const known = causes[cause]
  if (known === undefined) return { ...causes, [cause]: { since: signal.at, clearedAt: null } }
  if (again) return causes
  if (known.clearedAt !== null) {
    const revived = revivesCause(signal, known.clearedAt)
    return revived ? { ...causes, [cause]: { since: signal.at, clearedAt: null } } : causes
  }
  const byState = signal.metric !== null || signal.intent === 'reopen' || signal.subject.kind === 'source'
  return byState ? { ...causes, [cause]: { ...known, since: Math.max(known.since, signal.at) } } : causes
}

/** People look again when it hurts twice as many as when they were told. */
function grew(next: Incident): boolean {
  const is = usersOf(next) ?? 0
  return is >= 10 && is >= (next.toldUsers ?? 0) * 2
}
