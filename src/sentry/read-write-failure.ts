import type { SendResult } from '../deliver/notifier.ts'
import { maskText } from '../signals/mask.ts'
import { SCOPES } from './api-failure.ts'
import type { ApiReply } from './api-request.ts'

type Failed = Exclude<ApiReply, { kind: 'ok' }>

/** Sentry documents no Retry-After: a 429 without a reset is waited out for this long. */
const BLIND_WAIT_MS = 10_000
/** A reset further away is no window's. */
const LONGEST_WAIT_MS = 300_000
/** Where the network refused before anything was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** What a failed write means, in words that name what to do. `changing` false: it was only the look-up before it. */
export function readWriteFailure(
  reply: Failed,
  context: { source: string; timeoutMs: number; changing: boolean; now: number },
): SendResult {
  const { source, timeoutMs, changing } = context
  const later = (code: string, message: string, retryAfterMs: number | null = null, perhaps = true): SendResult => ({
    outcome: 'retry',
    code,
    message,
    retryAfterMs,
    // Whatever became of the attempt before it is not known by a look-up that failed.
    ambiguous: perhaps || !changing,
  })
  switch (reply.kind) {
    case 'refused':
      return refusal(reply, later, context)
    case 'redirect':
      return permanent(
        'redirect',
        `Sentry redirects to ${reply.to}: set the url of source "${source}" to where the organization lives`,
      )
    case 'timeout':
      return later('timeout', `Sentry did not answer within ${timeoutMs / 1000} s`)
    case 'unreachable':
      return later(
        'unreachable',
        `Sentry cannot be reached (${reply.why}): check the url of source "${source}" and the network`,
        null,
        !NEVER_SENT.has(reply.why),
      )
    case 'not-json':
      return later(
        'not_json',
        `what answered is not Sentry's API (no JSON): check the url of source "${source}" and any proxy`,
      )
    case 'broken-off':
    case 'too-large':
      return later('broken_off', "Sentry's answer was not to be read to its end")
  }
}

type Later = (code: string, message: string, retryAfterMs?: number | null, perhaps?: boolean) => SendResult

function refusal(
  reply: Extract<Failed, { kind: 'refused' }>,
  later: Later,
  { source, now }: { source: string; now: number },
): SendResult {
  const { status, headers } = reply
  const said = reply.detail === null ? `(${status})` : `(${status}: "${maskText(reply.detail)}")`
  const code = `sentry_${status}`
  if (status === 401)
    return permanent(code, `Sentry does not know the API token of source "${source}" ${said}: set a valid one`)
  if (status === 403)
    return permanent(
      code,
      `the API token of source "${source}" may not change issues ${said}: give its integration the scope event:write (all it needs: ${SCOPES})`,
    )
  if (status === 404)
    return {
      outcome: 'dropped',
      reason: `Sentry has no such issue any more, or hides it from the token of source "${source}" ${said}`,
    }
  if (status === 429) return later(code, `Sentry's rate limit is used up ${said}`, waitMs(headers, now), false)
  if (status >= 500 || status === 408) return later(code, `Sentry is in trouble ${said}`)
  return { outcome: 'permanent', code, message: `Sentry does not take it ${said}`, ofItsOwn: true }
}

/** By Retry-After, else by the reset of its window; both are told by Sentry's clock, and so is the date of the answer. */
function waitMs(headers: Headers, now: number): number {
  const date = Date.parse(headers.get('date') ?? '')
  const sentryNow = Number.isNaN(date) ? now : date
  const after = headers.get('retry-after') ?? ''
  const asked = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - sentryNow
  const reset = Number.parseInt(headers.get('x-sentry-rate-limit-reset') ?? '', 10) * 1000 - sentryNow
  const wait = asked > 0 ? asked : reset > 0 ? reset : BLIND_WAIT_MS
  return Math.min(wait, LONGEST_WAIT_MS)
}

/**
 * Within an hour Sentry takes the same words of the same author once (Sentry's source: issues/endpoints/group_notes.py): then
 * they are there.
 */
export function isRepeatedComment(reply: ApiReply): boolean {
  return reply.kind === 'refused' && reply.status === 400 && /already posted/i.test(reply.detail ?? '')
}

function permanent(code: string, message: string): SendResult {
  return { outcome: 'permanent', code, message }
}
