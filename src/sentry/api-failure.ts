import type { Answer } from '../measure/impact-source.ts'
import { maskText } from '../signals/mask.ts'
import type { ApiReply } from './api-request.ts'

/** Why a question was not even sent. */
export type NotSent =
  | { kind: 'not-configured' }
  | { kind: 'breaker-open' }
  /** `kept`: there is room left, but for questions that somebody waits for. */
  | { kind: 'rate-limited'; waitMs: number; kept: boolean }
  /** As many questions are under way as Sentry allows, and none ended in time. */
  | { kind: 'busy' }

const NOT_SENT: readonly NotSent['kind'][] = ['not-configured', 'breaker-open', 'rate-limited', 'busy']

export type Failed = Exclude<ApiReply, { kind: 'ok' }> | NotSent | { kind: 'unexpected'; where: string }
export type Failure = Extract<Answer<never>, { ok: false }>

/** One word for metrics. */
export function outcomeOf(reply: ApiReply | Failed): string {
  return reply.kind === 'refused' ? String(reply.status) : reply.kind
}

/** Sentry is not well, rather than our question: counts against the circuit breaker. */
export function isOutage(reply: ApiReply): boolean {
  switch (reply.kind) {
    case 'ok':
    case 'redirect':
    case 'too-large':
      return false
    case 'refused':
      return reply.status >= 500 || reply.status === 429
    default:
      return true
  }
}

/** Whether anything was sent at all. */
export function wasSent(failed: Failed): boolean {
  return !(NOT_SENT as readonly string[]).includes(failed.kind)
}

/**
 * News about the API itself: not a question that was not sent because of older trouble, nor an issue that is gone. `whole`:
 * the question named nothing that may be gone, so that a refusal of it is the source's own.
 */
export function isTrouble(failed: Failed, whole: boolean): boolean {
  if (failed.kind === 'refused' && (failed.status === 404 || failed.status === 400)) return whole
  return wasSent(failed)
}

/** What went wrong in words that name what to do, and whether asking again can help before someone does it. */
export function toFailure(failed: Failed, source: string, timeoutMs: number): Failure {
  const no = (reason: string): Failure => ({ ok: false, reason, retry: false })
  const later = (reason: string): Failure => ({ ok: false, reason, retry: true })
  switch (failed.kind) {
    case 'refused':
      return refusal(failed, source)
    case 'redirect':
      return no(`Sentry redirects to ${failed.to}: set the url of source "${source}" to where the organization lives`)
    case 'not-json':
      return later(`what answered is not Sentry's API (no JSON): check the url of source "${source}" and any proxy`)
    case 'too-large':
      return no(`Sentry's answer is larger than 4 MiB: check that the url of source "${source}" is Sentry`)
    case 'timeout':
      return later(`Sentry did not answer within ${timeoutMs / 1000} s; asked again later`)
    case 'broken-off':
      return later("Sentry's answer broke off; asked again later. If it goes on, check any proxy on the way to Sentry")
    case 'unreachable':
      return later(`Sentry cannot be reached (${failed.why}): check the url of source "${source}" and the network`)
    case 'unexpected':
      return later(`Sentry's answer lacks ${failed.where}: the API may have changed`)
    case 'not-configured':
      return no(`source "${source}" has no organization or no API token: set both to have Sentry asked`)
    case 'breaker-open':
      return later('Sentry failed five times in a row and is left alone for 10 s; asked again later')
    case 'rate-limited':
      return later(
        `${failed.kept ? "what is left of Sentry's rate limit is kept for live questions" : "Sentry's rate limit is used up"}: asked again in ${Math.ceil(failed.waitMs / 1000)} s`,
      )
    case 'busy':
      return later('as many questions are under way as Sentry allows at once; asked again later')
  }
}

/** Least scopes for reading, polling and writing back. */
export const SCOPES = 'org:read, project:read, event:write'

function refusal({ status, detail }: { status: number; detail: string | null }, source: string): Failure {
  const said = detail === null ? '' : `: "${maskText(detail)}"`
  const no = (reason: string): Failure => ({ ok: false, reason: `${reason} (${status}${said})`, retry: false })
  const later = (reason: string): Failure => ({ ok: false, reason: `${reason} (${status}${said})`, retry: true })
  if (status === 401) {
    return no(`Sentry does not know the API token of source "${source}": set a token with the scopes ${SCOPES}`)
  }
  if (status === 403) {
    return no(`the API token of source "${source}" may not read this: give its integration the scopes ${SCOPES}`)
  }
  if (status === 404) {
    return no(
      `Sentry knows no such issue, project or organization, or hides it from the token of source "${source}": check its organization slug, its projects and its url`,
    )
  }
  if (status === 429) return later("Sentry's rate limit is used up; asked again after its reset")
  if (status >= 500) return later('Sentry is in trouble; asked again later')
  // Plans without "global views" (Sentry's source: issues/endpoints/organization_group_index.py).
  if (status === 400 && /multi project|multiple projects/i.test(detail ?? '')) {
    return no(`Sentry's plan lets source "${source}" ask about one project at a time only`)
  }
  return no('Sentry does not take the question')
}
