import type { Escalation } from '../incidents/incident.ts'
import { durationMs } from './duration.ts'
import type { Policy, Route } from './escalation-table.ts'

/**
 * The escalation of an incident by that route: the policy's steps are copied in, so editing the policy never disturbs
 * one in flight. Its first step counts as told; the next is due its `after` from `now`.
 */
export function escalationOf(route: Pick<Route, 'id'>, policy: Policy, now: number): Escalation {
  const steps = policy.steps.map(step => ({
    after: step.after,
    targets: step.targets.map(({ destination, mention }) => ({ destination, mention })),
  }))
  return withStep(
    {
      route: route.id,
      policy: policy.id,
      responseTime: policy.responseTime,
      steps,
      whenCalm: policy.whenCalm,
      startedAt: now,
      step: 0,
      dueAt: null,
    },
    0,
  )
}

export interface NextStep {
  step: Escalation['steps'][number]
  /** The escalation once that step is told. */
  escalation: Escalation
}

/** The step that is due at `now`, one at a time; null: none is yet, or none is left. */
export function nextStep(escalation: Escalation, now: number): NextStep | null {
  const step = escalation.steps[escalation.step + 1]
  if (step === undefined || escalation.dueAt === null || escalation.dueAt > now) return null
  return { step, escalation: withStep(escalation, escalation.step + 1) }
}

function withStep(escalation: Escalation, told: number): Escalation {
  const next = escalation.steps[told + 1]
  return { ...escalation, step: told, dueAt: next === undefined ? null : escalation.startedAt + durationMs(next.after) }
}
