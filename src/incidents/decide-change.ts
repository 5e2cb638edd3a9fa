import { moreSevere } from '../classify/severity.ts'
import type { Change, Decision } from './change.ts'
import type { Incident, Suspect, TimelineEntry } from './incident.ts'
import { environmentOf, newIncident } from './new-incident.ts'
import { isFromBeforeTheFix, reopens } from './reopens.ts'

export interface DecideOptions {
  /** Reopening within it continues the same page generation, ms. */
  flapWindowMs: number
  now: number
}

type Judged = Extract<Change, { kind: 'judged' }>

/**
 * What a change makes of an incident: pure, and it says why. `before` null: there is none yet.
 * An open incident is raised but never lowered by a machine; order is by Sentry's time, not by arrival.
 */
export function decideChange(before: Incident | null, change: Change, options: DecideOptions): Decision {
  if (change.kind === 'speaks') return decideSpeaks(before, change, options.now)
  if (change.kind === 'judged') {
    if (before === null) return change.again ? nothing('no incident to measure again') : open(change, options.now)
    return before.status === 'resolved'
      ? reopenOrLeave(before, change, options)
      : raiseOrAttach(before, change, options.now)
  }
  if (before === null)
    return nothing(`no incident for it: ${change.signal.resource}.${change.signal.action} opens none`)
  switch (change.kind) {
    case 'cleared':
      return clear(before, change, options.now)
    case 'muted':
      return mute(before, change, options.now)
    case 'assigned':
      return assign(before, change, options.now)
    case 'feedback':
      return feedback(before, change, options.now)
  }
}

function open(change: Judged, now: number): Decision {
  const next = newIncident(change, now)
  return {
    action: 'open',
    reason: change.verdict.reason,
    next,
    entries: [entry(now, 'opened', change.verdict.reason, change, next.severity)],
    material: true,
  }
}

function reopenOrLeave(before: Incident, change: Judged, options: DecideOptions): Decision {
  const { signal } = change
  if (change.again) return nothing('resolved meanwhile')
  const { reopens: back, reason } = reopens(before, signal)
  if (!back) {
    const next = { ...touched(before, change, options.now), updatedAt: before.updatedAt }
    return {
      action: 'attach',
      reason: `stays resolved: ${reason}`,
      next,
      entries: [entry(options.now, 'late', reason, change)],
      material: false,
    }
  }
  const sameLife = signal.at - (before.resolvedAt ?? 0) <= options.flapWindowMs
  const fresh = newIncident(change, options.now)
  const next: Incident = {
    ...touched(before, change, options.now),
    status: 'triggered',
    severity: change.verdict.severity,
    verdict: change.verdict,
    generation: sameLife ? before.generation : before.generation + 1,
    causes: fresh.causes,
    suspects: change.suspects,
    muted: null,
    quiet: null,
    escalations: sameLife ? before.escalations : [],
    openedAt: options.now,
    acknowledgedAt: null,
    resolvedAt: null,
    resolvedBy: null,
    resolvedInRelease: null,
    remeasured: 0,
    remeasureAt: null,
  }
  const life = sameLife ? 'the same page generation goes on' : `page generation ${next.generation} begins`
  return {
    action: 'reopen',
    reason: `${reason}; ${life}`,
    next,
    entries: [entry(options.now, 'reopened', `${reason}; ${life}`, change, next.severity)],
    material: true,
  }
}

function raiseOrAttach(before: Incident, change: Judged, now: number): Decision {
  const next = touched(before, change, now)
  const known = before.causes[change.cause]
  if (known === undefined || known.clearedAt !== null) {
    next.causes = { ...next.causes, [change.cause]: { since: change.signal.at, clearedAt: null } }
  }
  if (moreSevere(change.verdict.severity, before.severity)) {
    next.severity = change.verdict.severity
    next.verdict = change.verdict
    const reason = `${before.severity} → ${next.severity}: ${change.verdict.reason}`
    return {
      action: 'raise',
      reason,
      next,
      entries: [entry(now, 'raised', reason, change, next.severity)],
      material: true,
    }
  }
  const numbersCame = before.verdict.degraded && !change.verdict.degraded
  const sameSeverity = change.verdict.severity === before.severity
  if (sameSeverity && (numbersCame || !before.verdict.degraded)) next.verdict = change.verdict
  // Numbers that came late and say less: the severity stays (never lowered by a machine), the doubt goes.
  else if (numbersCame) {
    next.verdict = {
      ...before.verdict,
      degraded: false,
      gaps: [],
      reason: `${before.verdict.reason} Measured since: ${change.verdict.reason} Severity is not lowered by itself.`,
    }
  }
  const material =
    numbersCame ||
    grew(before, next) ||
    change.suspects.some(s => !before.suspects.some(b => b.incident === s.incident))
  const entries =
    change.again && !numbersCame
      ? []
      : [entry(now, change.again ? 'judged' : 'attached', change.verdict.reason, change)]
  return { action: 'attach', reason: `already open as ${before.severity}`, next, entries, material }
}

