import { SCOPES } from './api-failure.ts'
import type { ApiState } from './source-reports.ts'

/** Trouble of a source itself that becomes an incident: when it holds, and what a person then reads. Pure. */
export const CONDITIONS = {
  refused: 'webhooks-refused',
  /** Anyone can post to a source that nobody configured: told, but milder. */
  refusedUnknown: 'unknown-source-refused',
  silent: 'webhooks-silent',
  token: 'sentry-token-refused',
  api: 'sentry-api-failing',
  polls: 'polls-behind',
} as const

const MINUTE_MS = 60_000
/** One or two failures in a row are the network's weather. */
const FAILURES = 3
/** Nothing at all was answered for so long: a poll each minute has had its turn, also where no alert asks anything. */
const NOTHING_MS = 90_000
/** Part of the questions fails without a break for so long: crash-free alone may be what is blind. */
const PART_MS = 5 * MINUTE_MS
/** An answer is proof that it works for so long. */
const PROOF_MS = 10 * MINUTE_MS
/** Polls behind by more, and none done for longer. */
const BEHIND_MS = 30 * MINUTE_MS

/**
 * Does it fail, rather than stumble? A refused token is another matter, unless everything else fails too. One alert asks
 * several questions at once: an open circuit alone proves no more than a bad second.
 */
export function apiFails(api: ApiState, now: number): boolean {
  if (api.lastError === null || api.troubleSince === null) return false
  const nothing = now - Math.max(api.lastAnswerAt ?? 0, api.troubleSince) >= NOTHING_MS
  if (api.breaker !== 'closed' && nothing) return true
  if (api.refused || api.failures < FAILURES) return false
  return nothing || now - api.troubleSince >= PART_MS
}

/** Trouble that is forgotten is not over: only an answer of late proves that. null: nobody has asked since. */
export function apiTroubleHolds(
  condition: typeof CONDITIONS.api | typeof CONDITIONS.token,
  api: ApiState | null,
  now: number,
): boolean | null {
  if (api === null) return null
  if (condition === CONDITIONS.token ? api.refused : apiFails(api, now)) return true
  // It stumbles still: neither failing nor well.
  if (condition === CONDITIONS.api && api.lastError !== null && !api.refused) return null
  return api.lastAnswerAt !== null && now - api.lastAnswerAt < PROOF_MS ? false : null
}

export interface Polled {
  /** The last round that was done; null: never one. */
  lastPollAt: number | null
  /** null: no round was ever done. */
  behindMs: number | null
  /** Why the last round was not done; null: it was. */
  pollError: string | null
}

/**
 * Do polls stay behind? `fairSince`: since when rounds could be done, as far as anybody here knows: what was missed
 * while Sentry's API failed, or nothing ran here, needs its time to be caught up with.
 */
export function pollsStayBehind({ lastPollAt, behindMs, pollError }: Polled, fairSince: number, now: number): boolean {
  if (pollError === null || (behindMs !== null && behindMs <= BEHIND_MS)) return false
  return now - Math.max(lastPollAt ?? 0, fairSince) > BEHIND_MS
}

/** Only a round that is done ends it. null: not known here yet. */
export function pollsBehindHolds({ lastPollAt, pollError }: Polled): boolean | null {
  if (pollError !== null) return true
  return lastPollAt === null ? null : false
}

export interface Heard {
  /** The last webhook that was taken; null: never one. */
  lastWebhookAt: number | null
  /** Since when our own door has been open without a gap. */
  doorOpenSince: number
  /** The last poll that Sentry answered; null: never one. */
  lastPollAt: number | null
  /** Issues that polls found created after a moment, by our clock, and that no webhook told of. */
  createdSince(since: number): { count: number; firstAt: number | null }
}

export interface Silence {
  /** Since when Sentry should have been heard: the first new issue that nothing told us of. */
  since: number
  count: number
  lastWebhookAt: number | null
}

/**
 * Has Sentry gone silent? Only what it shows and did not tell counts: a quiet night is no silence, nor is what it told
 * nobody because our own door was shut, nor an issue so young that its webhook may be on the way. null: no.
 */
export function findSilence(
  heard: Heard,
  waits: { silentAfterMs: number; pollEveryMs: number },
  now: number,
): Silence | null {
  const { lastWebhookAt, lastPollAt } = heard
  // Without a poll of late nobody knows what Sentry shows.
  if (lastPollAt === null || now - lastPollAt > Math.max(5 * MINUTE_MS, 3 * waits.pollEveryMs)) return null
  const from = Math.max(heard.doorOpenSince, lastWebhookAt ?? 0)
  if (!(now - from >= waits.silentAfterMs)) return null
  const { count, firstAt } = heard.createdSince(from)
  if (firstAt === null || now - firstAt < waits.silentAfterMs) return null
  return { since: firstAt, count, lastWebhookAt }
}

export function silenceWords(source: string, silence: Silence, now: number): string {
  const { count, lastWebhookAt } = silence
  const issues = count === 1 ? 'an issue that is new' : `${count} issues that are new`
  const never = lastWebhookAt === null ? 'has never sent' : `has sent no webhook for ${waitWords(now - lastWebhookAt)}`
  const heard = lastWebhookAt === null ? `${never} a webhook` : never
  return (
    `Sentry ${heard} to source "${source}", and its API shows ${issues}. Polling finds them, a minute later. ` +
    'Check, in the integration under Developer Settings: that it is installed and not disabled; that "issue" is ticked ' +
    "and its webhook URL is this service, reachable from Sentry's addresses; its client secret; its failed requests " +
    "(after many timeouts Sentry's circuit breaker drops all webhooks for 5 minutes). " +
    "If it covers some projects only, name them in the source's projects."
  )
}

export function tokenWords(source: string, error: string | null): string {
  const refuses = `Sentry refuses the API token of source "${source}": numbers and polls are missing until it is replaced.`
  const said = error === null ? '' : ` ${sentence(error)}`
  return said.includes(SCOPES) ? `${refuses}${said}` : `${refuses}${said} It needs the scopes ${SCOPES}.`
}

export function apiFailsWords(source: string, api: ApiState): string {
  return `Sentry's API does not answer source "${source}": ${api.lastError ?? `circuit breaker ${api.breaker}`}`
}

export function pollsBehindWords(source: string, { behindMs, pollError }: Polled): string {
  const behind = behindMs === null ? 'was never done' : `is ${waitWords(behindMs)} behind`
  return (
    `Polling of source "${source}" ${behind}, and its rounds fail: what webhooks miss is not found. The last one: ` +
    `${sentence(pollError ?? 'not known')} Check: whether others use up the rate limit of the same token ` +
    '(Sentry counts per integration: give this service its own); whether the source covers more than that limit allows ' +
    "(name the projects that matter in the source's projects); the log of the worker, where it says that something " +
    'could not be handled. Nothing is lost: it goes on from where it stands.'
  )
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function waitWords(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / MINUTE_MS))
  if (minutes < 120) return minutes === 1 ? 'a minute' : `${minutes} minutes`
  return `${Math.round(minutes / 60)} hours`
}
