import { createHash } from 'node:crypto'

/** Tells two secrets apart without giving one away: 48 bits of its SHA-256. */
export function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 12)
}

/** Takes the secret out of a text that came from outside, should it be echoed there. */
export function withoutSecret(text: string, secret: string): string {
  return secret === '' ? text : text.replaceAll(secret, '[secret]')
}
