import type { Cluster, Redis } from 'ioredis'
import { TocsinError } from '../errors.ts'
import { type Revision, type RulesDocument, revisionSchema } from './rules-document.ts'

export type RevisionHead = Omit<Revision, 'document'>

export interface RevisionFilter {
  /** Part of the author's name, in any case. */
  author?: string | undefined
  /** ms: published then or later. */
  since?: number | undefined
}

/** The rules as immutable, numbered revisions: 1, 2, 3 … without gaps; the highest is in force. */
export interface RulesStore {
  /** The revision in force, asked of Redis. Throws NOT_FOUND before the first. */
  current(): Promise<Revision>
  revision(number: number): Promise<Revision | null>
  /** Newest first, of those that pass. A page may be short and have a next one: it looked far enough. Throws INVALID_CURSOR. */
  revisions(
    page: { limit: number; cursor: string | null; oldestFirst?: boolean },
    filter?: RevisionFilter,
  ): Promise<{ items: RevisionHead[]; next: string | null }>
  /**
   * Makes `document` the next revision if `expected` is still the number in force, in one atomic step; else throws
   * STALE_ETAG. The document must have passed validateRules. `at` in ms.
   */
  publish(document: RulesDocument, expected: number, author: string, message: string, at: number): Promise<Revision>
  /** Publishes revision 1 when there is none; the revision in force in any case. Safe from several processes at once. */
  seedIfEmpty(document: RulesDocument, at: number): Promise<Revision>
  /** The number in force; 0: none yet. One small read, for polling. */
  version(): Promise<number>
  /** Brings `cached()` up to date; reads the document only when the number has changed. Throws NOT_FOUND before the first. */
  refresh(): Promise<Revision>
  /** What the last refresh, publish or seed in this process saw. Throws NOT_FOUND before the first. */
  cached(): Revision
  /** One of the newest revisions that this process saw, from memory: for what was begun with it. Null: not any more. */
  recent(number: number): Revision | null
}

/** Judging takes seconds, and nobody publishes more often than that for long. */
const REMEMBERED = 16

/** One hash tag for all: a publish touches two keys, and they must share a slot. */
const NUMBER = 'tocsin:{rules}:current'
const revisionKey = (number: number): string => `tocsin:{rules}:revision:${number}`

const PUBLISH = `
local current = tonumber(redis.call('GET', KEYS[1]) or '0')
if current ~= tonumber(ARGV[1]) then return current end
redis.call('HSET', KEYS[2], 'head', ARGV[2], 'document', ARGV[3])
redis.call('SET', KEYS[1], current + 1)
return -1
`

interface Scripts {
  tocsinPublishRules(...args: (string | number)[]): Promise<number>
}

