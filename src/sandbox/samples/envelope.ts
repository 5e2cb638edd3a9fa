import { createHash } from 'node:crypto'

export const INSTALLATION = '0c3f6d2e-5b1a-4f7c-9d38-6a1e2b7c4d90'
export const ORGANIZATION = 'northwind'
export const SENTRY = 'https://northwind.sentry.io'

export interface Actor {
  type: 'application' | 'user'
  id: string | number
  name: string
}

/** Sentry itself, when nobody did it. */
export const AUTOMATIC: Actor = { type: 'application', id: 'sentry', name: 'Sentry' }
export const MARTA: Actor = { type: 'user', id: 4711, name: 'Marta Lindqvist' }

/** What every webhook is wrapped in; the key order is Sentry's. */
export function envelope(action: string, data: object, actor: Actor = AUTOMATIC): object {
  return { action, installation: { uuid: INSTALLATION }, data, actor }
}

/** An id of 32 hex digits, the same for the same parts. */
export function hexId(...parts: (string | number)[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32)
}

/** As Sentry's serializers write times: microseconds and a zone. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/(\.\d{3})Z$/, '$1000Z')
}
