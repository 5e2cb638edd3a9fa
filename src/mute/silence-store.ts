import type { Cluster, Redis } from 'ioredis'
import { TocsinError } from '../errors.ts'
import { jsonText } from '../incidents/json-text.ts'
import { type Silence, silenceSchema } from './silence.ts'

export interface SilenceStore {
  /** All that are kept, as they are in Redis now: one small read when nothing has changed since the last. */
  current(): Promise<readonly Silence[]>
  read(id: string): Promise<Silence | null>
  /** Throws CONFLICT when too many are kept. `now`: what ended long before is forgotten. */
  create(silence: Silence, now: number): Promise<Silence>
  /** Replaces it if it is still at revision `expected`; throws STALE_ETAG, NOT_FOUND. */
  replace(silence: Silence, expected: number): Promise<Silence>
}

/** As long as what it hid can be looked up, and a quarter's review after. */
const KEEP_MS = 100 * 86_400_000
/** Each open or raise is held against every one that is active. */
const MOST = 5_000

/** One hash tag for all: a write touches two keys, and they must share a slot. */
const ALL = 'tocsin:{silences}:all'
const VERSION = 'tocsin:{silences}:version'

/** ARGV: id, JSON, the revision that was read (0: none), most, then the ids to forget. */
const WRITE = `
local old = redis.call('HGET', KEYS[1], ARGV[1])
local rev = old and cjson.decode(old).rev or 0
if rev ~= tonumber(ARGV[3]) then return rev end
for i = 5, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
if not old and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return -2 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('INCR', KEYS[2])
return -1
`

interface Scripts {
  tocsinSilence(...args: (string | number)[]): Promise<number>
}

/**
 * Silences in Redis: a hash, and a number that grows with every write. Each process remembers them by that number, so that
 * what was written at another is known here at the next question.
 */
export function createSilenceStore(redis: Redis | Cluster): SilenceStore {
  redis.defineCommand('tocsinSilence', { numberOfKeys: 2, lua: WRITE })
  const scripts = redis as unknown as Scripts
  let known: { version: string; silences: readonly Silence[] } | null = null

  async function current(): Promise<readonly Silence[]> {
    // The number first: what is written in between is read now and once more at the next question, never missed.
    const version = (await redis.get(VERSION)) ?? '0'
    if (known?.version === version) return known.silences
    const all = version === '0' ? [] : await redis.hvals(ALL)
    known = { version, silences: all.map(parse) }
    return known.silences
  }

  async function write(silence: Silence, expected: number, forget: readonly string[] = []): Promise<Silence> {
    const { id } = silence
    const text = jsonText(silence)
    const result = await scripts.tocsinSilence(ALL, VERSION, id, text, expected, MOST, ...forget)
    if (result === -1) return parse(text)
    if (result === -2)
      throw new TocsinError('CONFLICT', `${MOST} silences are kept: let some end, or make a maintenance window of them`)
    if (result === 0) throw new TocsinError('NOT_FOUND', `there is no silence "${id}"`)
    throw new TocsinError(
      'STALE_ETAG',
      expected === 0
        ? `silence "${id}" exists already`
        : `silence "${id}" is at revision ${result}, your change was made to ${expected}: read it again, then repeat it`,
    )
  }

  return {
    current,
    async read(id) {
      const text = await redis.hget(ALL, id)
      return text === null ? null : parse(text)
    },
    async create(silence, now) {
      const old = (await current()).filter(({ endsAt }) => endsAt < now - KEEP_MS).map(({ id }) => id)
      return write(silence, 0, old)
    },
    replace: (silence, expected) => write(silence, expected),
  }
}

function parse(text: string): Silence {
  return silenceSchema.parse(JSON.parse(text))
}
