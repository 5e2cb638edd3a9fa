import type { MetricReading } from '../signals/signal.ts'

type Measures = MetricReading['measures']

/** `percentage(sessions_crashed, sessions) AS _crash_rate_alert_aggregate` (Sentry's source: incidents/grouptype.py). */
const CRASH_FREE = /percentage\(\s*(sessions|users)_crashed\s*,|crash_free_rate\(\s*(session|user)s?\s*\)/i
const COUNT = /^\s*count\(\s*\)/i
const COUNT_USERS = /^\s*count_unique\(\s*(?:user|tags\[sentry:user\])\s*\)/i
const UNHANDLED = /(?<![!\w.-])error\.unhandled:(?:true|1)\b|(?<![!\w.-])(?:error\.)?handled:(?:no|false|0)\b/i

/**
 * What a monitor measures, from its query. `unhandled-per-minute` only when the query counts nothing but unhandled errors over
 * exactly one minute: anything wider would not be comparable with the threshold for a spike.
 */
export function measuresOf(aggregate: string | null, query: string | null, windowMinutes: number | null): Measures {
  const rate = CRASH_FREE.exec(aggregate ?? '')
  if (rate !== null) return /^session/i.test(rate[1] ?? rate[2] ?? '') ? 'crash-free-sessions' : 'crash-free-users'
  if (COUNT_USERS.test(aggregate ?? '')) return 'users'
  if (!COUNT.test(aggregate ?? '')) return 'other'
  const unhandled = UNHANDLED.test(query ?? '') && !/\bOR\b/.test(query ?? '')
  return unhandled && windowMinutes === 1 ? 'unhandled-per-minute' : 'events'
}

/** Minutes; older versions sent seconds, and no window is longer than a day. */
export function windowMinutes(timeWindow: number | null): number | null {
  if (timeWindow === null || timeWindow <= 0) return null
  return timeWindow > 1_440 && timeWindow % 60 === 0 ? timeWindow / 60 : timeWindow
}
