import type { z } from 'zod'
import { withoutSecret } from '../deliver/fingerprint.ts'
import type { Clock } from '../platform/clock.ts'

export type PagerdutyApiAnswer<T> =
  | { ok: true; value: T }
  /** In words that may be shown. `again`: the same call may succeed later. */
  | { ok: false; reason: string; again: boolean }

const MOST_BYTES = 2 << 20
/** 429 without `ratelimit-reset` happens (developer-docs rest-api-v2/04-Rate-Limits). */
const USUAL_RESET_MS = 30_000
const LONGEST_RESET_MS = 120_000

/**
 * Bounded requests to PagerDuty's REST API: no redirects (the token would travel), no retries, and
 * quiet for as long as PagerDuty asked for it. Never throws.
 */
export function createApiRequest(options: {
  url: string
  token: string
  from: string | null
  timeoutMs: number
  clock: Clock
}) {
  const { token, from, clock } = options
  const base = options.url.replace(/\/+$/, '')
  let quietUntil = 0

  return async function ask<S extends z.ZodType>(
    method: 'GET' | 'PUT' | 'POST',
    path: string,
    schema: S,
    body?: object,
  ): Promise<PagerdutyApiAnswer<z.infer<S>>> {
    if (clock.now() < quietUntil)
      return failed('PagerDuty takes no more API requests for a moment (960 a minute)', true)
    if (body !== undefined && from === null)
      return failed('PAGERDUTY_FROM is not set: PagerDuty takes no changes without the e-mail address of a user', false)
    let response: Response
    let text: string | null
    try {
      response = await fetch(`${base}${path}`, {
        method,
        redirect: 'manual',
        signal: AbortSignal.timeout(options.timeoutMs),
        headers: {
          authorization: `Token token=${token}`,
          accept: 'application/vnd.pagerduty+json;version=2',
          'user-agent': 'tocsin',
          ...(body === undefined ? {} : { 'content-type': 'application/json', from: from ?? '' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      text = await readBounded(response)
    } catch (error) {
      return failed(`PagerDuty's API could not be asked (${networkWord(error)})`, true)
    }
    const { status, headers } = response
    if (status === 429) {
      const seconds = Number(headers.get('ratelimit-reset') ?? Number.NaN)
      const resetMs = seconds > 0 ? Math.min(seconds * 1000, LONGEST_RESET_MS) : USUAL_RESET_MS
      quietUntil = clock.now() + resetMs
      return failed('PagerDuty takes no more API requests for a moment (960 a minute)', true)
    }
    if (status >= 300) {
      const said = withoutSecret(refusal(text), token)
      const advice = status === 401 || status === 403 ? '; check PAGERDUTY_API_TOKEN' : ''
      return failed(`PagerDuty's API answered HTTP ${status}${said}${advice}`, status === 408 || status >= 500)
    }
    const parsed = schema.safeParse(parseJson(text))
    if (parsed.success) return { ok: true, value: parsed.data }
    return failed("the answer is not that of PagerDuty's API; a proxy may be in between", true)
  }
}

function failed(reason: string, again: boolean): { ok: false; reason: string; again: boolean } {
  return { ok: false, reason, again }
}

/** null: larger than the bound. */
async function readBounded(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MOST_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

/** `{"error":{"message":…,"code":…,"errors":[…]}}` (developer-docs rest-api-v2/14-Errors). */
function refusal(text: string | null): string {
  const body = parseJson(text)
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : null
  if (typeof error !== 'object' || error === null || !('message' in error) || typeof error.message !== 'string')
    return ''
  return `: ${error.message.slice(0, 200)}`
}

/** fetch says "fetch failed" and hides the reason below. */
function networkWord(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time'
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return 'unknown trouble'
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
}
