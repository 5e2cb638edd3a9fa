import type { Cluster, Redis } from 'ioredis'
import { z } from 'zod'
import { rulesDocumentSchema } from '../rules/rules-document.ts'
import type { Difference } from './compare-afresh.ts'

/** Rules that run beside the published ones for a while. */
export const shadowSchema = z.object({
  /** Names this run: what is still on its way when another begins is not counted there. */
  id: z.string(),
  name: z.string(),
  document: rulesDocumentSchema,
  author: z.string(),
  startedAt: z.number(),
  until: z.number(),
})
export type Shadow = z.infer<typeof shadowSchema>

/** What one process saw since it last wrote. */
export interface ShadowCounts {
  signals: number
  different: number
  failed: number
  severity: number
  rule: number
  route: number
  targets: number
}

export interface ShadowStore {
  /** The shadow that was last begun, also when it has ended; null: none was, it was taken away, or cannot be read. */
  read(): Promise<Shadow | null>
  /** Which one `read` would tell: for looking often. */
  id(): Promise<string | null>
  /** Begins one; whatever the one before it found is forgotten. */
  begin(shadow: Shadow): Promise<void>
  /** False: there was none. */
  remove(): Promise<boolean>
  /** Adds what was found by that run; nothing when another has begun. */
  add(id: string, counts: Partial<ShadowCounts>, differences: readonly Difference[]): Promise<void>
  found(offset: number, count: number): Promise<{ counts: ShadowCounts; differences: Difference[] }>
}

const KEY = 'tocsin:{shadow}:now'
const COUNTS = 'tocsin:{shadow}:counts'
const DIFFERENCES = 'tocsin:{shadow}:differences'
/** The newest are kept to be looked at; all are counted. */
const MOST_DIFFERENCES = 500
/** What a shadow found can be read for so long after it has ended. */
const KEEP_AFTER_MS = 31 * 86_400_000

/** KEYS: the shadow, counts, differences. ARGV: its id, most differences, how many counts, name and number each, then differences. */
const ADD = `
local text = redis.call('HGET', KEYS[1], 'id')
if text ~= ARGV[1] then return 0 end
local pairs = tonumber(ARGV[3])
for i = 0, pairs - 1 do redis.call('HINCRBY', KEYS[2], ARGV[4 + 2 * i], ARGV[5 + 2 * i]) end
for i = 4 + 2 * pairs, #ARGV do redis.call('LPUSH', KEYS[3], ARGV[i]) end
redis.call('LTRIM', KEYS[3], 0, tonumber(ARGV[2]) - 1)
local left = redis.call('PTTL', KEYS[1])
if left > 0 then
  redis.call('PEXPIRE', KEYS[2], left)
  redis.call('PEXPIRE', KEYS[3], left)
end
return 1
`

interface Scripts {
  tocsinShadowAdd(...args: (string | number)[]): Promise<number>
}

const NOTHING: ShadowCounts = { signals: 0, different: 0, failed: 0, severity: 0, rule: 0, route: 0, targets: 0 }

/** One shadow at a time, in one slot. */
export function createShadowStore(redis: Redis | Cluster): ShadowStore {
  redis.defineCommand('tocsinShadowAdd', { numberOfKeys: 3, lua: ADD })
  const scripts = redis as unknown as Scripts
  return {
    async read() {
      const text = await redis.hget(KEY, 'shadow')
      return text === null ? null : fromText(text)
    },
    id: () => redis.hget(KEY, 'id'),
    async begin(shadow) {
      await redis
        .multi()
        .del(KEY, COUNTS, DIFFERENCES)
        .hset(KEY, { id: shadow.id, shadow: JSON.stringify(shadow) })
        .pexpire(KEY, Math.max(1, Math.round(shadow.until - shadow.startedAt)) + KEEP_AFTER_MS)
        .exec()
    },
    remove: async () => (await redis.del(KEY, COUNTS, DIFFERENCES)) > 0,
    async add(id, counts, differences) {
      const given = Object.entries(counts).filter(([, count]) => count > 0)
      if (given.length === 0 && differences.length === 0) return
      const texts = differences.map(one => JSON.stringify(one))
      await scripts.tocsinShadowAdd(
        ...[KEY, COUNTS, DIFFERENCES, id, MOST_DIFFERENCES, given.length],
        ...given.flat(),
        ...texts,
      )
    },
    async found(offset, count) {
      const [counts, texts] = await Promise.all([
        redis.hgetall(COUNTS),
        redis.lrange(DIFFERENCES, offset, offset + count - 1),
      ])
      const numbers = Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, Number(value)]))
      return { counts: { ...NOTHING, ...numbers }, differences: texts.map(text => JSON.parse(text) as Difference) }
    },
  }
}

/** What another version wrote may be another shape: then none runs, and the next can be begun. */
function fromText(text: string): Shadow | null {
  try {
    return shadowSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
