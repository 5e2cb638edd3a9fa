import type { Cluster, Redis } from 'ioredis'
import { TocsinError } from '../errors.ts'
import { type Draft, type DraftHead, draftSchema } from './draft.ts'

export interface VersionedDraft {
  version: string
  value: Draft
}

/** Drafts of the rules, each edited by one writer at a time. */
export interface DraftStore {
  /** Newest change first. */
  list(): Promise<{ version: string; value: DraftHead }[]>
  read(id: string): Promise<VersionedDraft | null>
  /** `expected` null: it must not exist yet. Throws STALE_ETAG, NOT_FOUND, CONFLICT when there are too many. */
  put(draft: Draft, expected: string | null): Promise<VersionedDraft>
  /** Throws STALE_ETAG, NOT_FOUND. */
  remove(id: string, expected: string): Promise<void>
}

/** Somebody's forgotten work is not a store of its own: beyond this, remove some. */
const MOST = 200

// One slot: a draft and the list of them change in one step, also in Redis Cluster.
const INDEX = 'tocsin:{drafts}:index'
const draftKey = (id: string): string => `tocsin:{drafts}:draft:${id}`

/** KEYS draft, index. ARGV expected version ('': none may exist), head, document, id, updatedAt. Answers a word or the version. */
const PUT = `
local version = redis.call('HGET', KEYS[1], 'version')
if ARGV[1] == '' then
  if version then return 'exists' end
  if redis.call('ZCARD', KEYS[2]) >= ${MOST} then return 'full' end
elseif not version then return 'gone'
elseif version ~= ARGV[1] then return 'stale' end
local next = tostring(tonumber(version or '0') + 1)
redis.call('HSET', KEYS[1], 'version', next, 'head', ARGV[2], 'document', ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[5], ARGV[4])
return next
`
const REMOVE = `
local version = redis.call('HGET', KEYS[1], 'version')
if not version then return 'gone' end
if version ~= ARGV[1] then return 'stale' end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[2])
return version
`

interface Scripts {
  tocsinPutDraft(...args: (string | number)[]): Promise<string>
  tocsinRemoveDraft(...args: (string | number)[]): Promise<string>
}

const headSchema = draftSchema.omit({ document: true })

export function createDraftStore(redis: Redis | Cluster): DraftStore {
  redis.defineCommand('tocsinPutDraft', { numberOfKeys: 2, lua: PUT })
  redis.defineCommand('tocsinRemoveDraft', { numberOfKeys: 2, lua: REMOVE })
  const scripts = redis as unknown as Scripts

  async function read(id: string): Promise<VersionedDraft | null> {
    const [version, head, document] = await redis.hmget(draftKey(id), 'version', 'head', 'document')
    if (!version || !head || !document) return null
    return { version, value: draftSchema.parse({ ...JSON.parse(head), document: JSON.parse(document) }) }
  }

  return {
    read,
    async list() {
      const ids = await redis.zrevrange(INDEX, 0, -1)
      const found = await Promise.all(ids.map(id => redis.hmget(draftKey(id), 'version', 'head')))
      return found.flatMap(([version, head]) =>
        version && head ? [{ version, value: headSchema.parse(JSON.parse(head)) }] : [],
      )
    },
    async put(draft, expected) {
      const { document, ...head } = draft
      const said = await scripts.tocsinPutDraft(
        draftKey(draft.id),
        INDEX,
        expected ?? '',
        JSON.stringify(head),
        JSON.stringify(document),
        draft.id,
        draft.updatedAt,
      )
      refuse(said, draft.id)
      return { version: said, value: draft }
    },
    async remove(id, expected) {
      refuse(await scripts.tocsinRemoveDraft(draftKey(id), INDEX, expected, id), id)
    },
  }
}

function refuse(said: string, id: string): void {
  if (said === 'gone') throw new TocsinError('NOT_FOUND', `there is no draft "${id}" (any more)`)
  if (said === 'exists') throw new TocsinError('CONFLICT', `there is a draft "${id}" already`)
  if (said === 'full') throw new TocsinError('CONFLICT', `there are ${MOST} drafts: publish or remove some first`)
  if (said === 'stale')
    throw new TocsinError('STALE_ETAG', `draft "${id}" was changed meanwhile: read it again, then repeat your change`)
}
