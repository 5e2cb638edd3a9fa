import { createHmac, timingSafeEqual } from 'node:crypto'

/** A header as Node gives it. */
export type HeaderValue = string | string[] | undefined

const HEX_SHA256 = /^[0-9a-f]{64}$/i

/**
 * True when one of the headers is the hex HMAC-SHA256 of exactly these bytes under one of the secrets
 * (Sentry's source: sentry_apps/models/sentry_app.py build_signature). Sentry's serializer has changed before, so only the raw
 * bytes count, never a re-encoded body. Every secret is tried whatever the earlier ones gave: the time does not tell which.
 * Malformed headers are simply false. Never throws.
 */
export function verifySignature(rawBody: Buffer, headers: readonly HeaderValue[], secrets: readonly string[]): boolean {
  const claimed = headers
    .filter(header => typeof header === 'string' && HEX_SHA256.test(header))
    .map(header => Buffer.from(header as string, 'hex'))
  let matched = false
  for (const secret of secrets) {
    if (secret === '') continue // an empty key is no secret: anyone can sign with it
    const expected = createHmac('sha256', secret).update(rawBody).digest()
    for (const signature of claimed) matched = timingSafeEqual(expected, signature) || matched
  }
  return matched
}

/** Signs a body the way Sentry does: lower-case hex. For samples and tests. */
export function signBody(body: string | Buffer, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}
