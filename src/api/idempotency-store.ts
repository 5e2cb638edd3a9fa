import { createHash, randomUUID } from 'node:crypto'
import type { RedisLike } from '../platform/redis.ts'

/** What a repeated request is answered with. */
export interface StoredAnswer {
  status: number
  body: string | null
  etag: string | null
  location: string | null
  /** X-Tocsin-Warnings. */
  warnings?: string | null | undefined
}

export type Begun =
  /** The first with this key: do it, then settle: `finish`, or `abandon` when it did not happen. */
  | { state: 'new'; finish(answer: StoredAnswer): Promise<void>; abandon(): Promise<void> }
  | { state: 'done'; answer: StoredAnswer }
  /** The same request is being handled right now. */
  | { state: 'running' }
  /** The key was used for another request. */
  | { state: 'different' }

export interface IdempotencyStore {
  begin(key: string, fingerprint: string): Promise<Begun>
}

/** How long an answer is kept, and how long a crash in the middle blocks its key. */
const KEEP_MS = 24 * 60 * 60 * 1000
const RUNNING_MS = 60 * 1000

const BEGIN = `
local old = redis.call('GET', KEYS[1])
if old then return old end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return nil`

// Only the holder settles: after RUNNING_MS another may have begun anew.
const SETTLE = `
local old = redis.call('GET', KEYS[1])
if not old or cjson.decode(old).token ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`

interface Commands {
  tocsinBeginOnce(key: string, entry: string, ttl: number): Promise<string | null>
  tocsinSettleOnce(key: string, token: string, entry: string, ttl: number): Promise<number>
}

interface Entry {
  fingerprint: string
  token: string
  answer: StoredAnswer | null
}

/** Remembers for 24 hours what writes with an Idempotency-Key were answered, so that a repeat does nothing twice. */
export function createIdempotencyStore(redis: RedisLike): IdempotencyStore {
  redis.defineCommand('tocsinBeginOnce', { numberOfKeys: 1, lua: BEGIN })
  redis.defineCommand('tocsinSettleOnce', { numberOfKeys: 1, lua: SETTLE })
  const commands = redis as typeof redis & Commands
  const redisKey = (key: string) => `tocsin:idempotency:${createHash('sha256').update(key).digest('hex')}`

  return {
    async begin(key, fingerprint) {
      const at = redisKey(key)
      const token = randomUUID()
      const entry: Entry = { fingerprint, token, answer: null }
      const found = await commands.tocsinBeginOnce(at, JSON.stringify(entry), RUNNING_MS)
      if (found !== null) {
        const old = JSON.parse(found) as Entry
        if (old.fingerprint !== fingerprint) return { state: 'different' }
        return old.answer === null ? { state: 'running' } : { state: 'done', answer: old.answer }
      }
      return {
        state: 'new',
        async finish(answer) {
          await commands.tocsinSettleOnce(at, token, JSON.stringify({ ...entry, answer }), KEEP_MS)
        },
        async abandon() {
          await commands.tocsinSettleOnce(at, token, '', 0)
        },
      }
    },
  }
}
