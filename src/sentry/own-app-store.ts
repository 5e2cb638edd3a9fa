import type { Cluster, Redis } from 'ioredis'

/** Which Sentry app is ours, by source, as it was learnt; and what we changed in Sentry a moment ago. */
export interface OwnAppStore {
  /** From memory, see `refresh`; null: not learnt yet. */
  of(source: string): string | null
  learn(source: string, app: string): Promise<void>
  /** An issue is about to be changed so; `action`: of the webhook that will tell of it. */
  writing(source: string, issue: string, action: string): Promise<void>
  wroteLately(source: string, issue: string, action: string): Promise<boolean>
  refresh(): Promise<void>
}

const APPS = 'tocsin:own-apps'
/** An echo is its own task at Sentry: it comes within seconds, or much later when Sentry is behind, and then it teaches nothing. */
const ECHO_WITHIN_MS = 120_000

export function createOwnAppStore(redis: Redis | Cluster): OwnAppStore {
  let apps: Record<string, string> = {}
  const keyOf = (source: string, issue: string, action: string) => `tocsin:own-write:{${source}:${issue}}:${action}`
  return {
    of: source => apps[source] ?? null,
    async learn(source, app) {
      await redis.hset(APPS, source, app)
      apps = { ...apps, [source]: app }
    },
    async writing(source, issue, action) {
      await redis.set(keyOf(source, issue, action), '1', 'PX', ECHO_WITHIN_MS)
    },
    wroteLately: async (source, issue, action) => (await redis.exists(keyOf(source, issue, action))) === 1,
    async refresh() {
      apps = await redis.hgetall(APPS)
    },
  }
}
