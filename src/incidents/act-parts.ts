import type { Actor } from './act.ts'
import type { Action, Decision, SentryWrite, Tell } from './change.ts'
import type { StepTimes } from './decide-due.ts'
import type { Incident, TimelineEntry } from './incident.ts'

/** How a step (index; null: the next one) is told by hand. */
export type JumpTo = StepTimes['jump']

export interface ActOptions {
  now: number
  /** Reopening within it continues the same page generation, ms. */
  flapWindowMs: number
  /** Absent: there is no step to jump to. */
  jumpTo?: JumpTo
}

/** An act, as every deciding of one is given it. */
export interface Meant {
  before: Incident
  actor: Actor
  /** When it was decided, ms. */
  at: number
  id: string
  now: number
}

/** `Ada (slack)`. */
export function byWhom({ name, via }: Actor): string {
  return `${name} (${via})`
}

export function because(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`
}

interface Made {
  action: Action
  what: TimelineEntry['what']
  reason: string
  /** What it changes of the incident. */
  change: Partial<Incident>
  /** Beside the line in the thread, which is always told. */
  tell?: readonly Tell[]
  /** Who is to see that line, besides those who read the thread. */
  call?: readonly Actor[]
  /** Absent: messages are brought up to date while it is open. */
  material?: boolean
}

/** The incident with what was decided, a line in its timeline, and a line in the threads of its posts. */
export function acted({ before, actor, id, now }: Meant, made: Made): Decision {
  const { action, what, reason, change, call = [] } = made
  const next: Incident = { ...before, ...change, rev: before.rev + 1, updatedAt: now }
  const entry: TimelineEntry = {
    at: now,
    what,
    severity: next.severity,
    reason,
    by: actor.name,
    signal: `act-${id}`,
    notification: null,
  }
  return {
    action,
    reason,
    next,
    entries: [entry],
    material: made.material ?? next.status !== 'resolved',
    tell: [{ to: 'posts', say: 'thread', reason, ...(call.length === 0 ? {} : { call }) }, ...(made.tell ?? [])],
  }
}

/**
 * What is written back to Sentry: only about an issue, and never what came from there, or the two would talk to each
 * other for ever.
 */
export function toSentry({ before, actor }: Meant, reason: string, ...writes: readonly SentryWrite[]): Tell[] {
  if (before.kind !== 'issue' || before.issue === null || actor.via === 'sentry') return []
  return writes.map(write => ({ to: 'sentry', write, reason }))
}

/** For who reads the issue in Sentry; the link to the incident is added where it is sent. */
export function comment(meant: Meant, text: string): Tell[] {
  return toSentry(meant, text, { kind: 'comment', text })
}

/** Somebody answers for it, or wants it quiet: open pages are acknowledged, but not where that was said. */
export function quietPages({ actor }: Meant, reason: string): Tell {
  return { to: 'pages', say: 'acknowledge', reason, except: actor.via === 'pagerduty' ? actor.at : null }
}
