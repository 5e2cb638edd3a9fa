import { createHash } from 'node:crypto'

/**
 * Resources whose deliveries change a state. Resolve, reopen, resolve without an event in between may be the same bytes
 * each time, so there the hook timestamp is part of the identity, and only for minutes. Missing resource: treated alike.
 */
const STATE_CHANGING = new Set(['issue', 'metric_alert', 'activity_alert', ''])

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export interface DeliveryIdentity {
  source: string
  /** `Sentry-Hook-Resource`. */
  resource: string
  /** The body as stored. */
  body: string
  /** ms; null when the header was missing. */
  hookTimestamp: number | null
}

/**
 * The stable name of what a delivery tells: `s-` and 32 hex digits; the same thing told twice has the same one.
 * Only what is signed decides (and the timestamp where it must): an unsigned header such as Idempotency-Key never does.
 */
export function signalId(identity: DeliveryIdentity): string {
  const hash = createHash('sha256').update(`${identity.source}\0${identity.resource}\0`)
  if (STATE_CHANGING.has(identity.resource)) hash.update(String(identity.hookTimestamp))
  return `s-${hash.update('\0').update(identity.body).digest('hex').slice(0, 32)}`
}

/** For how long (ms) a second delivery with the same id is a duplicate. */
export function dedupeWindowMs(resource: string): number {
  return STATE_CHANGING.has(resource) ? 10 * MINUTE_MS : DAY_MS
}
