import type { SourceHealth } from './api/operations.ts'
import type { Clock } from './platform/clock.ts'
import type { Revision } from './rules/rules-document.ts'
import { type RuleThatCannotFire, rulesThatCannotFire } from './rules/rules-that-cannot-fire.ts'
import type { SentryApi } from './sentry/api-client.ts'
import type { RefusalReason } from './sentry/refusal-watch.ts'
import { UNKNOWN_SOURCE } from './sentry/webhook-door.ts'
import type { DeliveryRecord } from './signals/delivery.ts'
import type { Stores } from './stores.ts'

export interface SourceHealthDeps {
  stores: Stores
  ask: SentryApi
  rules(): Revision
  clock: Clock
}

/** A burst of refusals is over when none came for this long, ms. */
const CALM_MS = 600_000
/** An error feed that was silent for longer may have been switched off. */
const FEED_MS = 24 * 3_600_000

/** Conditions of a source that become incidents. */
export const CONDITIONS = {
  refused: 'webhooks-refused',
  /** Anyone can post to a source that nobody configured: told, but milder. */
  refusedUnknown: 'unknown-source-refused',
  api: 'sentry-api-failing',
} as const

/** How each Sentry integration is doing: when it last spoke, which rules cannot fire, whether its API answers. */
export function createSourceHealth(deps: SourceHealthDeps) {
  const { stores, ask, clock } = deps
  const lastWebhook = new Map<string, number>()
  const lastError = new Map<string, number>()
  const metricAlerts = new Set<string>()
  const lastBurst = new Map<string, number>()
  let tell: (source: string, condition: string, title: string) => void = () => {}

  function cannotFire(source: string): RuleThatCannotFire[] {
    const known = stores.sources.get(source)
    const api = known !== null && ask.canAsk(source)
    const errorFeed = clock.now() - (lastError.get(source) ?? Number.NEGATIVE_INFINITY) < FEED_MS
    return rulesThatCannotFire(deps.rules().document.severityRules, {
      api,
      errorFeed,
      metricAlerts: metricAlerts.has(source) ? true : null,
    })
  }

  return {
    /** Where trouble of a source is told. */
    onTrouble(told: typeof tell): void {
      tell = told
    },
    sawDelivery(record: DeliveryRecord): void {
      lastWebhook.set(record.source, Math.max(record.receivedAt, lastWebhook.get(record.source) ?? 0))
      if (record.resource === 'error') lastError.set(record.source, record.receivedAt)
      if (record.resource === 'metric_alert') metricAlerts.add(record.source)
      if (record.outcome === 'opened' || record.outcome === 'raised') this.lookAtApi(record.source)
    },
    /** An API that fails is one incident about the source, not one per alert. */
    lookAtApi(source: string): void {
      if (!ask.canAsk(source)) return
      const { breaker, lastError: error } = ask.health(source)
      if (error === null && breaker === 'closed') return
      tell(
        source,
        CONDITIONS.api,
        `Sentry's API does not answer source "${source}": ${error ?? `circuit breaker ${breaker}`}`,
      )
    },
    refused(source: string, counts: Partial<Record<RefusalReason, number>>): void {
      lastBurst.set(source, clock.now())
      const words = Object.entries(counts).map(([reason, count]) => `${count} ${reason}`)
      tell(
        source,
        source === UNKNOWN_SOURCE ? CONDITIONS.refusedUnknown : CONDITIONS.refused,
        `Webhooks of source "${source}" are refused: ${words.join(', ')} within a minute`,
      )
    },
    /** `toldAt`: when the trouble was last told of. null: cannot be told. */
    conditionHolds(source: string, condition: string, now: number, toldAt: number): boolean | null {
      // The door may be another process: what it told last counts like a burst of our own.
      if (condition === CONDITIONS.refused || condition === CONDITIONS.refusedUnknown)
        return now - Math.max(lastBurst.get(source) ?? 0, toldAt) < CALM_MS
      if (condition === CONDITIONS.api) {
        if (!ask.canAsk(source)) return false
        const { breaker, lastError: error } = ask.health(source)
        return !(breaker === 'closed' && error === null)
      }
      return null
    },
    cannotFire,
    async of(source: string): Promise<SourceHealth> {
      const { breaker, lastError: error } = ask.health(source)
      return {
        lastWebhookAt: lastWebhook.get(source) ?? null,
        rulesThatCannotFire: cannotFire(source),
        api: { configured: ask.canAsk(source), breaker, lastError: error },
      }
    },
  }
}

export type SourceHealthWatch = ReturnType<typeof createSourceHealth>
