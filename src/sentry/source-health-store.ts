import { randomUUID } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import {
  type ApiState,
  clockSkewMs,
  mergeApi,
  REPORT_LIVES_MS,
  type SourceReport,
  sourceReportSchema,
} from './source-reports.ts'

/** What is remembered of a source, each as the time it was last seen, ms. `silent`: since when it last was. */
export const HEALTH_FIELDS = ['webhook', 'error', 'metricAlert', 'refusalBurst', 'silent'] as const
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
  /**
   * What this process knows of a source now; known to the others with their next refresh. Written every ten seconds,
   * and when trouble begins or ends. Rejects with what Redis throws; the next one is written then.
   */
  report(source: string, report: SourceReport): Promise<void>
  /** What all living processes know of Sentry's API together; null: none of them asks. */
  api(source: string): ApiState | null
  /** Sentry's clock minus ours, ms; null: not known. */
  skewMs(source: string): number | null
  /** Reads what the others have seen of these sources. */
  refresh(sources: readonly string[], now: number): Promise<void>
}

const WRITE_EVERY_MS = 1_000
const REPORT_EVERY_MS = 10_000
/** A source that nobody has heard of for so long is forgotten. */
const KEEP_MS = 90 * 86_400_000

/** One hash tag for all: a handful of small hashes, read together. */
const keyOf = (source: string) => `tocsin:{source-health}:${source}`
const reportsOf = (source: string) => `tocsin:{source-health}:${source}:reports`

/** Several processes write: only a later time counts. ARGV: field, time, how long to keep. */
const SAW = `
local known = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
if tonumber(ARGV[2]) > known then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`

/** ARGV: process, its report, how long to keep. */
const REPORT = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`

interface Scripts {
  tocsinSourceSaw(key: string, field: string, at: number, keepMs: number): Promise<number>
  tocsinSourceReport(key: string, process: string, report: string, keepMs: number): Promise<number>
}

type Seen = Partial<Record<HealthField, number>>

export function createSourceHealthStore(redis: Redis | Cluster): SourceHealthStore {
  redis.defineCommand('tocsinSourceSaw', { numberOfKeys: 1, lua: SAW })
  redis.defineCommand('tocsinSourceReport', { numberOfKeys: 1, lua: REPORT })
  const scripts = redis as unknown as Scripts
  const self = randomUUID()
  const seen = new Map<string, Seen>()
  const written = new Map<string, Seen>()
  const own = new Map<string, { report: SourceReport; written: SourceReport | null }>()
  const others = new Map<string, SourceReport[]>()

  function keepLater(all: Map<string, Seen>, source: string, field: HealthField, at: number): void {
    const entry = all.get(source) ?? {}
    entry[field] = Math.max(at, entry[field] ?? 0)
    all.set(source, entry)
  }

  function reports(source: string): SourceReport[] {
    const mine = own.get(source)?.report
    return mine === undefined ? (others.get(source) ?? []) : [mine, ...(others.get(source) ?? [])]
  }

  async function readTimes(source: string): Promise<void> {
    const times = await redis.hmget(keyOf(source), ...HEALTH_FIELDS)
    for (const [index, field] of HEALTH_FIELDS.entries()) {
      const at = times[index] ?? null
      if (at !== null) keepLater(seen, source, field, Number(at))
    }
  }

  async function readReports(source: string, now: number): Promise<void> {
    const living: SourceReport[] = []
    for (const [process, text] of Object.entries(await redis.hgetall(reportsOf(source)))) {
      if (process === self) continue
      const report = readReport(text)
      if (report !== null && now - report.at < REPORT_LIVES_MS) living.push(report)
      else if (report === null || now - report.at > KEEP_ENDED_MS) await redis.hdel(reportsOf(source), process)
    }
    others.set(source, living)
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
    async report(source, report) {
      const before = own.get(source)?.written ?? null
      const due = before === null || report.at - before.at >= REPORT_EVERY_MS || isNews(before, report)
      own.set(source, { report, written: due ? report : before })
      if (!due) return
      try {
        await scripts.tocsinSourceReport(reportsOf(source), self, JSON.stringify(report), KEEP_MS)
      } catch (error) {
        own.set(source, { report, written: null })
        throw error
      }
    },
    api: source => mergeApi(reports(source)),
    skewMs: source => clockSkewMs(reports(source)),
    async refresh(sources, now) {
      await Promise.all(sources.flatMap(source => [readTimes(source), readReports(source, now)]))
    },
  }
}

/** A process that ended an hour ago is swept away; until then its clock may just have been behind. */
const KEEP_ENDED_MS = 3_600_000

function isNews(before: SourceReport, now: SourceReport): boolean {
  const [was, is] = [before.api, now.api]
  return was?.breaker !== is?.breaker || was?.lastError !== is?.lastError || was?.refused !== is?.refused
}

/** null: written by another version. */
function readReport(text: string): SourceReport | null {
  try {
    return sourceReportSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
