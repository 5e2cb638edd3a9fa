import { z } from 'zod'
import type { Measured } from '../measure/impact.ts'
import type { IssueCounts } from '../measure/impact-source.ts'
import { type Params, productionQuery, projectParams, queryTime, statsPeriod } from './api-query.ts'

/** Users and events of one issue in production (`/events/`, dataset errors). */

interface AboutIssue {
  issue: string
  project: string | null
  production: readonly string[]
}

const HOUR_MS = 3_600_000
const BASELINE_HOURS = 24

export function issueCountsParams(question: AboutIssue & { windowSeconds: number }): Params {
  return [
    ['dataset', 'errors'],
    ['field', 'count()'],
    ['field', 'count_unique(user)'],
    ['query', issueQuery(question)],
    ['statsPeriod', statsPeriod(question.windowSeconds)],
    ['per_page', '1'],
    ...projectParams(question.project),
  ]
}

const countsShape = z.object({
  data: z.array(z.object({ 'count()': z.number().nullable(), 'count_unique(user)': z.number().nullable() })),
})

/** null: not of that shape. Events without any user: no user context, so the users are unknown. */
export function readIssueCounts(body: unknown, windowSeconds: number, at: number): IssueCounts | null {
  const parsed = countsShape.safeParse(body)
  if (!parsed.success) return null
  const measured = (value: number): Measured => ({ value, source: 'sentry', at, windowSeconds })
  const row = parsed.data.data[0]
  const events = row?.['count()'] ?? 0
  const users = row?.['count_unique(user)'] ?? 0
  return { users: users === 0 && events > 0 ? null : measured(users), events: measured(events) }
}

/** Unique users of each of the 24 whole hours before the last one. */
export function issueBaselineParams(question: AboutIssue, now: number): Params {
  const end = Math.floor((now - HOUR_MS) / HOUR_MS) * HOUR_MS
  return [
    ['dataset', 'errors'],
    ['yAxis', 'count_unique(user)'],
    ['interval', '1h'],
    ['query', issueQuery(question)],
    ['start', queryTime(end - BASELINE_HOURS * HOUR_MS)],
    ['end', queryTime(end)],
    ['utc', 'true'],
    ...projectParams(question.project),
  ]
}

/** The mean over those hours; null without any hour. Nobody in any of them is known: what comes now is out of the ordinary. */
export function toBaseline(series: readonly { count: number }[], at: number): Measured | null {
  if (series.length === 0) return null
  const sum = series.reduce((total, hour) => total + hour.count, 0)
  return { value: sum / BASELINE_HOURS, source: 'sentry', at, windowSeconds: HOUR_MS / 1000 }
}

function issueQuery({ issue, production }: AboutIssue): string {
  return `issue.id:${issue} ${productionQuery(production)}`
}