export function createRulesStore(redis: Redis | Cluster): RulesStore {
  redis.defineCommand('tocsinPublishRules', { numberOfKeys: 2, lua: PUBLISH })
  const scripts = redis as unknown as Scripts
  let cache: Revision | null = null

  const seen = new Map<number, Revision>()

  function remember(revision: Revision): Revision {
    seen.set(revision.number, revision)
    for (const number of [...seen.keys()].slice(0, -REMEMBERED)) seen.delete(number)
    if (cache === null || revision.number > cache.number) cache = revision
    return cache
  }

  const version = async (): Promise<number> => Number((await redis.get(NUMBER)) ?? 0)

  async function read(number: number): Promise<Revision | null> {
    const [head, document] = await redis.hmget(revisionKey(number), 'head', 'document')
    return head && document ? parse(number, head, document) : null
  }

  async function heads(newest: number, count: number): Promise<RevisionHead[]> {
    const numbers = Array.from({ length: count }, (_, index) => newest - index)
    const found = await Promise.all(numbers.map(number => redis.hget(revisionKey(number), 'head')))
    return found.flatMap(head => (head === null ? [] : [headSchema.parse(JSON.parse(head))]))
  }

  async function refresh(): Promise<Revision> {
    const number = await version()
    if (cache?.number === number) return cache
    // Overtaken by a publish while it was asked.
    if (cache !== null && cache.number > number && (await version()) >= cache.number) return cache
    const found = number === 0 ? null : await read(number)
    if (found === null) throw nonePublished()
    if (cache !== null && cache.number > number && (await version()) === number) {
      // Redis lost what it had taken: only what it has counts.
      for (const lost of [...seen.keys()].filter(one => one > number)) seen.delete(lost)
      cache = null
    }
    return remember(found)
  }

  async function publish(
    document: RulesDocument,
    expected: number,
    author: string,
    message: string,
    at: number,
  ): Promise<Revision> {
    const head: RevisionHead = { number: expected + 1, at, author, message }
    const keys = [NUMBER, revisionKey(head.number)]
    const current = await scripts.tocsinPublishRules(...keys, expected, JSON.stringify(head), JSON.stringify(document))
    if (current !== -1) {
      throw new TocsinError(
        'STALE_ETAG',
        `the rules are at revision ${current}, not ${expected}: read them again and repeat the change`,
      )
    }
    const revision = { ...head, document }
    remember(revision)
    return revision
  }

  async function seedIfEmpty(document: RulesDocument, at: number): Promise<Revision> {
    if ((await version()) === 0) {
      await publish(document, 0, 'tocsin', 'default rules', at).catch(error => {
        // Another process was first: its seed is as good.
        if (!(error instanceof TocsinError && error.code === 'STALE_ETAG')) throw error
      })
    }
    return refresh()
  }

  async function oldest(filter: RevisionFilter, limit: number, from: number) {
    const [items, end] = [[] as RevisionHead[], await version()]
    let at = from
    while (at <= end && items.length < limit && at - from < LOOK_AT_MOST) {
      const last = Math.min(end, at + limit - 1)
      for (const head of (await heads(last, last - at + 1)).reverse()) {
        if (items.length === limit) break
        at = head.number + 1
        if (head.at >= (filter.since ?? head.at) && passes(head, filter)) items.push(head)
      }
      if (items.length < limit) at = Math.max(at, last + 1)
    }
    return { items, next: at <= end ? `r${at}` : null }
  }

  return {
    version,
    refresh,
    publish,
    seedIfEmpty,
    current: refresh,
    revision: async number => (Number.isSafeInteger(number) && number > 0 ? read(number) : null),
    async revisions({ limit, cursor, oldestFirst = false }, filter = {}) {
      if (oldestFirst) return oldest(filter, limit, cursor === null ? 1 : readCursor(cursor))
      const newest = cursor === null ? await version() : readCursor(cursor)
      const items: RevisionHead[] = []
      let [last, looked] = [newest, 0]
      while (last > 0 && items.length < limit && looked < LOOK_AT_MOST) {
        const some = await heads(last, Math.min(limit, last))
        for (const head of some) {
          if (items.length === limit) break
          last = head.number - 1
          looked += 1
          // They are in the order of time, but for the clocks of processes: what is older than this is older still.
          if (head.at + CLOCKS_DIFFER_MS < (filter.since ?? head.at)) return { items, next: null }
          if (head.at >= (filter.since ?? head.at) && passes(head, filter)) items.push(head)
        }
        if (some.length === 0) break
      }
      return { items, next: last > 0 ? `r${last}` : null }
    },
    recent: number => seen.get(number) ?? null,
    cached() {
      if (cache === null) throw nonePublished()
      return cache
    },
  }
}

const headSchema = revisionSchema.omit({ document: true })

/** Clocks of processes are this near to each other, or much else is wrong. */
const CLOCKS_DIFFER_MS = 10 * 60_000

/** Looked through in one call for one page, a fraction of a second. */
const LOOK_AT_MOST = 2_000

function passes(head: RevisionHead, { author }: RevisionFilter): boolean {
  return author === undefined || head.author.toLowerCase().includes(author.toLowerCase())
}

function nonePublished(): TocsinError {
  return new TocsinError('NOT_FOUND', 'no rules are published yet')
}

function readCursor(cursor: string): number {
  const number = /^r([1-9]\d{0,14})$/.exec(cursor)?.[1]
  if (number === undefined)
    throw new TocsinError('INVALID_CURSOR', 'not a cursor of this list: start again without one')
  return Number(number)
}

/** A revision that an older version of the service wrote gets the defaults of whatever has been added since. */
function parse(number: number, head: string, document: string): Revision {
  const parsed = revisionSchema.safeParse({ ...JSON.parse(head), document: JSON.parse(document) })
  if (parsed.success) return parsed.data
  throw new TocsinError(
    'INTERNAL',
    `revision ${number} of the rules cannot be read: ${parsed.error.issues[0]?.message ?? ''}`,
    {
      cause: parsed.error,
    },
  )
}