function clear(before: Incident, change: Extract<Change, { kind: 'cleared' }>, now: number): Decision {
  const { signal, cause } = change
  if (before.status === 'resolved') return nothing('already resolved')
  const late = whyTooLate(before, signal.at, signal.facts.resolvedInRelease)
  if (late !== null) {
    return {
      action: 'none',
      reason: late,
      next: { ...before, rev: before.rev + 1, signals: before.signals + 1 },
      entries: [entry(now, 'late', late, change)],
      material: false,
    }
  }
  const causes = { ...before.causes }
  // A cause that we never saw arise has cleared too: nothing of it remains.
  causes[cause] = { since: causes[cause]?.since ?? signal.at, clearedAt: signal.at }
  const left = Object.entries(causes).filter(([, state]) => state.clearedAt === null)
  const by = signal.actor?.name ?? (signal.origin === 'webhook' ? 'Sentry' : 'Tocsin')
  const base = {
    ...before,
    causes,
    rev: before.rev + 1,
    updatedAt: now,
    signals: before.signals + 1,
    lastSignalAt: Math.max(before.lastSignalAt, signal.at),
  }
  if (left.length > 0) {
    const reason = `${cause} has cleared; still open for ${left.map(([name]) => name).join(', ')}`
    return {
      action: 'clear-cause',
      reason,
      next: base,
      entries: [entry(now, 'attached', reason, change)],
      material: false,
    }
  }
  const reason =
    signal.facts.resolvedInRelease === null
      ? `${cause} has cleared`
      : `resolved in ${signal.facts.resolvedInRelease === 'next' ? 'the next release' : `release ${signal.facts.resolvedInRelease}`}`
  const next: Incident = {
    ...base,
    status: 'resolved',
    resolvedAt: signal.at,
    resolvedBy: by,
    resolvedInRelease: signal.facts.resolvedInRelease,
    quiet: null,
    remeasureAt: null,
  }
  return {
    action: 'resolve',
    reason,
    next,
    entries: [entry(now, 'resolved', reason, change, before.severity, by)],
    material: true,
  }
}

/** A resolve that arrives after what it would have been undone by: the end is the same as if order had been kept. */
function whyTooLate(before: Incident, resolvedAt: number, inRelease: string | null): string | null {
  if (before.lastUnresolvedAt !== null && before.lastUnresolvedAt > resolvedAt)
    return 'this resolve is older than the last unresolved'
  const newer = before.lastEventAt !== null && before.lastEventAt > resolvedAt + 60_000
  if (newer && !isFromBeforeTheFix({ ...before, resolvedInRelease: inRelease }, before.lastEventRelease)) {
    return 'this resolve is more than 60 s older than the newest event'
  }
  return null
}

function mute(before: Incident, change: Extract<Change, { kind: 'muted' }>, now: number): Decision {
  if (before.status === 'resolved') return nothing('already resolved')
  if (before.lastUnresolvedAt !== null && before.lastUnresolvedAt > change.signal.at)
    return nothing('archived before it was unresolved again')
  const by = change.signal.actor?.name ?? 'someone in Sentry'
  const reason = `archived in Sentry by ${by} without a reason: please add one`
  const next = { ...seen(before, change.signal.at, now), muted: { by, reason, since: change.signal.at } }
  return { action: 'mute', reason, next, entries: [entry(now, 'muted', reason, change, null, by)], material: true }
}

function assign(before: Incident, change: Extract<Change, { kind: 'assigned' }>, now: number): Decision {
  const owner = change.signal.facts.assignee
  const reason =
    owner === null
      ? 'assignment cleared in Sentry'
      : `assigned to ${owner.name ?? owner.id ?? 'someone'}; not acknowledged by that`
  const next = { ...seen(before, change.signal.at, now), owner }
  return {
    action: 'assign',
    reason,
    next,
    entries: [entry(now, 'assigned', reason, change)],
    material: before.status !== 'resolved',
  }
}

