import { TocsinError } from '../errors.ts'
import type { RedisLike } from './redis.ts'
import type { SecretBox } from './secret-box.ts'
import { type Seeded, seedRecords } from './seed-records.ts'

/** Who may change a record: the environment (at restart) or the API. */
export type ManagedBy = 'environment' | 'api'

export interface SealedRecord<T, S> {
  id: string
  /** Never used twice in its set, also not after a record was removed and made again. */
  version: string
  managedBy: ManagedBy
  value: T
  /** null: it has none, or it could not be opened (then `unreadable` says why). */
  secret: S | null
  unreadable: string | null
}

export interface SealedRecords<T, S> {
  /** From memory, as of the last refresh or write. */
  get(id: string): SealedRecord<T, S> | null
  /** From memory, ordered by id. */
  list(): SealedRecord<T, S>[]
  /** Reads what other processes wrote: one small GET when nothing changed. */
  refresh(): Promise<void>
  /** Throws what `put` would throw, as far as memory knows: so that problems are said in a useful order. */
  check(id: string, expected: string | null): void
  /** `expected` null: create. Throws CONFLICT when it exists, NOT_FOUND when it does not, STALE_ETAG when it changed. */
  put(
    record: { id: string; managedBy: ManagedBy; value: T; secret: S | null },
    expected: string | null,
  ): Promise<SealedRecord<T, S>>
  /** Throws NOT_FOUND, STALE_ETAG. */
  remove(id: string, expected: string): Promise<void>
  /**
   * Makes the records that the environment manages exactly these, and leaves what people made over the API alone.
   * What did not change keeps its version, so that a restart disturbs no one who is editing.
   */
  seed(wanted: readonly { value: T; secret: S | null }[]): Promise<Seeded>
  /** What could not be read at the last refresh, in words for /readyz and the log. */
  problems(): string[]
}

export interface SealedRecordsOptions<T, S> {
  /** Plural, as in keys and errors: `destinations`. */
  name: string
  /** How one is called in errors: `destination`. */
  noun: string
  secretBox: SecretBox
  /** Reads what was stored, perhaps by an older version of us. Throws when it cannot. */
  readValue(stored: unknown): T
  readSecret(stored: unknown): S
}

// One hash for all records of a set: every script touches one slot. The counter makes versions that never return.
const PUT = `
local old = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[2] == '' then
  if old then return {'exists'} end
else
  if not old then return {'missing'} end
  if cjson.decode(old).version ~= ARGV[2] then return {'stale'} end
end
local version = tostring(redis.call('INCR', KEYS[2]))
local record = '{"version":"' .. version .. '",' .. string.sub(ARGV[3], 2)
redis.call('HSET', KEYS[1], ARGV[1], record)
return {'ok', version}`

const REMOVE = `
local old = redis.call('HGET', KEYS[1], ARGV[1])
if not old then return {'missing'} end
if cjson.decode(old).version ~= ARGV[2] then return {'stale'} end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('INCR', KEYS[2])
return {'ok'}`

interface Commands {
  tocsinPutSealed(records: string, versions: string, id: string, expected: string, record: string): Promise<string[]>
  tocsinRemoveSealed(records: string, versions: string, id: string, expected: string): Promise<string[]>
}

interface Stored {
  version: string
  managedBy: ManagedBy
  value: unknown
  sealed: string | null
}

/**
 * A small set of records that people edit, each with a secret beside it: kept in Redis with the secret sealed,
 * and whole in memory, so that doors can read them without waiting. A secret that cannot be opened makes its own
 * record unreadable, never the set; a record of unknown form is left out and named.
 */
export function createSealedRecords<T extends { id: string }, S>(
  redis: RedisLike,
  options: SealedRecordsOptions<T, S>,
): SealedRecords<T, S> {
  const recordsKey = `tocsin:{${options.name}}:records`
  const versionsKey = `tocsin:{${options.name}}:version`
  redis.defineCommand('tocsinPutSealed', { numberOfKeys: 2, lua: PUT })
  redis.defineCommand('tocsinRemoveSealed', { numberOfKeys: 2, lua: REMOVE })
  const commands = redis as typeof redis & Commands
  let records = new Map<string, SealedRecord<T, S>>()
  let problems: string[] = []
  let seen: string | null = null

  const contextOf = (id: string) => `${options.name}:${id}`

  function read(id: string, stored: Stored): SealedRecord<T, S> {
    const record = { id, version: stored.version, managedBy: stored.managedBy, value: options.readValue(stored.value) }
    if (stored.sealed === null) return { ...record, secret: null, unreadable: null }
    try {
      const secret = options.readSecret(JSON.parse(options.secretBox.open(stored.sealed, contextOf(id))))
      return { ...record, secret, unreadable: null }
    } catch {
      // The cause is not passed on: it may quote what it could not read.
      const unreadable = `the secret of ${options.noun} "${id}" cannot be opened with the present ENCRYPTION_KEY: give it again`
      return { ...record, secret: null, unreadable }
    }
  }

  async function load(): Promise<void> {
    // The counter is read first: a write in between shows as one more change next time, never as one missed.
    const version = (await redis.get(versionsKey)) ?? '0'
    if (version === seen) return
    const stored = Object.entries(await redis.hgetall(recordsKey)).sort(([a], [b]) => (a < b ? -1 : 1))
    const readable: SealedRecord<T, S>[] = []
    const lost: string[] = []
    for (const [id, json] of stored) {
      try {
        readable.push(read(id, JSON.parse(json) as Stored))
      } catch {
        lost.push(`${options.noun} "${id}" is stored in a form this version cannot read: remove it and make it again`)
      }
    }
    records = new Map(readable.map(record => [record.id, record]))
    problems = [...lost, ...readable.flatMap(record => (record.unreadable === null ? [] : [record.unreadable]))]
    seen = version
  }

  function refuse(outcome: string | undefined, id: string): never {
    if (outcome === 'exists') {
      throw new TocsinError('CONFLICT', `${options.noun} "${id}" already exists: PUT it with If-Match to change it`)
    }
    if (outcome === 'missing') throw new TocsinError('NOT_FOUND', `there is no ${options.noun} "${id}"`)
    throw new TocsinError(
      'STALE_ETAG',
      `${options.noun} "${id}" was changed by someone else: read it again, then repeat the change with its new ETag`,
    )
  }

  const set: SealedRecords<T, S> = {
    get: id => records.get(id) ?? null,
    list: () => [...records.values()],
    refresh: load,
    check(id, expected) {
      const version = records.get(id)?.version ?? null
      if (version === expected) return
      refuse(expected === null ? 'exists' : version === null ? 'missing' : 'stale', id)
    },
    async put({ id, managedBy, value, secret }, expected) {
      const sealed = secret === null ? null : options.secretBox.seal(JSON.stringify(secret), contextOf(id))
      const json = JSON.stringify({ managedBy, value, sealed })
      const [outcome, version] = await commands.tocsinPutSealed(recordsKey, versionsKey, id, expected ?? '', json)
      if (outcome !== 'ok' || version === undefined) refuse(outcome, id)
      await load()
      return { id, version, managedBy, value, secret, unreadable: null }
    },
    async remove(id, expected) {
      const [outcome] = await commands.tocsinRemoveSealed(recordsKey, versionsKey, id, expected)
      if (outcome !== 'ok') refuse(outcome, id)
      await load()
    },
    seed: wanted => seedRecords(set, wanted),
    problems: () => problems,
  }
  return set
}
