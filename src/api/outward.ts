/**
 * The one place where inner values become outer ones: times are milliseconds inside and RFC 3339 in UTC outside.
 * A time is known by its name, the same way for values here and for their schemas in openapi-schemas.ts.
 */
const TIME_NAMES = new Set([
  'at',
  'since',
  'firstSeen',
  'lastSeen',
  'notBefore',
  'leaseUntil',
  'hookTimestamp',
  'until',
])

export function isTimeName(name: string): boolean {
  return TIME_NAMES.has(name) || name.endsWith('At')
}

/** The last instant a Date can hold (ECMA-262, time values). */
const LAST_INSTANT = 8.64e15

function rfc3339(ms: number): string | null {
  return Math.abs(ms) <= LAST_INSTANT ? new Date(ms).toISOString() : null
}

/** A copy for the wire. Numbers under a time's name become RFC 3339; what has no meaning as a time becomes null. */
export function outward(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(outward)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, inner]) => {
    return [name, typeof inner === 'number' && isTimeName(name) ? rfc3339(inner) : outward(inner)]
  })
  return Object.fromEntries(entries)
}
