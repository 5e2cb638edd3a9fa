import { z } from 'zod'
import type { CrashFree, Impact, Measured } from '../measure/impact.ts'

const number = z.number().min(0)
const rate = z.strictObject({ percent: z.number().min(0).max(100), sessions: z.number().min(0) })

/** Numbers given by hand, for "what if it hurt 300 users". What is left out is unknown, and unknown is not zero. */
export const givenImpactSchema = z.strictObject({
  users: number.optional().describe('Unique users in the last hour'),
  events: number.optional().describe('Events in the last hour'),
  flowUsers: number.optional().describe('Unique users of the core flow in 5 minutes'),
  flowEvents: number.optional(),
  flowAnonymous: number.optional(),
  baselineUsers: number.optional().describe('Users in a usual hour'),
  coreFlow: z.string().nullable().optional().describe('Left out: by the rules, from what the signal says'),
  isNew: z.boolean().optional(),
  regressed: z.boolean().optional(),
  escalating: z.boolean().optional(),
  inProduction: z.boolean().optional().describe('Left out: by the environment'),
  crashFree: rate.optional().describe('Crash-free sessions of production in the last hour'),
  crashFreeRelease: rate.optional().describe('The same of the newest release'),
  unhandledPerMinute: number.optional(),
  crashing: z.boolean().optional(),
})
export type GivenImpact = z.infer<typeof givenImpactSchema>

const HOUR_SECONDS = 3_600
const FLOW_SECONDS = 300

/** As if it had been measured at `at` (ms), by whoever gave it. Pure. */
export function impactGiven(
  given: GivenImpact,
  at: number,
  facts: { coreFlow: string | null; inProduction: boolean },
): Impact {
  const measured = (value: number | undefined, windowSeconds: number): Measured | null =>
    value === undefined ? null : { value, source: 'webhook', at, windowSeconds }
  const crashFree = (scope: CrashFree['scope'], one: GivenImpact['crashFree']): CrashFree[] =>
    one === undefined ? [] : [{ ...one, scope, release: null, source: 'sentry', at }]
  return {
    at,
    issue: {
      users: measured(given.users, HOUR_SECONDS),
      events: measured(given.events, HOUR_SECONDS),
      coreFlow: given.coreFlow === undefined ? facts.coreFlow : given.coreFlow,
      flowUsers: measured(given.flowUsers, FLOW_SECONDS),
      flowEvents: measured(given.flowEvents, FLOW_SECONDS),
      flowAnonymous: measured(given.flowAnonymous, FLOW_SECONDS),
      firstSeen: null,
      isNew: given.isNew ?? null,
      regressed: given.regressed ?? null,
      escalating: given.escalating ?? null,
      baselineUsers: measured(given.baselineUsers, HOUR_SECONDS),
      inProduction: given.inProduction ?? facts.inProduction,
    },
    project: {
      crashFree: [...crashFree('production', given.crashFree), ...crashFree('release', given.crashFreeRelease)],
      unhandledPerMinute: measured(given.unhandledPerMinute, 600),
      crashing: given.crashing ?? null,
    },
    degraded: false,
    gaps: [],
  }
}
