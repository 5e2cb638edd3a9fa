import { createHash } from 'node:crypto'

/** One error event as the windows count it. It carries no personal data: `user` is already a keyed hash. */
export interface WindowEvent {
  source: string
  project: string
  issue: string
  /** Sentry's event id: what makes it count once, by whichever path it comes. */
  event: string
  /** Keyed hash of the affected user; null: the event has no user context. */
  user: string | null
  /** When it happened by Sentry's clock, ms; its repeats are found under it, whatever is thought of that clock. */
  at: number
  /** When it reached us, ms: stands in for an `at` in the future. */
  receivedAt: number
  unhandled: boolean
  /** Its environment; ignored when `production` is true: all production environments are one. */
  environment: string | null
  production: boolean
  /** The core flow it breaks, if any. */
  coreFlow: string | null
  /** True when `error.created` brought it: proof that Sentry sends every error event of this project. */
  feed: boolean
}

/** What is counted for an issue, in one environment, and for its project, in production. Windows end at `at`. */
export interface WindowCounts {
  at: number
  /** null: production. Otherwise the name of the environment that users and events are counted in. */
  environment: string | null
  /** Unique users in the last hour. 0 with `events` above 0: no event had a user context. */
  users: number
  /** False: more than 1,000 users, estimated (root-mean-square error below 1 %). */
  usersExact: boolean
  /** Events in the last hour; the minute on the edge counts by its share. */
  events: number
  /** The same in production, whatever `environment` is. */
  productionEvents: number
  /** On a core flow, in production, in the last 5 minutes: unique users (up to 1,000) and events. */
  flowUsers: number
  flowEvents: number
  /** Those of the flow's events that name no user. */
  flowAnonymous: number
  /** Unhandled events of the project in production: in this minute, in the worst of the last 10, in the last 10. */
  unhandledThisMinute: number
  unhandledWorstMinute: number
  unhandledLast10Minutes: number
  /** This event had been counted before, so it was not counted again. */
  duplicate: boolean
  /** It happened before the window began, so it was not counted. */
  tooOld: boolean
  /** `error.created` came for this project within the last 10 minutes. */
  feedLive: boolean
  /** Since when it has been coming without a day's silence: windows that begin later are complete. null: never. */
  feedSince: number | null
}

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
/** A feed that was quiet for longer may have been switched off: its windows are no longer trusted alone. */
export const FEED_LIVE_MS = 10 * MINUTE_MS

/** All keys of one project share this hash tag: one script touches one slot of a Redis Cluster. */
export function windowsKey(source: string, project: string): string {
  return `tocsin:{w:${source}:${project.replace(/[{}]/g, '_')}}`
}

const COUNT_UNHANDLED = 1
const ON_CORE_FLOW = 2
const FROM_FEED = 4
const TOO_OLD = 8

/** Where it is counted: null is production; a nameless one outside production keeps a name of its own. */
export function countedIn(event: WindowEvent): string | null {
  return event.production ? null : event.environment || 'unnamed'
}

/** Clocks that differ by more are not reckoned with: then an event counts as of its arrival. */
export const MOST_SKEW_MS = 10 * MINUTE_MS

/**
 * When it happened by our clock, by which the windows end. `skewMs`: Sentry's clock minus ours; null: not known.
 * An event from the future (a client's clock runs ahead) counts as of its arrival.
 */
function countedAt(event: WindowEvent, now: number, skewMs: number | null): number {
  const reckoned = Math.abs(skewMs ?? 0) > MOST_SKEW_MS ? event.receivedAt : event.at - (skewMs ?? 0)
  return Math.floor(Math.min(reckoned, event.receivedAt, now))
}

/** It left the window before it came. */
export function isTooOld(event: WindowEvent, now: number, skewMs: number | null = null): boolean {
  return !(countedAt(event, now, skewMs) > now - HOUR_MS)
}

/** The event as the script reads it: counted by our clock, its duplicates found under the time it claims. */
export function windowArguments(event: WindowEvent, now: number, skewMs: number | null = null): (string | number)[] {
  const at = countedAt(event, now, skewMs)
  let flags = 0
  if (event.unhandled && event.production) flags |= COUNT_UNHANDLED
  if (event.coreFlow !== null && event.production) flags |= ON_CORE_FLOW
  if (event.feed) flags |= FROM_FEED
  if (isTooOld(event, now, skewMs)) flags |= TOO_OLD
  const [bucket, rest] = eventFingerprint(event.event)
  return [
    `${Math.floor(event.at / MINUTE_MS)}:${bucket}`,
    rest,
    at,
    event.issue,
    countedIn(event) ?? '',
    event.user === null ? '' : shortUser(event.user),
    flags,
  ]
}

/**
 * 256 buckets a minute and 8 bytes each: Redis keeps a set of up to 512 integers as one sorted array without any
 * overhead per member, so a counted event costs 8 bytes up to about 2,000 events a second and project.
 */
function eventFingerprint(event: string): [bucket: string, rest: string] {
  const hex = /^[0-9a-f]{32}$/.test(event) ? event : createHash('sha256').update(event).digest('hex')
  return [hex.slice(0, 2), BigInt.asIntN(64, BigInt(`0x${hex.slice(16, 32)}`)).toString()]
}

/** 72 bits tell a million users apart with a chance of about 10⁻¹⁰ that two of them look the same. */
function shortUser(user: string): string {
  return createHash('sha256').update(user).digest('base64url').slice(0, 12)
}
