import type { Cluster, Redis } from 'ioredis'
import { TocsinError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import { type QuarantineEntry, type QuarantineFilter, quarantineEntrySchema } from '../signals/quarantine.ts'

export interface QuarantineStore {
  /** Keeps the entry, masked already. A second entry with its id changes nothing. */
  put(entry: QuarantineEntry): Promise<void>
  /** Newest first, unless the page says otherwise. Throws INVALID_CURSOR for a cursor that is none of ours. */
  list(
    page: { limit: number; cursor: string | null; oldestFirst?: boolean },
    filter?: QuarantineFilter,
  ): Promise<{ items: QuarantineEntry[]; next: string | null }>
  get(id: string): Promise<QuarantineEntry | null>
}

const KEEP_MS = 35 * 86_400_000
const READ_AT_ONCE = 100

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

  function membersAfter(last: string | null, oldestFirst: boolean): Promise<string[]> {
    const from = last === null ? null : `(${last}`
    return oldestFirst
      ? redis.zrangebylex(INDEX, from ?? '-', '+', 'LIMIT', 0, READ_AT_ONCE)
      : redis.zrevrangebylex(INDEX, from ?? '+', '-', 'LIMIT', 0, READ_AT_ONCE)
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
    async list({ limit, cursor, oldestFirst = false }, filter = {}) {
      const items: QuarantineEntry[] = []
      let last = cursor === null ? null : decode(cursor)
      for (;;) {
        const members = await membersAfter(last, oldestFirst)
        const entries = await read(members.map(idOf))
        for (const [index, entry] of entries.entries()) {
          if (entry !== null && passes(entry, filter)) {
            if (items.length === limit) return { items, next: last === null ? null : encode(last) }
            items.push(entry)
          }
          last = members[index] ?? last
        }
        if (members.length < READ_AT_ONCE) return { items, next: null }
      }
    },
    async get(id) {
      return (await read([id]))[0] ?? null
    },
  }
}

function passes(entry: QuarantineEntry, { source, resource }: QuarantineFilter): boolean {
  return entry.source === (source ?? entry.source) && entry.resource === (resource ?? entry.resource)
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
