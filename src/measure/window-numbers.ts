import type { Measured } from './impact.ts'
import { HOUR_MS, type WindowCounts } from './window-event.ts'

/** What our own windows say, as measured numbers. */

export const HOUR_SECONDS = 3_600
export const FLOW_SECONDS = 300

/**
 * True when every event of the window (of an issue younger than that: every event) has passed our windows: error.created
 * came all that time, and lately. A feed that has gone quiet may have been switched off.
 */
export function windowsAreComplete(
  counts: WindowCounts | null,
  firstSeen: number | null,
  now: number,
  windowMs = HOUR_MS,
): boolean {
  if (counts === null || counts.feedSince === null || !counts.feedLive) return false
  return counts.feedSince <= Math.max(now - windowMs, firstSeen ?? 0)
}

export interface WindowNumbers {
  /** null: no production event, or none with a user. */
  users: Measured | null
  events: Measured | null
  flowUsers: Measured | null
  flowEvents: Measured | null
  /** null: every event named a user, or there was none. */
  flowAnonymous: Measured | null
}

const NONE: WindowNumbers = { users: null, events: null, flowUsers: null, flowEvents: null, flowAnonymous: null }

export function windowNumbers(counts: WindowCounts | null): WindowNumbers {
  if (counts === null || counts.environment !== null || counts.productionEvents === 0) return NONE
  const measured = (value: number, windowSeconds: number): Measured | null =>
    value > 0 ? { value, source: 'windows', at: counts.at, windowSeconds } : null
  return {
    users: measured(counts.users, HOUR_SECONDS),
    events: measured(counts.productionEvents, HOUR_SECONDS),
    flowUsers: measured(counts.flowUsers, FLOW_SECONDS),
    flowEvents: measured(counts.flowEvents, FLOW_SECONDS),
    flowAnonymous: measured(counts.flowAnonymous, FLOW_SECONDS),
  }
}

/**
 * Two counts of the same thing are both lower bounds: the larger one is nearer, and its source is shown, beside what
 * the other one said.
 */
export function larger(a: Measured | null, b: Measured | null): Measured | null {
  if (a === null || b === null) return a ?? b
  const [more, less] = b.value > a.value ? [b, a] : [a, b]
  if (more.also !== undefined || more.source === less.source) return more
  return { ...more, also: { value: less.value, source: less.source } }
}

/**
 * The larger of our count and Sentry's. Where no feed of error events comes, ours is what alerts happened to carry:
 * nothing that Sentry's number could be checked against.
 */
export function reconciled(
  ours: Measured | null,
  theirs: Measured | null,
  counts: WindowCounts | null,
): Measured | null {
  const fed = counts?.feedLive === true
  const found = larger(ours, theirs)
  if (found?.also?.source !== 'windows' || fed) return found
  const { also: _, ...alone } = found
  return alone
}
