import type { Cluster, Redis } from 'ioredis'
import { TocsinError } from '../errors.ts'
import { type Revision, type RulesDocument, revisionSchema } from './rules-document.ts'

export type RevisionHead = Omit<Revision, 'document'>

/** The rules as immutable, numbered revisions: 1, 2, 3 … without gaps; the highest is in force. */
export interface RulesStore {
  /** The revision in force, asked of Redis. Throws NOT_FOUND before the first. */
  current(): Promise<Revision>
  revision(number: number): Promise<Revision | null>
  /** Newest first. Throws INVALID_CURSOR. */
  revisions(page: { limit: number; cursor: string | null }): Promise<{ items: RevisionHead[]; next: string | null }>
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
}

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

  function remember(revision: Revision): Revision {
    if (cache === null || revision.number > cache.number) cache = revision
    return cache
  }

  const version = async (): Promise<number> => Number((await redis.get(NUMBER)) ?? 0)

  async function read(number: number): Promise<Revision | null> {
    const [head, document] = await redis.hmget(revisionKey(number), 'head', 'document')
    return head && document ? parse(number, head, document) : null
  }

  async function refresh(): Promise<Revision> {
    const number = await version()
    if (cache !== null && cache.number >= number) return cache
    const found = number === 0 ? null : await read(number)
    if (found === null) throw nonePublished()
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
    return remember({ ...head, document })
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

  return {
    version,
    refresh,
    publish,
    seedIfEmpty,
    current: refresh,
    revision: async number => (Number.isSafeInteger(number) && number > 0 ? read(number) : null),
    async revisions({ limit, cursor }) {
      const newest = cursor === null ? await version() : readCursor(cursor)
      const numbers = Array.from({ length: Math.min(limit, newest) }, (_, index) => newest - index)
      const heads = await Promise.all(numbers.map(number => redis.hget(revisionKey(number), 'head')))
      const oldest = newest - numbers.length
      return {
        items: heads.flatMap(head => (head === null ? [] : [headSchema.parse(JSON.parse(head))])),
        next: oldest > 0 ? `r${oldest}` : null,
      }
    },
    cached() {
      if (cache === null) throw nonePublished()
      return cache
    },
  }
}

const headSchema = revisionSchema.omit({ document: true })

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
