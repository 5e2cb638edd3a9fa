import { maskPayload } from '../signals/mask.ts'
import { isObject, toText } from './payload-fields.ts'

/** Who was affected is counted by a keyed hash and never stored. */
const PERSONAL = new Set(['user', 'user.id', 'user.email', 'user.username', 'user.name', 'user.ip', 'user.ip_address'])
const MAX_TAGS = 200
const MAX_VALUE = 500

/** Tags as they came: `[key, value]` pairs in webhooks, `{key, value}` objects in the API, or a map. Later ones do not win. */
export function readTags(tags: unknown): Map<string, string> {
  const read = new Map<string, string>()
  const list: unknown[] = Array.isArray(tags) ? tags : isObject(tags) ? Object.entries(tags) : []
  for (const tag of list) {
    const [name, value] = Array.isArray(tag) ? tag : isObject(tag) ? [tag.key, tag.value] : []
    const key = toText(name)?.replace(/^sentry:/, '')
    const text = typeof value === 'boolean' ? String(value) : toText(value)
    if (key !== undefined && text !== null && !read.has(key)) read.set(key, text)
  }
  return read
}

/** The tags that a signal keeps: without the person, masked, bounded. */
export function keptTags(tags: ReadonlyMap<string, string>): Record<string, string> {
  const kept = [...tags].filter(([key]) => !PERSONAL.has(key) && key !== '__proto__').slice(0, MAX_TAGS)
  // By their keys too: `username`, `phone` or `api_token` are tags that people set.
  const masked = maskPayload(Object.fromEntries(kept)) as Record<string, string>
  return Object.fromEntries(
    Object.entries(masked).map(([key, value]) => [key, value.slice(0, MAX_VALUE).toWellFormed()]),
  )
}
