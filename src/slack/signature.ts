import { createHmac, timingSafeEqual } from 'node:crypto'

/** Slack asks for five minutes; clocks err in both directions, and a stamp from the future can be replayed longest. */
const WINDOW_MS = 5 * 60_000
const HEX_SHA256 = /^v0=([0-9a-f]{64})$/

export type SignatureVerdict = 'good' | 'missing' | 'old' | 'invalid'

/**
 * Is this body from Slack? `X-Slack-Signature` is `v0=` and the hex HMAC-SHA256 of `v0:<timestamp>:<raw body>` under the
 * app's signing secret; the timestamp (seconds) may be five minutes away from `now` (ms) either way. Takes constant time
 * over the signature, and the raw bytes as they came. Never throws.
 */
export function verifySlackSignature(
  rawBody: Buffer,
  headers: { timestamp: unknown; signature: unknown },
  secret: string,
  now: number,
): SignatureVerdict {
  const { timestamp, signature } = headers
  if (typeof timestamp !== 'string' || typeof signature !== 'string') return 'missing'
  const claimed = HEX_SHA256.exec(signature)?.[1]
  if (claimed === undefined || !/^\d{1,12}$/.test(timestamp) || secret === '') return 'invalid'
  const matched = timingSafeEqual(hmac(rawBody, timestamp, secret), Buffer.from(claimed, 'hex'))
  if (!matched) return 'invalid'
  return Math.abs(now - Number(timestamp) * 1000) > WINDOW_MS ? 'old' : 'good'
}

/** Signs a body the way Slack does. For stand-ins and tests. `at`: ms. */
export function signSlackBody(body: string, secret: string, at: number): { timestamp: string; signature: string } {
  const timestamp = String(Math.floor(at / 1000))
  return { timestamp, signature: `v0=${hmac(Buffer.from(body), timestamp, secret).toString('hex')}` }
}

function hmac(body: Buffer, timestamp: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest()
}
