import type { Escalation } from '../incidents/incident.ts'
import { afterBusinessTime, beforeBusinessTime } from './business-time.ts'
import { durationMs } from './duration.ts'
import type { Policy, Route } from './escalation-table.ts'

/**
 * The escalation of an incident by that route: the policy's steps are copied in, so editing the policy never disturbs
 * one in flight. Its first step counts as told; the next is due its `after` from `now`.
 */
export function escalationOf(route: Pick<Route, 'id'>, policy: Policy, now: number): Escalation {
  const steps = policy.steps.map(step => ({
    after: step.after,
    within: step.within,
    targets: step.targets.map(({ destination, mention }) => ({ destination, mention })),
  }))
  const { responseTime, repeat, hours, staleAfter, whenCalm } = policy
  return withStep(
    {
      route: route.id,
      policy: policy.id,
      responseTime,
      steps,
      repeat: repeat === null ? null : { ...repeat },
      hours: structuredClone(hours),
      staleAfter,
      whenCalm,
      startedAt: now,
      step: 0,
      dueAt: null,
      repeated: 0,
      lap: 0,
      pagedLap: 0,
      remindedAt: null,
    },
    0,
    now,
  )
}

export interface NextStep {
  step: Escalation['steps'][number]
  /** The escalation once that step is told. */
  escalation: Escalation
}

/**
 * The step that is due at `now`, one at a time; null: none is yet, or none is left. A repetition counts from when it is
 * told, not from when it was due: whoever was away for hours finds one round told, not all that they missed.
 */
export function nextStep(escalation: Escalation, now: number): NextStep | null {
  if (escalation.dueAt === null || escalation.dueAt > now) return null
  const { step: told, repeated } = escalation
  const step = escalation.steps[told + 1]
  if (step !== undefined) return { step, escalation: withStep(escalation, told + 1, now) }
  return beginAgain({ ...escalation, repeated: repeated + 1 }, now)
}

/** From the first step, told now; null: it has no steps. */
export function beginAgain(escalation: Escalation, now: number): NextStep | null {
  return toldAgain(escalation, 0, now)
}

/**
 * That step told now, by hand or anew: what comes after it keeps its distance from it. null: there is no such step.
 * What was told before is told in a new lap, see `lap`.
 */
export function toldAgain(escalation: Escalation, index: number, now: number): NextStep | null {
  const step = escalation.steps[index]
  if (step === undefined) return null
  const before = index <= escalation.step
  const startedAt = startFor(now, step, escalation)
  const lap = escalation.lap + (before ? 1 : 0)
  return { step, escalation: withStep({ ...escalation, startedAt, lap }, index, now) }
}

/**
 * The clock of its steps starts anew, its first step being told now by what happened. Where later steps were told
 * already, a new lap begins.
 */
export function restarted(escalation: Escalation, now: number): Escalation {
  const lap = escalation.lap + (escalation.step > 0 ? 1 : 0)
  return withStep({ ...escalation, startedAt: now, repeated: 0, lap }, 0, now)
}

/** Its times lie ahead because the clock has been set back since: the next step is due its wait from `now`, if not sooner. */
export function setBack(escalation: Escalation, now: number): Escalation {
  const { dueAt, startedAt, step } = escalation
  if (dueAt === null) return escalation
  const anew = withStep({ ...escalation, startedAt: Math.min(startedAt, now) }, step, now)
  return { ...anew, dueAt: Math.min(dueAt, anew.dueAt ?? dueAt) }
}

function withStep(escalation: Escalation, told: number, now: number): Escalation {
  const { repeat, repeated, startedAt } = escalation
  const next = escalation.steps[told + 1]
  const at = { ...escalation, step: told }
  if (next !== undefined) return { ...at, dueAt: waitEnds(startedAt, next, escalation) }
  const again = repeat !== null && (repeat.times === null || repeated < repeat.times)
  return { ...at, dueAt: again ? waitEnds(now, repeat, escalation) : null }
}

/** When it would have had to start for that step to be due now. */
function startFor(
  now: number,
  { after, within }: Pick<Escalation['steps'][number], 'after' | 'within'>,
  { hours }: Escalation,
): number {
  const plain = now - durationMs(after)
  if (within === 'always' || hours === null) return plain
  try {
    return beforeBusinessTime(now, after, hours) ?? plain
  } catch {
    return plain
  }
}

/** Hours that never come, or that cannot be read, hold nobody back: then every minute counts. */
function waitEnds(
  from: number,
  { after, within }: Pick<Escalation['steps'][number], 'after' | 'within'>,
  { hours }: Escalation,
): number {
  const plain = from + durationMs(after)
  if (within === 'always' || hours === null) return plain
  try {
    return afterBusinessTime(from, after, hours) ?? plain
  } catch {
    return plain
  }
}
