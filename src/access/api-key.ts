import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import { ROLES } from './caller.ts'

/**
 * An API key: `tocsin_<id>_<random><checksum>`. The prefix lets scanners for leaked secrets know it, the id finds its
 * record, 43 letters and digits are 256 random bits, and the checksum tells a typo from a wrong key.
 */
const FORM = /^tocsin_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ID_LENGTH = 12
/** 62^43 is just above 2^256. */
const RANDOM_LENGTH = 43

/** What is kept of one value of a key. */
const keyHashSchema = z.object({
  hash: z.string(),
  createdAt: z.number(),
  /** Until when it works, ms; null: until the key itself ends. Set when it was rotated. */
  until: z.number().nullable(),
})

/** A key as it is stored: never the key itself. */
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  /** Slugs of Sentry projects; null: all. */
  projects: z.array(z.string()).nullable(),
  expiresAt: z.number().nullable(),
  createdAt: z.number(),
  createdBy: z.string(),
  rotatedAt: z.number().nullable().default(null),
  /** Newest first; older ones are rotated away and work until their own end. */
  hashes: z.array(keyHashSchema),
})
export type ApiKey = z.infer<typeof apiKeySchema>

/** When and from where a key was used last, exact to a minute. */
export const lastUsedSchema = z.object({ at: z.number(), address: z.string() })
export type LastUsed = z.infer<typeof lastUsedSchema>

function letters(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let place = 0; place < 6; place++) {
    digits = ALPHABET[rest % ALPHABET.length] + digits
    rest = Math.floor(rest / ALPHABET.length)
  }
  return digits
}

export function newKeyId(): string {
  return letters(ID_LENGTH)
}

/** A new value for the key with that id; to be told once and forgotten. */
export function newKeyText(id: string): string {
  const body = `tocsin_${id}_${letters(RANDOM_LENGTH)}`
  return body + checksum(body)
}

/** The id a key names; `mistyped`: it has our form and its checksum does not fit; null: it is no key of ours. */
export function idInKey(key: string): { id: string } | 'mistyped' | null {
  const [, id = '', random = '', sum = ''] = FORM.exec(key) ?? []
  if (id === '') return key.startsWith('tocsin_') ? 'mistyped' : null
  return checksum(`tocsin_${id}_${random}`) === sum ? { id } : 'mistyped'
}

/**
 * SHA-256, once: slow hashes protect what people choose and others guess. Nobody guesses 256 random bits, and a slow hash
 * on every request would be a way to keep the service busy.
 */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** Whether this is a value of the key that works at `now`: compared in constant time, all of them. */
export function keyFits({ hashes }: ApiKey, key: string, now: number): boolean {
  const given = Buffer.from(hashOfKey(key), 'hex')
  let fits = false
  for (const { hash, until } of hashes) {
    const known = Buffer.from(hash, 'hex')
    const same = known.length === given.length && timingSafeEqual(known, given)
    fits = fits || (same && (until === null || until > now))
  }
  return fits
}
