import type { JumpTo } from './act-parts.ts'
import type { Change, Decision } from './change.ts'
import { decideAct } from './decide-act.ts'
import { notingChoice } from './decide-chosen.ts'
import { decideCleared } from './decide-cleared.ts'
import { decideCovered } from './decide-covered.ts'
import { decideDue, NO_STEPS, type StepsDue, type StepTimes } from './decide-due.ts'
import { decideFaded } from './decide-faded.ts'
import { decideJudged } from './decide-judged.ts'
import { decideLinked } from './decide-linked.ts'
import { decideAssigned, decideFeedback, decideMuted } from './decide-people.ts'
import { decideGathers, decideHushed } from './decide-storm.ts'
import { nothing } from './decision-parts.ts'
import type { Incident } from './incident.ts'

export interface DecideOptions {
  /** Reopening within it continues the same page generation, ms. */
  flapWindowMs: number
  now: number
  /** What the escalation table says of steps that are due; absent: none ever is. */
  stepsDue?: StepsDue
  /** How a step is told by hand; absent: there is none to tell. */
  jumpTo?: JumpTo
  /** When the next step, reminder or end of a silence is due; absent: as the incident says. */
  stepAt?: (incident: Incident) => number | null
  /** What a clock that was set back makes of its escalations; absent, or null: nothing. */
  setBack?: (incident: Incident, now: number) => Incident['escalations'] | null
}

/**
 * What a change makes of an incident: pure, and it says why. `before` null: there is none yet.
 * An open incident is raised but never lowered by a machine. Order is by Sentry's time, not by arrival: whether an
 * incident is open or resolved does not depend on the order in which the signals about it came (see `reopens`).
 */
export function decideChange(before: Incident | null, change: Change, options: DecideOptions): Decision {
  if (change.kind === 'speaks') return decideSpeaks(before, change, options.now)
  if (change.kind === 'gathers') return decideGathers(before, change, options.now)
  if (change.kind === 'hushed') return decideHushed(before, change, options.now)
  if (change.kind === 'covered') return decideCovered(before, change, options.now)
  if (change.kind === 'judged') return notingChoice(before, decideJudged(before, change, options), change, options.now)
  if (change.kind === 'act') return decideAct(before, change, options)
  if (change.kind === 'due') return decideDue(before, stepTimes(options), options.now)
  if (before === null)
    return nothing(`no incident for it: ${change.signal.resource}.${change.signal.action} opens none`)
  switch (change.kind) {
    case 'cleared':
      return decideCleared(before, change, options.now)
    case 'muted':
      return decideMuted(before, change, options.now)
    case 'assigned':
      return decideAssigned(before, change, options.now)
    case 'faded':
      return decideFaded(before, change, options.now)
    case 'feedback':
      return decideFeedback(before, change, options.now)
    case 'linked':
      return decideLinked(before, change, options.now)
  }
}

function stepTimes({ stepsDue, jumpTo, stepAt, setBack }: DecideOptions): StepTimes {
  return {
    due: stepsDue ?? NO_STEPS.due,
    jump: jumpTo ?? NO_STEPS.jump,
    nextAt: stepAt ?? NO_STEPS.nextAt,
    ...(setBack === undefined ? {} : { setBack }),
  }
}

function decideSpeaks(before: Incident | null, change: Extract<Change, { kind: 'speaks' }>, now: number): Decision {
  if (before === null || before.status === 'resolved' || before.quiet === null) return nothing('nothing is held back')
  const { reason } = change
  const { severity } = before
  return {
    // Whoever answers for it needs no page to tell them.
    action: before.status === 'acknowledged' ? 'mark' : 'speak',
    reason,
    next: { ...before, rev: before.rev + 1, updatedAt: now, quiet: null },
    entries: [{ at: now, what: 'speaks', severity, reason, by: null, signal: null, notification: null }],
    material: true,
  }
}
