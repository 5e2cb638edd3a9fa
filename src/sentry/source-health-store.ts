import type { Cluster, Redis } from 'ioredis'

/** What is remembered of a source, each as the time it was last seen, ms. */
export const HEALTH_FIELDS = ['webhook', 'error', 'metricAlert', 'refusalBurst'] as const
export type HealthField = (typeof HEALTH_FIELDS)[number]

/** What any process has seen of the sources: the door may be one process, the work another. */
export interface SourceHealthStore {
  /**
   * Seen at `at`: known here at once, to the others with their next refresh. Written at most once a second per source
   * and field. Rejects with what Redis throws; the next one is written then.
   */
  saw(source: string, field: HealthField, at: number): Promise<void>
  /** When any process last saw it, as of the last refresh; null: never. */
  last(source: string, field: HealthField): number | null
  /** Reads what the others have seen of these sources. */
  refresh(sources: readonly string[]): Promise<void>
}

const WRITE_EVERY_MS = 1_000
/** A source that nobody has heard of for so long is forgotten. */
const KEEP_MS = 90 * 86_400_000

/** One hash tag for all: a handful of small hashes, read together. */
const keyOf = (source: string) => `tocsin:{source-health}:${source}`

/** Several processes write: only a later time counts. ARGV: field, time, how long to keep. */
const SAW = `
local known = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
if tonumber(ARGV[2]) > known then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`

interface Scripts {
  tocsinSourceSaw(key: string, field: string, at: number, keepMs: number): Promise<number>
}

type Seen = Partial<Record<HealthField, number>>

export function createSourceHealthStore(redis: Redis | Cluster): SourceHealthStore {
  redis.defineCommand('tocsinSourceSaw', { numberOfKeys: 1, lua: SAW })
  const scripts = redis as unknown as Scripts
  const seen = new Map<string, Seen>()
  const written = new Map<string, Seen>()

  function keepLater(all: Map<string, Seen>, source: string, field: HealthField, at: number): void {
    const entry = all.get(source) ?? {}
    entry[field] = Math.max(at, entry[field] ?? 0)
    all.set(source, entry)
  }

  return {
    async saw(source, field, at) {
      keepLater(seen, source, field, at)
      const before = written.get(source)?.[field]
      if (before !== undefined && at - before < WRITE_EVERY_MS) return
      keepLater(written, source, field, at)
      try {
        await scripts.tocsinSourceSaw(keyOf(source), field, Math.round(at), KEEP_MS)
      } catch (error) {
        delete written.get(source)?.[field]
        throw error
      }
    },
    last: (source, field) => seen.get(source)?.[field] ?? null,
    async refresh(sources) {
      await Promise.all(
        sources.map(async source => {
          const times = await redis.hmget(keyOf(source), ...HEALTH_FIELDS)
          for (const [index, field] of HEALTH_FIELDS.entries()) {
            const at = times[index] ?? null
            if (at !== null) keepLater(seen, source, field, Number(at))
          }
        }),
      )
    },
  }
}
