import { z } from 'zod'

/** What one process knows of a source that no other can: each asks Sentry's API for itself, each door sees its own hooks. */

export const apiHealthSchema = z.object({
  breaker: z.enum(['closed', 'open', 'half-open']),
  /** In words that name what to do; null: no trouble of late. */
  lastError: z.string().nullable(),
  /** 401 or 403 of late: token or scope. Nobody but a person heals it. */
  refused: z.boolean(),
  /** Of the last 10 minutes. */
  requests: z.number(),
  failures: z.number(),
  lastAnswerAt: z.number().nullable(),
  /** Sentry's clock minus ours, by the Date of its answers, ms. */
  skewMs: z.number().nullable(),
})
export type ApiHealth = z.infer<typeof apiHealthSchema>

/** Seen over several looks: since when there has been trouble without a break. */
export type ApiState = ApiHealth & { troubleSince: number | null }

export const sourceReportSchema = z.object({
  at: z.number(),
  /** null: this process cannot ask. */
  api: apiHealthSchema.extend({ troubleSince: z.number().nullable() }).nullable(),
  /** Of the last 10 minutes: the least of arrival minus hook timestamp, and how many hooks it is the least of. */
  hooks: z.object({ leastMs: z.number(), count: z.number() }).nullable(),
})
export type SourceReport = z.infer<typeof sourceReportSchema>

/** A process that said nothing for longer has ended: what it knew is no longer so. */
export const REPORT_LIVES_MS = 60_000

/** One answer out of what every living process says: any trouble counts, and all answers do. null: nobody asks. */
export function mergeApi(reports: readonly SourceReport[]): ApiState | null {
  const states = reports.flatMap(({ api }) => (api === null ? [] : [api]))
  if (states.length === 0) return null
  const breakers = states.map(({ breaker }) => breaker)
  return {
    breaker: breakers.includes('open') ? 'open' : breakers.includes('half-open') ? 'half-open' : 'closed',
    lastError: newest(reports, api => api.lastError),
    refused: states.some(({ refused }) => refused),
    requests: states.reduce((sum, { requests }) => sum + requests, 0),
    failures: states.reduce((sum, { failures }) => sum + failures, 0),
    lastAnswerAt: largest(states.map(({ lastAnswerAt }) => lastAnswerAt)),
    skewMs: states.toSorted(byAnswer).find(({ skewMs }) => skewMs !== null)?.skewMs ?? null,
    troubleSince: largest(
      states.map(({ troubleSince }) => troubleSince).map(at => (at === null ? null : -at)),
      -1,
    ),
  }
}

/** Fewer hooks prove nothing. */
const LEAST_HOOKS = 3
/** Between two clocks that agree a hook is on its way for less than this (Sentry gives up after 5 s). */
const AHEAD_PROVEN_MS = 30_000
/** Hook timestamps are whole seconds: an arrival this much before its sending needs two clocks that disagree. */
const BEHIND_PROVEN_MS = 2_000

/**
 * Sentry's clock minus ours, ms; null: not known. By the Date of its answers; else by hook timestamps, when they prove
 * it: arrival minus hook timestamp is the way plus the difference of the clocks, so the least of many bounds it.
 */
export function clockSkewMs(reports: readonly SourceReport[]): number | null {
  const byAnswers = mergeApi(reports)?.skewMs ?? null
  if (byAnswers !== null) return byAnswers
  const hooks = reports.flatMap(report => (report.hooks === null ? [] : [report.hooks]))
  if (hooks.reduce((sum, { count }) => sum + count, 0) < LEAST_HOOKS) return null
  const least = Math.min(...hooks.map(({ leastMs }) => leastMs))
  return least > AHEAD_PROVEN_MS || least < -BEHIND_PROVEN_MS ? -least : null
}

function newest(reports: readonly SourceReport[], pick: (api: ApiState) => string | null): string | null {
  for (const { api } of reports.toSorted((a, b) => b.at - a.at)) {
    const picked = api === null ? null : pick(api)
    if (picked !== null) return picked
  }
  return null
}

function byAnswer(a: ApiState, b: ApiState): number {
  return (b.lastAnswerAt ?? 0) - (a.lastAnswerAt ?? 0)
}

function largest(times: readonly (number | null)[], sign = 1): number | null {
  const known = times.filter(time => time !== null)
  return known.length === 0 ? null : Math.max(...known) * sign
}
