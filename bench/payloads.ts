import { hexId } from '../src/sandbox/samples/envelope.ts'
import { errorCreated, eventAlert, eventPayload } from '../src/sandbox/samples/event-payload.ts'
import { serialize } from '../src/sandbox/samples/serialize.ts'
import { signBody } from '../src/sentry/signature.ts'

/** What is sent: the same payloads as the samples, about 2 kB each, no two alike. */

export interface Told {
  resource: 'event_alert' | 'error'
  body: string
}

/** A P0 that its payload alone proves: nothing is asked of Sentry first. */
export function dataLoss(issue: string, project: string, now: number): Told {
  const tags = { data_loss: 'true' }
  const about = { errorClass: 'LedgerWriteError', message: `entry of ${issue} was lost`, transaction: 'POST /orders' }
  return alert(eventPayload({ now, issue, project, tags, ...about, event: hexId(issue, now) }))
}

/** A P0 only by Sentry's numbers: a core flow that fails for several users. */
export function checkoutFailure(issue: string, project: string, now: number): Told {
  const about = { errorClass: 'PaymentProcessingError', message: 'no amount', transaction: 'POST /checkout/pay' }
  return alert(eventPayload({ now, issue, project, ...about, event: hexId(issue, now) }))
}

/** Error event `n` of a bad release: one project, 50 issues, a new user each time. */
export function errorEvent(n: number, now: number): Told {
  const issue = floodIssue(n)
  const event = hexId('flood', n, now)
  const user = { id: `user-${n}`, email: `user${n}@example.com` }
  const payload = eventPayload({ now, issue, project: FLOOD_PROJECT, event, user, message: `case ${issue}` })
  return { resource: 'error', body: serialize(errorCreated(payload)) }
}

export const FLOOD_PROJECT = 'bad-release'
export const FLOOD_ISSUES = 50
export const floodIssue = (n: number): string => String(7_000_000_000 + (n % FLOOD_ISSUES))

function alert(event: object): Told {
  return { resource: 'event_alert', body: serialize(eventAlert(event, 'Send everything to Tocsin')) }
}

/** The whole request as it goes over the wire, signed as Sentry signs it. */
export function signedRequest({ resource, body }: Told, secret: string, now: number): Buffer {
  const head = [
    'POST /webhooks/sentry HTTP/1.1',
    'host: tocsin',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `sentry-hook-resource: ${resource}`,
    `sentry-hook-timestamp: ${Math.floor(now / 1000)}`,
    `sentry-hook-signature: ${signBody(body, secret)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}
