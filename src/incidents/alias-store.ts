import type { Cluster, Redis } from 'ioredis'
import { z } from 'zod'
import { subjectSchema } from '../signals/signal.ts'

/** Names under which the same monitor is also spoken of: the metric issue it opened, or its detector. */
export type Alias = `issue:${string}` | `detector:${string}`

const knownSchema = z.object({ subject: subjectSchema, rule: z.string().nullable() })
/** What an alias leads to: the subject, and the monitor's rule whose cause it is. */
export type Known = z.infer<typeof knownSchema>

export interface AliasStore {
  remember(source: string, alias: Alias, known: Known): Promise<void>
  find(source: string, alias: Alias): Promise<Known | null>
}

/** Metric issues live long; what is not spoken of for this long is forgotten, ms. */
const KEEP_MS = 90 * 86_400_000

/** A metric alert, the metric issue it opens and our own monitor are one incident: here is written what leads to it. */
export function createAliasStore(redis: Redis | Cluster): AliasStore {
  const keyOf = (source: string, alias: Alias) => `tocsin:{alias:${source}}:${alias}`
  return {
    async remember(source, alias, known) {
      await redis.set(keyOf(source, alias), JSON.stringify(known), 'PX', KEEP_MS)
    },
    async find(source, alias) {
      const found = await redis.get(keyOf(source, alias))
      return found === null ? null : knownSchema.parse(JSON.parse(found))
    },
  }
}
