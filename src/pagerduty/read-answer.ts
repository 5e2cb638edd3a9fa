import type { EventAnswer } from './send-event.ts'

/** What an answer of the Events API means for one event. */
export type AnswerMeaning =
  | { kind: 'accepted' }
  | { kind: 'retry'; code: string; message: string; retryAfterMs: number | null; ambiguous: boolean }
  | { kind: 'permanent'; code: string; message: string }

/** No `Retry-After` is documented; developer-docs 05-Rate-Limits suggests tries "30 seconds apart". */
const WAIT_ON_429_MS = 30_000
/** A header that asks for more than this is taken for a mistake: somebody is waiting for a page. */
const MOST_WAIT_MS = 10 * 60_000

/**
 * 202 with its JSON is the one success (01-Overview). 408, 429 and 5xx are worth another try (so go-pagerduty), and so
 * is a 2xx that PagerDuty never gives: some proxy speaks, and sending again attaches to the same alert. The rest is
 * permanent. `now` in ms since the epoch, for a Retry-After that is a date.
 */
export function readAnswer(answer: EventAnswer, now: number): AnswerMeaning {
  if (answer.kind === 'unanswered') {
    const timeout = answer.code === 'timeout'
    return {
      kind: 'retry',
      code: timeout ? 'timeout' : `network_${answer.code}`,
      message: timeout ? 'PagerDuty did not answer in time' : `PagerDuty could not be reached (${answer.code})`,
      retryAfterMs: null,
      ambiguous: answer.reached,
    }
  }
  const { status } = answer
  if (status === 202 && answer.body !== null) return { kind: 'accepted' }
  if (status === 429) {
    const retryAfterMs = waitMs(answer.retryAfter, now) ?? WAIT_ON_429_MS
    const message = 'PagerDuty takes no more events for this routing key just now (about 120 a minute)'
    return { kind: 'retry', code: 'http_429', message, retryAfterMs, ambiguous: false }
  }
  if (status < 300 || status === 408 || status >= 500) {
    const message =
      status < 300
        ? `the answer (HTTP ${status}) is not PagerDuty's; a proxy may be in between`
        : `PagerDuty answered HTTP ${status}`
    const retryAfterMs = waitMs(answer.retryAfter, now)
    return { kind: 'retry', code: `http_${status}`, message, retryAfterMs, ambiguous: true }
  }
  if (status < 400) {
    const message = `PagerDuty's address redirects (HTTP ${status}); redirects are not followed: correct the destination's url`
    return { kind: 'permanent', code: `http_${status}`, message }
  }
  const said = refusal(answer.body)
  const advice = "check the destination's integration key and url"
  return {
    kind: 'permanent',
    code: `http_${status}`,
    message: `PagerDuty refused the event (HTTP ${status})${said === '' ? '' : `: ${said}`}; ${advice}`,
  }
}

function waitMs(header: string | null, now: number): number | null {
  if (header === null) return null
  const seconds = /^\d{1,9}$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000
  if (Number.isNaN(seconds)) return null
  return Math.min(Math.max(0, Math.ceil(seconds * 1000)), MOST_WAIT_MS)
}

/** `message` and `errors` of a refusal. `errors` is documented as a list; some answers carry a string. */
function refusal(body: unknown): string {
  if (typeof body !== 'object' || body === null) return ''
  const message = 'message' in body && typeof body.message === 'string' ? body.message : ''
  const errors = 'errors' in body ? body.errors : []
  const list = (Array.isArray(errors) ? errors : [errors]).filter(one => typeof one === 'string')
  return [message, list.join(', ')]
    .filter(part => part !== '')
    .join(': ')
    .slice(0, 500)
}
