import { createHmac, timingSafeEqual } from 'node:crypto'

const ONE = /^v1=([0-9a-f]{64})$/i
/** During a rotation there are two; whoever sends a thousand wants our time. */
const MOST = 16

/**
 * True when one `v1=` of X-PagerDuty-Signature is the hex HMAC-SHA256 of exactly these bytes under one of the secrets
 * (developer-docs webhooks/03-Verifying-Signatures). Several are sent while a secret is rotated; other versions are passed
 * over. Every pair is compared whatever the earlier ones gave. Malformed headers are simply false. Never throws.
 */
export function verifyPagerdutySignature(
  rawBody: Buffer,
  header: string | string[] | undefined,
  secrets: readonly string[],
): boolean {
  const claimed = [header ?? []]
    .flat()
    .join(',')
    .split(',')
    .slice(0, MOST)
    .flatMap(part => ONE.exec(part.trim())?.[1] ?? [])
    .map(hex => Buffer.from(hex, 'hex'))
  let matched = false
  for (const secret of secrets) {
    if (secret === '') continue // an empty key is no secret: anyone can sign with it
    const expected = createHmac('sha256', secret).update(rawBody).digest()
    for (const signature of claimed) matched = timingSafeEqual(expected, signature) || matched
  }
  return matched
}

/** The header's value for a body, as PagerDuty makes it, one signature per secret. For stand-ins and tests. */
export function signPagerdutyBody(body: string | Buffer, secrets: readonly string[]): string {
  return secrets.map(secret => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`).join(',')
}
