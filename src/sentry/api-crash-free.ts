import { z } from 'zod'
import type { CrashFree } from '../measure/impact.ts'
import { isProduction } from '../measure/production.ts'
import { type Params, projectParams } from './api-query.ts'

/**
 * Crash-free sessions from their counts by status (`/sessions/`), so that the sample behind the rate is known.
 * Grouped by environment instead of filtered: see productionQuery. One answer serves production and every release.
 */

const HOUR_MS = 3_600_000
const FIELD = 'sum(session)'

export function sessionsParams(project: string): Params {
  return [
    ['field', FIELD],
    ['groupBy', 'session.status'],
    ['groupBy', 'environment'],
    ['groupBy', 'release'],
    ['statsPeriod', '1h'],
    ['interval', '1h'],
    ...projectParams(project),
  ]
}

/** Newest first, by the date of the release or of its creation: the endpoint's own order. */
export function releasesParams(project: string): Params {
  return [['per_page', '20'], ['sort', 'date'], ...projectParams(project)]
}

const count = z.number().nullable()
const sessionsShape = z.object({
  intervals: z.array(z.string()),
  groups: z.array(
    z.object({
      by: z.object({
        'session.status': z.string().nullish(),
        environment: z.string().nullish(),
        release: z.string().nullish(),
      }),
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

const releasesShape = z.array(z.object({ version: z.string() }))

/** null: not of that shape. */
export function readSessions(body: unknown): SessionCounts | null {
  return sessionsShape.safeParse(body).data ?? null
}

export function readReleases(body: unknown): string[] | null {
  return releasesShape.safeParse(body).data?.map(release => release.version) ?? null
}

interface Sample {
  sessions: number
  crashed: number
}

/**
 * Production as a whole, and the newest of `releases` that had sessions in production: one that nobody runs yet does not
 * hide the one before it. Without any session there is no rate, so nothing is said.
 */
export function toCrashFree(
  counts: SessionCounts,
  releases: readonly string[],
  production: readonly string[],
  now: number,
): CrashFree[] {
  const whole: Sample = { sessions: 0, crashed: 0 }
  const byRelease = new Map<string, Sample>()
  const shares = lastHourShares(counts.intervals, now)
  for (const { by, totals, series } of counts.groups) {
    if (!isProduction(by.environment || null, production)) continue
    const sessions = weighed(series?.[FIELD], shares) ?? totals?.[FIELD] ?? 0
    const crashed = by['session.status'] === 'crashed' ? sessions : 0
    const release = byRelease.get(by.release ?? '') ?? { sessions: 0, crashed: 0 }
    byRelease.set(by.release ?? '', release)
    for (const sample of [whole, release]) {
      sample.sessions += sessions
      sample.crashed += crashed
    }
  }
  const newest = releases.find(version => (byRelease.get(version)?.sessions ?? 0) > 0)
  const rates = [rate(whole, 'production', null, now)]
  if (newest !== undefined) rates.push(rate(byRelease.get(newest), 'release', newest, now))
  return rates.filter(found => found !== null)
}

function rate(
  sample: Sample | undefined,
  scope: CrashFree['scope'],
  release: string | null,
  at: number,
): CrashFree | null {
  if (sample === undefined || sample.sessions <= 0) return null
  const { sessions, crashed } = sample
  return {
    percent: ((sessions - crashed) * 100) / sessions,
    sessions: Math.round(sessions),
    scope,
    release,
    source: 'sentry',
    at,
  }
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