function feedback(before: Incident, change: Extract<Change, { kind: 'feedback' }>, now: number): Decision {
  const reason = `user feedback: ${change.signal.facts.title}`
  const next = { ...seen(before, change.signal.at, now), feedback: before.feedback + 1 }
  return { action: 'feedback', reason, next, entries: [entry(now, 'feedback', reason, change)], material: false }
}

function decideSpeaks(before: Incident | null, change: Extract<Change, { kind: 'speaks' }>, now: number): Decision {
  if (before === null || before.status === 'resolved' || before.quiet === null) return nothing('nothing is held back')
  const next = { ...before, rev: before.rev + 1, updatedAt: now, quiet: null }
  return {
    action: 'speak',
    reason: change.reason,
    next,
    entries: [
      {
        at: now,
        what: 'speaks',
        severity: before.severity,
        reason: change.reason,
        by: null,
        signal: null,
        notification: null,
      },
    ],
    material: true,
  }
}

/** The incident with what every judged signal brings: newer facts, numbers, suspects, links. */
function touched(before: Incident, change: Judged, now: number): Incident {
  const { signal } = change
  const facts = signal.facts
  const newest = signal.at >= before.lastSignalAt
  const next: Incident = {
    ...before,
    rev: before.rev + 1,
    updatedAt: now,
    lastSignalAt: Math.max(before.lastSignalAt, signal.at),
    lastEventAt: maxOf(before.lastEventAt, facts.eventAt),
    lastEventRelease:
      facts.eventAt !== null && facts.eventAt >= (before.lastEventAt ?? 0) ? facts.release : before.lastEventRelease,
    lastUnresolvedAt:
      signal.intent === 'reopen' && !change.again ? maxOf(before.lastUnresolvedAt, signal.at) : before.lastUnresolvedAt,
    signals: before.signals + (change.again ? 0 : 1),
    suspects: mergeSuspects(before.suspects, change.suspects),
    linked: [...new Set([...before.linked, ...change.linked])],
    firstSeen: change.issueImpact?.firstSeen ?? before.firstSeen,
    coreFlow: change.issueImpact?.coreFlow ?? before.coreFlow,
    projectImpact: change.projectImpact ?? before.projectImpact,
    owner: facts.assignee ?? before.owner,
    links: {
      sentry: facts.links.issue ?? before.links.sentry,
      event: facts.links.event ?? before.links.event,
      replay: facts.links.replay ?? before.links.replay,
    },
  }
  if (change.issueImpact !== null) next.impact = { ...before.impact, [environmentOf(change)]: change.issueImpact }
  if (newest && facts.event !== null) {
    next.release = facts.release ?? before.release
    next.environment = facts.environment ?? before.environment
    next.frame = facts.frame ?? before.frame
    next.transaction = facts.transaction ?? before.transaction
    next.errorClass = facts.errorClass ?? before.errorClass
  }
  // Unresolved again lifts what archiving silenced.
  if (signal.intent === 'reopen' && !change.again) next.muted = null
  return next
}

/** Largest first; at most 50, the rest are found through their own incidents. */
function mergeSuspects(known: readonly Suspect[], more: readonly Suspect[]): Suspect[] {
  const byIncident = new Map(known.map(s => [s.incident, s]))
  for (const suspect of more) byIncident.set(suspect.incident, { ...byIncident.get(suspect.incident), ...suspect })
  return [...byIncident.values()]
    .sort((a, b) => (b.users ?? 0) - (a.users ?? 0) || (b.events ?? 0) - (a.events ?? 0))
    .slice(0, 50)
}

/** People look again when it hurts twice as many as they were told. */
function grew(before: Incident, next: Incident): boolean {
  const was = before.impact.production?.users?.value ?? 0
  const is = next.impact.production?.users?.value ?? 0
  return is >= 10 && is >= was * 2
}

function seen(before: Incident, at: number, now: number): Incident {
  return {
    ...before,
    rev: before.rev + 1,
    updatedAt: now,
    signals: before.signals + 1,
    lastSignalAt: Math.max(before.lastSignalAt, at),
  }
}

function entry(
  at: number,
  what: TimelineEntry['what'],
  reason: string,
  change: Exclude<Change, { kind: 'speaks' }>,
  severity: Incident['severity'] | null = null,
  by: string | null = change.signal.actor?.name ?? null,
): TimelineEntry {
  return { at, what, severity, reason, by, signal: change.signal.id, notification: null }
}

function nothing(reason: string): Decision {
  return { action: 'none', reason, next: null, entries: [], material: false }
}

function maxOf(a: number | null, b: number | null): number | null {
  if (a === null) return b
  return b === null ? a : Math.max(a, b)
}
