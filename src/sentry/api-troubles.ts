import type { Clock } from '../platform/clock.ts'

/** What of Sentry's API does not work of late, by source and endpoint. */
export interface ApiTroubles {
  /** `status`: with which Sentry refused; null: it did not answer as it should. */
  ran(source: string, endpoint: string, reason: string, status: number | null): void
  cleared(source: string, endpoint: string): void
  /** The newest trouble that has not been cleared; null: none. */
  last(source: string): string | null
  /** The token was refused (401, 403), and nothing has shown since that it is taken. */
  refused(source: string): boolean
}

interface Trouble {
  reason: string
  status: number | null
  since: number
  at: number
}

/** Trouble that nobody ran into for this long may be over: nothing has been asked since. */
const FORGOTTEN_AFTER_MS = 600_000
/** Sooner, where Sentry answers other questions since: after as long as the trouble had lasted, and at least so long. */
const HICCUP_MS = 120_000

export function createApiTroubles(clock: Clock): ApiTroubles {
  const bySource = new Map<string, Map<string, Trouble>>()
  const answeredAt = new Map<string, number>()
  const ofLate = (source: string) =>
    [...(bySource.get(source)?.values() ?? [])].filter(trouble => clock.now() - trouble.at < livesMs(source, trouble))

  /** Of a refusal only its own endpoint proves anything: what one scope lacks, another has. */
  function livesMs(source: string, { status, since, at }: Trouble): number {
    if (status === 401 || status === 403 || (answeredAt.get(source) ?? 0) <= at) return FORGOTTEN_AFTER_MS
    return Math.min(FORGOTTEN_AFTER_MS, Math.max(HICCUP_MS, at - since))
  }

  return {
    ran(source, endpoint, reason, status) {
      const troubles = bySource.get(source) ?? new Map<string, Trouble>()
      bySource.set(source, troubles)
      const at = clock.now()
      const before = troubles.get(endpoint)
      const since = before === undefined || at - before.at >= FORGOTTEN_AFTER_MS ? at : before.since
      troubles.delete(endpoint)
      troubles.set(endpoint, { reason, status, since, at })
    },
    cleared(source, endpoint) {
      answeredAt.set(source, clock.now())
      const troubles = bySource.get(source)
      troubles?.delete(endpoint)
      // An answer from anywhere shows that the token is known again.
      for (const [other, { status }] of troubles ?? []) if (status === 401) troubles?.delete(other)
    },
    last: source => ofLate(source).at(-1)?.reason ?? null,
    refused: source => ofLate(source).some(({ status }) => status === 401 || status === 403),
  }
}
