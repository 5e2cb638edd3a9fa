import { TocsinError } from '../errors.ts'
import type { RedisLike } from '../platform/redis.ts'
import { type ApiKey, apiKeySchema, type LastUsed, lastUsedSchema } from './api-key.ts'

export interface VersionedKey {
  version: string
  value: ApiKey
}

export interface ApiKeyStore {
  /** Asked of Redis each time: what was revoked a moment ago is refused by every process. */
  read(id: string): Promise<VersionedKey | null>
  /** Oldest first. */
  list(): Promise<VersionedKey[]>
  create(key: ApiKey): Promise<VersionedKey>
  /** `expected` null: whatever it is now. Throws NOT_FOUND, STALE_ETAG. */
  change(id: string, expected: string | null, edit: (key: ApiKey) => ApiKey): Promise<VersionedKey>
  /** Gone at once, everywhere. Throws NOT_FOUND, STALE_ETAG. */
  revoke(id: string, expected: string | null): Promise<ApiKey>
  /** Notes a use; written at most once a minute for each key. */
  used(id: string, use: LastUsed): Promise<void>
  lastUsed(ids: readonly string[]): Promise<(LastUsed | null)[]>
}

// One slot. The counter makes versions that never come back.
const KEYS = 'tocsin:{api-keys}:records'
const VERSIONS = 'tocsin:{api-keys}:version'
const USED = 'tocsin:{api-keys}:used'

const PUT = `
local old = redis.call('HGET', KEYS[1], ARGV[1])
local version = old and cjson.decode(old).version or ''
if version ~= ARGV[2] then return '' end
local new = tostring(redis.call('INCR', KEYS[2]))
redis.call('HSET', KEYS[1], ARGV[1], '{"version":"' .. new .. '","value":' .. ARGV[3] .. '}')
return new`

const REVOKE = `
local old = redis.call('HGET', KEYS[1], ARGV[1])
if not old or cjson.decode(old).version ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1`

// A key that was revoked meanwhile leaves nothing behind.
const USE = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
return redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])`

interface Commands {
  tocsinPutApiKey(keys: string, versions: string, id: string, expected: string, value: string): Promise<string>
  tocsinRevokeApiKey(keys: string, used: string, id: string, expected: string): Promise<number>
  tocsinUseApiKey(keys: string, used: string, id: string, use: string): Promise<number>
}

const NOTE_EVERY_MS = 60_000
/** Without a version to keep to, a change is made again on top of what came in between. */
const ATTEMPTS = 20

/** API keys in one hash: each record with its version, and never the key itself. */
export function createApiKeyStore(redis: RedisLike): ApiKeyStore {
  redis.defineCommand('tocsinPutApiKey', { numberOfKeys: 2, lua: PUT })
  redis.defineCommand('tocsinRevokeApiKey', { numberOfKeys: 2, lua: REVOKE })
  redis.defineCommand('tocsinUseApiKey', { numberOfKeys: 2, lua: USE })
  const commands = redis as typeof redis & Commands
  /** When this process last wrote a use down. */
  const noted = new Map<string, number>()

  async function read(id: string): Promise<VersionedKey | null> {
    const text = await redis.hget(KEYS, id)
    return text === null ? null : parse(text)
  }

  /** Does it to what is there, as long as nobody else was quicker. */
  async function onVersion(
    id: string,
    expected: string | null,
    write: (found: VersionedKey) => Promise<VersionedKey | null>,
  ): Promise<VersionedKey> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const found = await read(id)
      if (found === null) throw new TocsinError('NOT_FOUND', `there is no API key "${id}" (any more)`)
      if (expected !== null && found.version !== expected) throw stale(id)
      const written = await write(found)
      if (written !== null) return written
    }
    throw stale(id)
  }

  return {
    read,
    async list() {
      const all = Object.values(await redis.hgetall(KEYS)).map(parse)
      return all.sort((a, b) => a.value.createdAt - b.value.createdAt || (a.value.id < b.value.id ? -1 : 1))
    },
    async create(key) {
      const version = await commands.tocsinPutApiKey(KEYS, VERSIONS, key.id, '', JSON.stringify(key))
      if (version === '') throw new TocsinError('CONFLICT', `API key "${key.id}" already exists: ask again`)
      return { version, value: key }
    },
    change: (id, expected, edit) =>
      onVersion(id, expected, async found => {
        const value = edit(found.value)
        const version = await commands.tocsinPutApiKey(KEYS, VERSIONS, id, found.version, JSON.stringify(value))
        return version === '' ? null : { version, value }
      }),
    async revoke(id, expected) {
      const gone = await onVersion(id, expected, async found =>
        (await commands.tocsinRevokeApiKey(KEYS, USED, id, found.version)) === 1 ? found : null,
      )
      noted.delete(id)
      return gone.value
    },
    async used(id, use) {
      if (Math.abs(use.at - (noted.get(id) ?? Number.NEGATIVE_INFINITY)) < NOTE_EVERY_MS) return
      noted.set(id, use.at)
      await commands.tocsinUseApiKey(KEYS, USED, id, JSON.stringify(use))
    },
    async lastUsed(ids) {
      if (ids.length === 0) return []
      const found = await redis.hmget(USED, ...ids)
      return found.map(text => (text === null ? null : lastUsedSchema.parse(JSON.parse(text))))
    },
  }
}

function parse(text: string): VersionedKey {
  const { version, value } = JSON.parse(text) as { version: string; value: unknown }
  return { version, value: apiKeySchema.parse(value) }
}

function stale(id: string): TocsinError {
  return new TocsinError('STALE_ETAG', `API key "${id}" was changed by someone else: read it again, then repeat it`)
}
