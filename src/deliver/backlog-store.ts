import type { Cluster, Redis } from 'ioredis'
import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import { type BacklogEntry, backlogEntrySchema } from './backlog-entry.ts'

/** An entry with what only the service needs to know about it. */
export interface BacklogRecord {
  entry: BacklogEntry
  /** A person chose the owner over REST: the incident no longer changes it. */
  ownerPinned: boolean
  /** Who closed it; an entry that a person closed stays closed. */
  closedBy: 'incident' | 'person' | null
}

export interface BacklogStore {
  /** Newest first. `owner`: an owner's id or name; `none`: entries nobody owns. Throws INVALID_CURSOR. */
  list(
    filter: {
      status?: BacklogEntry['status'] | undefined
      owner?: string | undefined
      /** Only of these projects. */
      projects?: readonly string[] | undefined
    },
    page: { limit: number; cursor: string | null; oldestFirst?: boolean },
  ): Promise<{ items: BacklogEntry[]; next: string | null }>
  get(id: string): Promise<{ version: string; value: BacklogEntry } | null>
  /** Sets owner or status, as a person. Throws NOT_FOUND, STALE_ETAG. */
  patch(
    id: string,
    change: { owner?: BacklogEntry['owner']; status?: BacklogEntry['status'] },
    expected: string,
  ): Promise<{ version: string; value: BacklogEntry }>
  /** Reads, decides, writes, atomically (tried again when someone else wrote). `decide` gives null: leave it as it is. */
  change(id: string, decide: (record: BacklogRecord | null) => BacklogRecord | null): Promise<BacklogEntry | null>
  /** Fails when Redis does. */
  check(): Promise<void>
}

const storedSchema = z.object({
  entry: backlogEntrySchema,
  ownerPinned: z.boolean(),
  closedBy: z.enum(['incident', 'person']).nullable(),
  version: z.number().int(),
})

// One slot holds the whole backlog: entry and indexes change in one step, also in Redis Cluster.
const ENTRIES = 'tocsin:{backlog}:entries'
const BY_STATUS = { open: 'tocsin:{backlog}:open', closed: 'tocsin:{backlog}:closed' } as const
const CLOSED_AT = 'tocsin:{backlog}:closed-at'

const DAY_MS = 86_400_000
/** Closed entries forgotten per write: the backlog stays bounded without a sweep of its own. */
const FORGET_AT_ONCE = 20
const TRIES = 10
const PAGE = 100

/**
 * KEYS entries, open, closed, closed-at. ARGV id, expected version (0: must not exist), record, status, place, now,
 * forget closed before. Lexical places (`<createdAt>:<id>`) make pages that stand still while entries come and go.
 */
const SAVE = `
local old = redis.call('HGET', KEYS[1], ARGV[1])
local version = old and cjson.decode(old).version or 0
if version ~= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
local open = ARGV[4] == 'open'
redis.call('ZREM', open and KEYS[3] or KEYS[2], ARGV[5])
redis.call('ZADD', open and KEYS[2] or KEYS[3], 0, ARGV[5])
if open then redis.call('ZREM', KEYS[4], ARGV[5]) else redis.call('ZADD', KEYS[4], ARGV[6], ARGV[5]) end
for _, place in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', ARGV[7], 'LIMIT', 0, ${FORGET_AT_ONCE})) do
  redis.call('ZREM', KEYS[3], place)
  redis.call('ZREM', KEYS[4], place)
  redis.call('HDEL', KEYS[1], string.match(place, ':(.*)$'))
end
return 1
`

