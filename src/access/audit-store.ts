import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisLike } from '../platform/redis.ts'
import { type AuditDraft, type AuditEntry, CHAIN_START, type ChainEnd, joined } from './audit-entry.ts'

/** A change that was begun: written down before it is made. */
export interface Intent {
  id: string
  draft: AuditDraft
  /** ms */
  begunAt: number
}

export interface AuditStore {
  /** Written before the change is made. */
  begin(intent: Intent): Promise<void>
  /** Nothing came of it. */
  drop(id: string): Promise<void>
  /** The next entry of the chain; its intent is gone with the same step. Once for each intent: null, it stood there. */
  append(draft: AuditDraft, intent: string | null): Promise<ChainEnd | null>
  /** Begun, and not said what came of it. */
  intents(): Promise<Intent[]>
  end(): Promise<ChainEnd>
  /** Entries `from` to `to`, both inclusive, in order; null for one that is not there. */
  range(from: number, to: number): Promise<(AuditEntry | null)[]>
}

// One slot: an entry, the end of the chain and the intent change in one step.
const END = 'tocsin:{audit}:end'
const INTENTS = 'tocsin:{audit}:intents'
/** Which intents have their entry; kept longer than anybody tries again. */
const writtenFor = (intent: string | null) => `tocsin:{audit}:written:${intent ?? ''}`
const WRITTEN_MS = 24 * 60 * 60_000
/** Entries in hashes of this many: none grows without bound, and what is taken out leaves a hole that shows. */
const CHUNK = 1_000
const chunkOf = (number: number) => `tocsin:{audit}:entries:${Math.floor((number - 1) / CHUNK)}`

// Redis has no SHA-256: the hash is made outside, and holds only while the chain still ends where it was made for. That an
// intent has its entry is written down: so an append that is repeated because its answer got lost adds nothing, and an
// intent that Redis lost (a failover forgets the last moments) costs no entry. What stands in the place already (the end
// was set back) is never written over: the chain goes on behind it.
const APPEND = `
if ARGV[6] ~= '' and redis.call('EXISTS', KEYS[4]) == 1 then return 'written' end
local last = redis.call('GET', KEYS[1]) or ARGV[1]
if last ~= ARGV[2] then return last end
local there = redis.call('HGET', KEYS[2], ARGV[5])
if there then
  local behind = ARGV[5] .. ':' .. cjson.decode(there).hash
  redis.call('SET', KEYS[1], behind)
  return behind
end
redis.call('HSET', KEYS[2], ARGV[5], ARGV[4])
redis.call('SET', KEYS[1], ARGV[3])
if ARGV[6] ~= '' then
  redis.call('HDEL', KEYS[3], ARGV[6])
  redis.call('SET', KEYS[4], '1', 'PX', ARGV[7])
end
return 'ok'`

interface Commands {
  tocsinAppendAudit(...args: (string | number)[]): Promise<string>
}

/** Each try that is lost was won by another process; whoever lost waits a little, by chance, so that all come to their turn. */
const ATTEMPTS = 2_000
const WAIT_MS = 8

/** The audit trail: append-only, each entry hashed over the one before it. */
export function createAuditStore(redis: RedisLike): AuditStore {
  redis.defineCommand('tocsinAppendAudit', { numberOfKeys: 4, lua: APPEND })
  const commands = redis as typeof redis & Commands
  /** Within the process one after the other: only processes compete. */
  let line: Promise<unknown> = Promise.resolve()
  /** As last seen; a wrong guess costs one try. */
  let seen = CHAIN_START

  async function append(draft: AuditDraft, intent: string | null): Promise<ChainEnd | null> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const entry = joined(draft, seen)
      const said = await commands.tocsinAppendAudit(
        ...[END, chunkOf(entry.number), INTENTS, writtenFor(intent)],
        ...[written(CHAIN_START), written(seen), written(entry), JSON.stringify(entry), entry.number, intent ?? ''],
        WRITTEN_MS,
      )
      if (said === 'ok') {
        seen = { number: entry.number, hash: entry.hash }
        return seen
      }
      if (said === 'written') return null
      seen = read(said)
      if (attempt > 1) await sleep(randomInt(WAIT_MS))
    }
    throw new Error('the audit trail is written to by too many at once')
  }

  return {
    async begin(intent) {
      await redis.hset(INTENTS, intent.id, JSON.stringify(intent))
    },
    async drop(id) {
      await redis.hdel(INTENTS, id)
    },
    append(draft, intent) {
      const next = line.then(() => append(draft, intent))
      line = next.catch(() => {})
      return next
    },
    async intents() {
      return Object.values(await redis.hgetall(INTENTS)).map(text => JSON.parse(text) as Intent)
    },
    async end() {
      const text = await redis.get(END)
      return text === null ? CHAIN_START : read(text)
    },
    async range(from, to) {
      const found: (AuditEntry | null)[] = []
      for (let start = Math.max(from, 1); start <= to; ) {
        const upTo = Math.min(to, start + CHUNK - 1 - ((start - 1) % CHUNK))
        const numbers = Array.from({ length: upTo - start + 1 }, (_, index) => String(start + index))
        for (const text of await redis.hmget(chunkOf(start), ...numbers)) found.push(parse(text))
        start = upTo + 1
      }
      return found
    },
  }
}

function parse(text: string | null): AuditEntry | null {
  if (text === null) return null
  try {
    return JSON.parse(text) as AuditEntry
  } catch {
    return null
  }
}

function written({ number, hash }: ChainEnd): string {
  return `${number}:${hash}`
}

function read(text: string): ChainEnd {
  const [number = '', hash = ''] = text.split(':')
  return { number: Number(number), hash }
}
