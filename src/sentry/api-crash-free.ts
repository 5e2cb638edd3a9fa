import { z } from 'zod'
import type { CrashFree } from '../measure/impact.ts'
import { type Params, projectParams } from './api-query.ts'
import { lastHourParams, type Sample, type SessionCounts, sampleLastHour } from './api-session-counts.ts'

/** Crash-free sessions of a project. One answer serves production and every release. */

export function sessionsParams(project: string): Params {
  return [...lastHourParams(['session.status', 'environment', 'release']), ...projectParams(project)]
}

/** Newest first, by the date of the release or of its creation: the endpoint's own order. */
export function releasesParams(project: string): Params {
  return [['per_page', '20'], ['sort', 'date'], ...projectParams(project)]
}

const releasesShape = z.array(z.object({ version: z.string() }))

/** null: not of that shape. */
export function readReleases(body: unknown): string[] | null {
  return releasesShape.safeParse(body).data?.map(release => release.version) ?? null
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
  for (const { release, sessions, crashed } of sampleLastHour(counts, production, now)) {
    const ofRelease = byRelease.get(release ?? '') ?? { sessions: 0, crashed: 0 }
    byRelease.set(release ?? '', ofRelease)
    for (const sample of [whole, ofRelease]) {
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
