import { z } from 'zod'

/**
 * Field types that take what Sentry has been seen to send: numbers as `60.0`, as text or null, objects that are missing.
 * None of them fails: what cannot be read is null. What is essential is asked for by the parser, with its path.
 */

/** Longer text is cut: a signal is small whatever a payload holds. */
const MAX_TEXT = 2_000
/** Seconds above this would be in the year 5138: such a number is milliseconds. */
const MAX_SECONDS = 1e11

export type JsonObject = Record<string, unknown>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Half a surrogate pair in it becomes U+FFFD: it is no text, and an address that is made of it cannot be written. */
export function toText(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (typeof value !== 'string' || value.trim() === '') return null
  return value.length > MAX_TEXT ? cut(value) : value.toWellFormed()
}

function cut(text: string): string {
  const head = text.slice(0, MAX_TEXT)
  // Half a surrogate pair is no text: PagerDuty and Slack refuse it.
  const whole = /[\ud800-\udbff]$/.test(head) ? head.slice(0, -1) : head
  return `${whole.toWellFormed()}…`
}

/** A number, `60.0` or "1,234"-free numeric text; null for everything else. */
export function toNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

export function toBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  const word = typeof value === 'string' ? value.toLowerCase() : value
  if (word === 'yes' || word === 'true' || word === 1) return true
  return word === 'no' || word === 'false' || word === 0 ? false : null
}

/** ms since the epoch, from ISO 8601 (UTC when no zone is written) or unix seconds, floats included. */
export function toTime(value: unknown): number | null {
  const number = toNumber(value)
  if (number !== null) return Math.abs(number) > MAX_SECONDS ? Math.round(number) : Math.round(number * 1000)
  if (typeof value !== 'string') return null
  const zoned = /(?:z|[+-]\d\d:?\d\d)$/i.test(value.trim()) ? value.trim() : `${value.trim()}Z`
  const ms = Date.parse(zoned)
  return Number.isNaN(ms) ? null : ms
}

/** Only links that a browser may follow: a payload must not bring a `javascript:` one into a page or a post. */
export function toLink(value: unknown): string | null {
  return typeof value === 'string' &&
    value.isWellFormed() &&
    /^https?:\/\/[^\s<>"]+$/i.test(value) &&
    value.length <= MAX_TEXT
    ? value
    : null
}

const anything = z.unknown().optional()
export const text = anything.transform(toText)
export const number = anything.transform(toNumber)
export const boolean = anything.transform(toBoolean)
export const time = anything.transform(toTime)
export const link = anything.transform(toLink)
export const raw = anything

/** An object with these fields, or null when it is none. Unknown fields pass, unread. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  const schema = z.object(shape)
  return anything.transform((value): z.output<typeof schema> | null => (isObject(value) ? schema.parse(value) : null))
}

/** The objects of a list that have these fields; anything else in it is left out. */
export function sections<Shape extends z.ZodRawShape>(shape: Shape) {
  const schema = z.object(shape)
  return anything.transform((value): z.output<typeof schema>[] =>
    Array.isArray(value) ? value.filter(isObject).map(item => schema.parse(item)) : [],
  )
}

/** The first argument that is not null. */
export function firstOf<T>(...values: (T | null | undefined)[]): T | null {
  for (const value of values) if (value !== null && value !== undefined) return value
  return null
}
