import { TocsinError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import { type ApiKey, hashOfKey, type LastUsed, newKeyId, newKeyText } from './api-key.ts'
import type { ApiKeyStore, VersionedKey } from './api-key-store.ts'

/** A key as it is told: never its value, nor its hashes. */
export type ShownKey = Omit<ApiKey, 'hashes'> & {
  lastUsed: LastUsed | null
  /** How many values work now: two while a rotation overlaps. */
  values: number
  /** Until when the one before works; null: only the newest does. */
  overlapEndsAt: number | null
}
export type KeySettings = Pick<ApiKey, 'name' | 'role' | 'projects' | 'expiresAt'>
export interface Told {
  version: string
  value: ShownKey
}

/** A key that is rotated every minute would fill its record. */
const MOST_VALUES = 5

/** What admins do with API keys. The key itself is in the answers of `create` and `rotate`, and nowhere else. */
export function createApiKeys({ store, clock }: { store: ApiKeyStore; clock: Clock }) {
  async function shown(keys: readonly VersionedKey[]): Promise<Told[]> {
    const used = await store.lastUsed(keys.map(({ value }) => value.id))
    return keys.map(({ version, value }, index) => ({ version, value: show(value, used[index] ?? null, clock.now()) }))
  }
  async function one(key: VersionedKey): Promise<Told> {
    const [told] = await shown([key])
    if (told === undefined) throw new Error('a key is told')
    return told
  }

  return {
    list: async () => shown(await store.list()),
    async get(id: string): Promise<Told | null> {
      const found = await store.read(id)
      return found === null ? null : one(found)
    },
    async create(wanted: KeySettings, by: { name: string }): Promise<Told & { key: string }> {
      const now = clock.now()
      requireFuture(wanted.expiresAt, now)
      const id = newKeyId()
      const key = newKeyText(id)
      const hashes = [{ hash: hashOfKey(key), createdAt: now, until: null }]
      const made = await store.create({ ...wanted, id, createdAt: now, createdBy: by.name, rotatedAt: null, hashes })
      return { ...(await one(made)), key }
    },
    async change(id: string, change: Partial<KeySettings>, expected: string | null): Promise<Told> {
      requireFuture(change.expiresAt ?? null, clock.now())
      return one(await store.change(id, expected, key => ({ ...key, ...change })))
    },
    async rotate(id: string, overlapMs: number, expected: string | null): Promise<Told & { key: string }> {
      const now = clock.now()
      const key = newKeyText(id)
      const fresh = { hash: hashOfKey(key), createdAt: now, until: null }
      const changed = await store.change(id, expected, old => {
        const ends = now + overlapMs
        // A promise made at an earlier rotation holds, unless this one ends everything at once.
        const before = old.hashes.map(one => ({
          ...one,
          until: Math.min(one.until ?? ends, overlapMs === 0 ? now : Infinity),
        }))
        const working = before.filter(one => one.until > now)
        if (working.length >= MOST_VALUES) throw tooMany(id)
        return { ...old, rotatedAt: now, hashes: [fresh, ...working] }
      })
      return { ...(await one(changed)), key }
    },
    async revoke(id: string, expected: string | null): Promise<void> {
      await store.revoke(id, expected)
    },
  }
}

function show({ hashes, ...key }: ApiKey, lastUsed: LastUsed | null, now: number): ShownKey {
  const working = hashes.filter(({ until }) => until === null || until > now)
  const ends = working.flatMap(({ until }) => (until === null ? [] : [until]))
  return { ...key, lastUsed, values: working.length, overlapEndsAt: ends.length === 0 ? null : Math.max(...ends) }
}

function requireFuture(expiresAt: number | null, now: number): void {
  if (expiresAt === null || expiresAt > now) return
  const message = 'must be in the future: to end a key now, DELETE it'
  throw new TocsinError('INVALID_INPUT', `/expiresAt ${message}`, { problems: [{ path: '/expiresAt', message }] })
}

function tooMany(id: string): TocsinError {
  return new TocsinError(
    'CONFLICT',
    `API key "${id}" has ${MOST_VALUES} values that work: wait until one has ended, or rotate with "PT0S" to end them`,
  )
}
