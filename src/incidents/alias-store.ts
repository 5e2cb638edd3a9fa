import type { Cluster, Redis } from 'ioredis'
import { type Subject, subjectSchema } from '../signals/signal.ts'

/** Names under which the same monitor is also spoken of: the metric issue it opened, or its detector. */
export type Alias = `issue:${string}` | `detector:${string}`

export interface AliasStore {
  remember(source: string, alias: Alias, subject: Subject): Promise<void>
  find(source: string, alias: Alias): Promise<Subject | null>
}

/** Metric issues live long; what is not spoken of for this long is forgotten, ms. */
const KEEP_MS = 90 * 86_400_000

/** A metric alert, the metric issue it opens and our own monitor are one incident: here is written what leads to it. */
export function createAliasStore(redis: Redis | Cluster): AliasStore {
  const keyOf = (source: string, alias: Alias) => `tocsin:{alias:${source}}:${alias}`
  return {
    async remember(source, alias, subject) {
      await redis.set(keyOf(source, alias), JSON.stringify(subject), 'PX', KEEP_MS)
    },
    async find(source, alias) {
      const found = await redis.get(keyOf(source, alias))
      return found === null ? null : subjectSchema.parse(JSON.parse(found))
    },
  }
}