/** Keeps backlog entries; closed ones for `keepClosedMs` (default 35 days). */
export function createBacklogStore(deps: {
  redis: Redis | Cluster
  clock: Clock
  keepClosedMs?: number
}): BacklogStore {
  const { redis, clock, keepClosedMs = 35 * DAY_MS } = deps
  redis.defineCommand('tocsinBacklogSave', { numberOfKeys: 4, lua: SAVE })
  const save = Reflect.get(redis, 'tocsinBacklogSave') as (...args: (string | number)[]) => Promise<number>

  async function read(id: string): Promise<z.infer<typeof storedSchema> | null> {
    const text = await redis.hget(ENTRIES, id)
    return text === null ? null : storedSchema.parse(JSON.parse(text))
  }

  /** True when it was written; false: someone else wrote first. */
  async function write(record: BacklogRecord, version: number): Promise<boolean> {
    const { entry } = record
    const text = JSON.stringify({ ...record, version: version + 1 })
    const now = clock.now()
    const keys = [ENTRIES, BY_STATUS.open, BY_STATUS.closed, CLOSED_AT]
    const forget = now - keepClosedMs
    const saved = await save.call(redis, ...keys, entry.id, version, text, entry.status, place(entry), now, forget)
    return saved === 1
  }

  async function change(id: string, decide: (record: BacklogRecord | null) => BacklogRecord | null) {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const stored = await read(id)
      const next = decide(stored)
      if (next === null) return stored?.entry ?? null
      if (await write(next, stored?.version ?? 0)) return next.entry
    }
    throw new TocsinError('CONFLICT', `backlog entry ${id} is being changed by someone else; try again`)
  }

  return {
    change,
    async check() {
      await redis.hexists(ENTRIES, 'none')
    },
    async get(id) {
      const stored = await read(id)
      return stored === null ? null : { version: String(stored.version), value: stored.entry }
    },
    async patch(id, wanted, expected) {
      const stored = await read(id)
      if (stored === null) throw new TocsinError('NOT_FOUND', `there is no backlog entry ${id}`)
      const stale = new TocsinError('STALE_ETAG', `backlog entry ${id} has changed since it was read; read it again`)
      if (String(stored.version) !== expected) throw stale
      const next = patched(stored, wanted, clock.now())
      if (!(await write(next, stored.version))) throw stale
      return { version: String(stored.version + 1), value: next.entry }
    },
    async list(filter, { limit, cursor, oldestFirst = false }) {
      let from = cursor === null ? null : `(${readCursor(cursor)}`
      const items: BacklogEntry[] = []
      let last: string | null = null
      for (;;) {
        const places = await placesAfter(filter.status, from, oldestFirst)
        const texts = places.length === 0 ? [] : await redis.hmget(ENTRIES, ...places.map(idOf))
        for (const [index, text] of texts.entries()) {
          const at = places[index]
          if (at === undefined) continue
          if (text !== null) {
            const { entry } = storedSchema.parse(JSON.parse(text))
            if (ownedBy(entry, filter.owner) && ofProjects(entry, filter.projects)) {
              if (items.length === limit) return { items, next: last === null ? null : writeCursor(last) }
              items.push(entry)
            }
          }
          last = at
        }
        if (places.length < PAGE) return { items, next: null }
        from = `(${places.at(-1) ?? ''}`
      }
    },
  }

  async function placesAfter(
    status: BacklogEntry['status'] | undefined,
    from: string | null,
    oldestFirst: boolean,
  ): Promise<string[]> {
    const names = status === undefined ? (['open', 'closed'] as const) : [status]
    const lists = await Promise.all(
      names.map(name =>
        oldestFirst
          ? redis.zrangebylex(BY_STATUS[name], from ?? '-', '+', 'LIMIT', 0, PAGE)
          : redis.zrevrangebylex(BY_STATUS[name], from ?? '+', '-', 'LIMIT', 0, PAGE),
      ),
    )
    return lists
      .flat()
      .sort((a, b) => (a < b === oldestFirst ? -1 : 1))
      .slice(0, PAGE)
  }
}

function patched(
  record: BacklogRecord,
  wanted: { owner?: BacklogEntry['owner']; status?: BacklogEntry['status'] },
  now: number,
): BacklogRecord {
  const entry: BacklogEntry = { ...record.entry, updatedAt: now }
  if (wanted.owner !== undefined) entry.owner = wanted.owner
  if (wanted.status !== undefined) entry.status = wanted.status
  const moved = wanted.status !== undefined && wanted.status !== record.entry.status
  if (moved) entry.closedBecause = wanted.status === 'closed' ? 'closed by hand' : null
  return {
    entry,
    ownerPinned: record.ownerPinned || wanted.owner !== undefined,
    closedBy: moved ? (wanted.status === 'closed' ? 'person' : null) : record.closedBy,
  }
}

function ownedBy(entry: BacklogEntry, owner: string | undefined): boolean {
  if (owner === undefined) return true
  if (entry.owner === null) return owner === 'none'
  const wanted = owner.toLowerCase()
  return entry.owner.id?.toLowerCase() === wanted || entry.owner.name?.toLowerCase() === wanted
}

function ofProjects({ project }: BacklogEntry, projects: readonly string[] | undefined): boolean {
  return projects === undefined || (project !== null && projects.includes(project))
}

function place(entry: BacklogEntry): string {
  return `${String(entry.createdAt).padStart(15, '0')}:${entry.id}`
}

function idOf(at: string): string {
  return at.slice(at.indexOf(':') + 1)
}

function writeCursor(at: string): string {
  return Buffer.from(at).toString('base64url')
}

function readCursor(cursor: string): string {
  const at = Buffer.from(cursor, 'base64url').toString()
  if (!/^\d{15}:[\w-]{1,80}$/.test(at))
    throw new TocsinError('INVALID_CURSOR', 'the cursor is not one that this list gave; start again without it')
  return at
}
