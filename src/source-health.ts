import type { SourceHealth } from './api/operations.ts'
import type { Log } from './platform/logger.ts'
import type { SourceReading } from './platform/metrics.ts'
import type { SentryApiHealth } from './sentry/api-health.ts'
import { createHookClock } from './sentry/hook-clock.ts'
import type { RefusalReason } from './sentry/refusal-watch.ts'
import {
  apiFails,
  apiFailsWords,
  apiTroubleHolds,
  CONDITIONS,
  pollsBehindHolds,
  pollsBehindWords,
  pollsStayBehind,
  silenceWords,
  tokenWords,
} from './sentry/source-conditions.ts'
import type { HealthField } from './sentry/source-health-store.ts'
import type { ApiState } from './sentry/source-reports.ts'
import { UNKNOWN_SOURCE } from './sentry/webhook-door.ts'
import { createSourceState, type SourceStateDeps } from './source-state.ts'

export interface SourceHealthDeps extends SourceStateDeps {
  ask: { canAsk(source: string): boolean; health(source: string): SentryApiHealth }
  log: Pick<Log, 'warn'>
}

/** Where trouble of a source is told. Rejects with nothing: what cannot be told is logged where it fails. */
type Tell = (source: string, condition: string, title: string) => Promise<unknown>

/** A burst of refusals is over when none came for this long, ms. */
const CALM_MS = 600_000
/** What lasts is told again this often: the incident knows it already, and one that could not be told is told then. */
const TELL_EVERY_MS = 60_000

/**
 * How each Sentry integration is doing, as any process has seen it: when it last spoke, whether its API answers, which
 * rules cannot fire, and how far its clock is from ours. Trouble of a source itself becomes an incident, once.
 */
