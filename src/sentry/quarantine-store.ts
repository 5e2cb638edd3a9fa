import type { Cluster, Redis } from 'ioredis'
import { TocsinError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import { type QuarantineEntry, quarantineEntrySchema } from '../signals/quarantine.ts'

export interface QuarantineStore {
  /** Keeps the entry, masked already. A second entry with its id changes nothing. */
  put(entry: QuarantineEntry): Promise<void>
  /** Newest first. Throws INVALID_CURSOR for a cursor that is none of ours. */
  list(page: { limit: number; cursor: string | null }): Promise<{ items: QuarantineEntry[]; next: string | null }>
  get(id: string): Promise<QuarantineEntry | null>
}

const KEEP_MS = 35 * 86_400_000

/** Index members sort as text by arrival: `<receivedAt in base 36>|<id>`. */
const INDEX = 'tocsin:{q}:index'
const entryKey = (id: string) => `tocsin:{q}:e:${id}`
const stamp = (ms: number) => Math.max(0, Math.floor(ms)).toString(36).padStart(9, '0')
const idOf = (member: string) => member.slice(10)

/** Signed deliveries that nobody could read. Index and entries share a slot: there are few, and they belong together. */
export function createQuarantineStore(
  redis: Redis | Cluster,
  options: { clock: Clock; keepMs?: number },
): QuarantineStore {
  const { clock, keepMs = KEEP_MS } = options

  async function read(ids: readonly string[]): Promise<(QuarantineEntry | null)[]> {
    if (ids.length === 0) return []
    const texts = await redis.mget(...ids.map(entryKey))
    return texts.map(text => (text === null ? null : quarantineEntrySchema.parse(JSON.parse(text))))
  }

  return {
    async put(entry) {
      const results = await redis
        .multi()
        .set(entryKey(entry.id), JSON.stringify(entry), 'PX', keepMs, 'NX')
        .zadd(INDEX, 0, `${stamp(entry.receivedAt)}|${entry.id}`)
        .zremrangebylex(INDEX, '-', `(${stamp(clock.now() - keepMs)}`)
        .exec()
      const failed = results?.find(([error]) => error !== null)?.[0]
      if (results === null || failed)
        throw failed ?? new TocsinError('STORE_UNAVAILABLE', 'The quarantine was not written.')
    },
    async list({ limit, cursor }) {
      const from = cursor === null ? '+' : `(${decode(cursor)}`
      const members = await redis.zrevrangebylex(INDEX, from, '-', 'LIMIT', 0, limit + 1)
      const page = members.slice(0, limit)
      const items = (await read(page.map(idOf))).filter(entry => entry !== null)
      const last = page.at(-1)
      return { items, next: members.length > limit && last !== undefined ? encode(last) : null }
    },
    async get(id) {
      return (await read([id]))[0] ?? null
    },
  }
}

function encode(member: string): string {
  return Buffer.from(member).toString('base64url')
}

function decode(cursor: string): string {
  const member = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!/^[0-9a-z]{9}\|./.test(member))
    throw new TocsinError('INVALID_CURSOR', 'The cursor is not one this list gave: start without it.')
  return member
}
