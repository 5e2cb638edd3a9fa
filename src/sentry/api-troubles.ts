import type { Clock } from '../platform/clock.ts'

/** What of Sentry's API does not work of late, by source and endpoint. */
export interface ApiTroubles {
  ran(source: string, endpoint: string, reason: string): void
  cleared(source: string, endpoint: string): void
  /** The newest trouble that has not been cleared; null: none. */
  last(source: string): string | null
}

/** Trouble that nobody ran into for this long may be over: nothing has been asked since. */
const FORGOTTEN_AFTER_MS = 600_000

export function createApiTroubles(clock: Clock): ApiTroubles {
  const bySource = new Map<string, Map<string, { reason: string; at: number }>>()
  return {
    ran(source, endpoint, reason) {
      const troubles = bySource.get(source) ?? new Map<string, { reason: string; at: number }>()
      bySource.set(source, troubles)
      troubles.delete(endpoint)
      troubles.set(endpoint, { reason, at: clock.now() })
    },
    cleared(source, endpoint) {
      bySource.get(source)?.delete(endpoint)
    },
    last(source) {
      const newest = [...(bySource.get(source)?.values() ?? [])].at(-1)
      return newest !== undefined && clock.now() - newest.at < FORGOTTEN_AFTER_MS ? newest.reason : null
    },
  }
}
