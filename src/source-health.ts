import type { SourceHealth } from './api/operations.ts'
import type { Clock } from './platform/clock.ts'
import type { Log } from './platform/logger.ts'
import type { Revision } from './rules/rules-document.ts'
import { type RuleThatCannotFire, rulesThatCannotFire } from './rules/rules-that-cannot-fire.ts'
import type { SentryApi } from './sentry/api-client.ts'
import type { RefusalReason } from './sentry/refusal-watch.ts'
import type { HealthField } from './sentry/source-health-store.ts'
import { UNKNOWN_SOURCE } from './sentry/webhook-door.ts'
import type { DeliveryRecord } from './signals/delivery.ts'
import type { Stores } from './stores.ts'

export interface SourceHealthDeps {
  stores: Stores
  ask: SentryApi
  rules(): Revision
  clock: Clock
  log: Pick<Log, 'warn'>
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

/**
 * How each Sentry integration is doing: when it last spoke and which rules cannot fire, as any process has seen it, and
 * whether its API answers, as this process has: each asks for itself, and a process that asks nothing knows no trouble.
 */
export function createSourceHealth(deps: SourceHealthDeps) {
  const { stores, ask, clock } = deps
  const { last } = stores.sourceHealth
  let unwritten = false
  let tell: (source: string, condition: string, title: string) => void = () => {}

  function cannotFire(source: string): RuleThatCannotFire[] {
    const known = stores.sources.get(source)
    const api = known !== null && ask.canAsk(source)
    const errorFeed = clock.now() - (last(source, 'error') ?? Number.NEGATIVE_INFINITY) < FEED_MS
    return rulesThatCannotFire(deps.rules().document.severityRules, {
      api,
      errorFeed,
      metricAlerts: last(source, 'metricAlert') === null ? null : true,
    })
  }

  /** Nobody waits for it; that it could not be written is logged once, until it can be again. */
  function saw(source: string, field: HealthField, at: number): void {
    stores.sourceHealth.saw(source, field, at).then(
      () => {
        unwritten = false
      },
      (error: unknown) => {
        if (!unwritten) deps.log.warn({ err: error, source }, 'what was seen of a source could not be kept for others')
        unwritten = true
      },
    )
  }

  return {
    /** What other processes have seen of the sources. Throws what Redis throws. */
    refresh: () => stores.sourceHealth.refresh([...stores.sources.all().map(({ id }) => id), UNKNOWN_SOURCE]),
    /** Where trouble of a source is told. */
    onTrouble(told: typeof tell): void {
      tell = told
    },
    sawDelivery(record: DeliveryRecord): void {
      const { source, receivedAt } = record
      saw(source, 'webhook', receivedAt)
      if (record.resource === 'error') saw(source, 'error', receivedAt)
      if (record.resource === 'metric_alert') saw(source, 'metricAlert', receivedAt)
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
      saw(source, 'refusalBurst', clock.now())
      const words = Object.entries(counts).map(([reason, count]) => `${count} ${reason}`)
      tell(
        source,
        source === UNKNOWN_SOURCE ? CONDITIONS.refusedUnknown : CONDITIONS.refused,
        `Webhooks of source "${source}" are refused: ${words.join(', ')} within a minute`,
      )
    },
    /** `toldAt`: when the trouble was last told of. null: cannot be told. */
    conditionHolds(source: string, condition: string, now: number, toldAt: number): boolean | null {
      // The telling counts too: the burst of another process's door is known here a moment later.
      if (condition === CONDITIONS.refused || condition === CONDITIONS.refusedUnknown)
        return now - Math.max(last(source, 'refusalBurst') ?? 0, toldAt) < CALM_MS
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
        lastWebhookAt: last(source, 'webhook'),
        rulesThatCannotFire: cannotFire(source),
        api: { configured: ask.canAsk(source), breaker, lastError: error },
      }
    },
  }
}

export type SourceHealthWatch = ReturnType<typeof createSourceHealth>
