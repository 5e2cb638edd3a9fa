import { z } from 'zod'
import { isProduction } from '../measure/production.ts'
import type { Params } from './api-query.ts'
import { text } from './payload-fields.ts'

/**
 * Sessions counted by status (`/sessions/`), so that the sample behind a rate is known. Grouped by environment instead of
 * filtered: see productionQuery.
 */

const HOUR_MS = 3_600_000
const FIELD = 'sum(session)'

export function lastHourParams(groupBy: readonly string[]): Params {
  return [
    ['field', FIELD],
    ...groupBy.map(name => ['groupBy', name] as [string, string]),
    ['statsPeriod', '1h'],
    ['interval', '1h'],
  ]
}

const count = z.number().nullable()
const sessionsShape = z.object({
  intervals: z.array(z.string()),
  groups: z.array(
    z.object({
      by: z.object({ 'session.status': text, environment: text, release: text, project: text }),
      totals: z
        .object({ [FIELD]: count })
        .partial()
        .optional(),
      series: z
        .object({ [FIELD]: z.array(count) })
        .partial()
        .optional(),
    }),
  ),
})
export type SessionCounts = z.output<typeof sessionsShape>

/** null: not of that shape. */
export function readSessions(body: unknown): SessionCounts | null {
  return sessionsShape.safeParse(body).data ?? null
}

export interface Sample {
  sessions: number
  crashed: number
}

/** The production sessions of the last hour, group by group; not rounded. `project`: its id, where it was asked for. */
export function sampleLastHour(
  counts: SessionCounts,
  production: readonly string[],
  now: number,
): (Sample & { project: string | null; release: string | null })[] {
  const shares = lastHourShares(counts.intervals, now)
  return counts.groups
    .filter(({ by }) => isProduction(by.environment, production))
    .map(({ by, totals, series }) => {
      const sessions = weighed(series?.[FIELD], shares) ?? totals?.[FIELD] ?? 0
      const crashed = by['session.status'] === 'crashed' ? sessions : 0
      return { project: by.project, release: by.release, sessions, crashed }
    })
}

/**
 * Sentry rounds the hour that was asked for outward to whole hours, so an answer covers up to two: of each interval,
 * the share of what has passed of it that lies in the last hour.
 */
function lastHourShares(intervals: readonly string[], now: number): number[] {
  return intervals.map(start => {
    const from = Date.parse(start)
    const to = Math.min(from + HOUR_MS, now)
    if (!(to > from)) return 1
    return Math.min(1, Math.max(0, to - Math.max(from, now - HOUR_MS)) / (to - from))
  })
}

function weighed(series: readonly (number | null)[] | undefined, shares: readonly number[]): number | undefined {
  if (series === undefined || series.length !== shares.length) return undefined
  return series.reduce<number>((sum, value, i) => sum + (value ?? 0) * (shares[i] ?? 0), 0)
}