export function createSourceHealth(deps: SourceHealthDeps) {
  const { stores, ask, clock } = deps
  const { last } = stores.sourceHealth
  const { cannotFire, state } = createSourceState(deps)
  const hooks = createHookClock(clock)
  const troubleSince = new Map<string, number>()
  /** Since when polls have had nothing in their way that is told as trouble of its own. */
  const fairSince = new Map<string, number>()
  const toldAt = new Map<string, number>()
  let unwritten = false
  let tell: Tell | null = null

  /** Nobody waits for it; that it could not be written is logged once, until it can be again. */
  function keep(source: string, written: Promise<void>): void {
    written.then(
      () => {
        unwritten = false
      },
      (error: unknown) => {
        if (!unwritten) deps.log.warn({ err: error, source }, 'what was seen of a source could not be kept for others')
        unwritten = true
      },
    )
  }

  function saw(source: string, field: HealthField, at: number): void {
    keep(source, stores.sourceHealth.saw(source, field, at))
  }

  /** What only this process knows, for the others. */
  function report(source: string): void {
    const now = clock.now()
    const health = ask.canAsk(source) ? ask.health(source) : null
    if (health === null || health.lastError === null) troubleSince.delete(source)
    else if (!troubleSince.has(source)) troubleSince.set(source, now)
    const api = health === null ? null : { ...health, troubleSince: troubleSince.get(source) ?? null }
    keep(source, stores.sourceHealth.report(source, { at: now, api, hooks: hooks.of(source) }))
  }

  /** By condition, the words for it. */
  function troubles(source: string, now: number): [condition: string, title: string][] {
    const seen = state(source)
    const { api, silence } = seen
    const found: [string, string][] = []
    if (api?.refused) found.push([CONDITIONS.token, tokenWords(source, api.lastError)])
    if (api !== null && apiFails(api, now)) found.push([CONDITIONS.api, apiFailsWords(source, api)])
    // That polls fail with it is no other problem.
    if (!seen.canAsk || found.length > 0 || !fairSince.has(source)) fairSince.set(source, now)
    if (pollsStayBehind(seen, fairSince.get(source) ?? now, now))
      found.push([CONDITIONS.polls, pollsBehindWords(source, seen)])
    if (silence !== null) found.push([CONDITIONS.silent, silenceWords(source, silence, now)])
    return found
  }

  return {
    /** What other processes have seen of the sources. Throws what Redis throws. */
    refresh: () =>
      stores.sourceHealth.refresh([...stores.sources.all().map(({ id }) => id), UNKNOWN_SOURCE], clock.now()),
    onTrouble(told: Tell): void {
      tell = told
    },
    /** To be called every second or so: trouble is found also when no webhook comes. Several processes may. */
    async look(): Promise<void> {
      const now = clock.now()
      for (const { id } of stores.sources.all()) {
        report(id)
        for (const [condition, title] of troubles(id, now)) {
          const key = `${id} ${condition}`
          if (tell === null || now - (toldAt.get(key) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) continue
          toldAt.set(key, now)
          if (condition === CONDITIONS.silent) saw(id, 'silent', state(id).silence?.since ?? now)
          await tell(id, condition, title)
        }
      }
    },
    /** A webhook was taken at the door. */
    sawWebhook(webhook: { source: string; resource: string; hookTimestamp: number | null; receivedAt: number }): void {
      const { source, resource, receivedAt } = webhook
      saw(source, 'webhook', receivedAt)
      if (resource === 'error') saw(source, 'error', receivedAt)
      if (resource === 'metric_alert') saw(source, 'metricAlert', receivedAt)
      hooks.note(source, webhook.hookTimestamp, receivedAt)
    },
    refused(source: string, counts: Partial<Record<RefusalReason, number>>): void {
      saw(source, 'refusalBurst', clock.now())
      const words = Object.entries(counts).map(([reason, count]) => `${count} ${reason}`)
      void tell?.(
        source,
        source === UNKNOWN_SOURCE ? CONDITIONS.refusedUnknown : CONDITIONS.refused,
        `Webhooks of source "${source}" are refused: ${words.join(', ')} within a minute`,
      )
    },
    /** `toldAt`: when the trouble was last told of. null: cannot be told. */
    conditionHolds(source: string, condition: string, now: number, toldAt: number): boolean | null {
      switch (condition) {
        // The telling counts too: the burst of another process's door is known here a moment later.
        case CONDITIONS.refused:
        case CONDITIONS.refusedUnknown:
          return now - Math.max(last(source, 'refusalBurst') ?? 0, toldAt) < CALM_MS
        case CONDITIONS.token:
        case CONDITIONS.api:
          return ask.canAsk(source) ? apiTroubleHolds(condition, stores.sourceHealth.api(source), now) : false
        case CONDITIONS.polls:
          return ask.canAsk(source) ? pollsBehindHolds(state(source)) : false
        // Only a webhook ends a silence: that nothing new happened since proves nothing.
        case CONDITIONS.silent:
          if (!ask.canAsk(source)) return false
          return (last(source, 'webhook') ?? 0) <= (last(source, 'silent') ?? toldAt)
        default:
          return null
      }
    },
    cannotFire,
    state,
    async of(source: string): Promise<SourceHealth> {
      const { api, canAsk, lastWebhookAt, lastPollAt, behindMs, skewMs } = state(source)
      return {
        lastWebhookAt,
        lastPollAt,
        behindSeconds: behindMs === null ? null : Math.round(behindMs / 1000),
        clockSkewSeconds: skewMs === null ? null : skewMs / 1000,
        rulesThatCannotFire: cannotFire(source),
        api: {
          configured: canAsk,
          breaker: api?.breaker ?? 'closed',
          lastError: api?.lastError ?? null,
          errorRate: errorRate(api),
          lastAnswerAt: api?.lastAnswerAt ?? null,
        },
      }
    },
    /** For metrics. */
    async readings(): Promise<SourceReading[]> {
      return stores.sources.all().map(({ id }) => {
        const { api, lastWebhookAt, skewMs } = state(id)
        return {
          source: id,
          skewSeconds: skewMs === null ? null : skewMs / 1000,
          lastWebhookAgeSeconds: lastWebhookAt === null ? null : Math.max(0, clock.now() - lastWebhookAt) / 1000,
          apiErrorRatio: errorRate(api),
        }
      })
    },
  }
}

function errorRate(api: ApiState | null): number | null {
  return api === null || api.requests === 0 ? null : Math.round((api.failures / api.requests) * 1000) / 1000
}

export type SourceHealthWatch = ReturnType<typeof createSourceHealth>
