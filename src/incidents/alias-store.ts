import type { Cluster, Redis } from 'ioredis'
import { z } from 'zod'
import { incidentId, incidentKey } from '../signals/dedup-key.ts'
import { type Subject, subjectSchema } from '../signals/signal.ts'

/** Names under which the same monitor is also spoken of: the metric issue it opened, or its detector. */
export type Alias = `issue:${string}` | `detector:${string}`

const knownSchema = z.object({ subject: subjectSchema, rule: z.string().nullable() })
/** What an alias leads to: the subject, and the monitor's rule whose cause it is. */
export type Known = z.infer<typeof knownSchema>

const monitorSchema = z.object({
  subject: subjectSchema,
  /** As its cause names it: `metric:<rule>`. */
  rule: z.string(),
  /** As people named it in Sentry, masked; null: not said. */
  name: z.string().nullable(),
})
/** A monitor that has told of itself. */
export type Monitor = z.infer<typeof monitorSchema>

export interface AliasStore {
  /** An issue's is kept the other way round too, see `issuesOf`. */
  remember(source: string, alias: Alias, known: Known): Promise<void>
  find(source: string, alias: Alias): Promise<Known | null>
  /** Ids of the metric issues that speak of that incident. */
  issuesOf(source: string, incident: string): Promise<string[]>
  rememberMonitor(source: string, project: string, monitor: Monitor): Promise<void>
  monitorsOf(source: string, project: string): Promise<Monitor[]>
}

/** Metric issues live long; what is not spoken of for this long is forgotten, ms. */
const KEEP_MS = 90 * 86_400_000
const ISSUE = 'issue:'

/** A metric alert, the metric issue it opens and our own monitor are one incident: here is written what leads to it. */
export function createAliasStore(redis: Redis | Cluster): AliasStore {
  const keyOf = (source: string, name: string) => `tocsin:{alias:${source}}:${name}`
  const issuesKey = (source: string, incident: string) => keyOf(source, `issues-of:${incident}`)
  const monitorsKey = (source: string, project: string) => keyOf(source, `monitors-of:${project}`)
  return {
    async remember(source, alias, known) {
      const issues = alias.startsWith(ISSUE) ? idOf(source, known.subject) : null
      // The way back first: whoever finds the alias finds that too.
      if (issues !== null) {
        const key = issuesKey(source, issues)
        await redis.sadd(key, alias.slice(ISSUE.length))
        await redis.pexpire(key, KEEP_MS)
      }
      await redis.set(keyOf(source, alias), JSON.stringify(known), 'PX', KEEP_MS)
    },
    async find(source, alias) {
      const found = await redis.get(keyOf(source, alias))
      return found === null ? null : knownSchema.parse(JSON.parse(found))
    },
    issuesOf: (source, incident) => redis.smembers(issuesKey(source, incident)),
    async rememberMonitor(source, project, monitor) {
      const key = monitorsKey(source, project)
      await redis.hset(key, monitor.rule, JSON.stringify(monitor))
      await redis.pexpire(key, KEEP_MS)
    },
    async monitorsOf(source, project) {
      const all = await redis.hvals(monitorsKey(source, project))
      return all.map(json => monitorSchema.parse(JSON.parse(json)))
    },
  }
}

function idOf(source: string, subject: Subject): string | null {
  const key = incidentKey(source, subject)
  return key === null ? null : incidentId(key)
}
