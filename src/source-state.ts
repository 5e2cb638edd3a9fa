import type { Clock } from './platform/clock.ts'
import { durationMs } from './route/duration.ts'
import type { Revision } from './rules/rules-document.ts'
import { type RuleThatCannotFire, rulesThatCannotFire } from './rules/rules-that-cannot-fire.ts'
import type { PollStore } from './sentry/poll-store.ts'
import { findSilence, type Silence } from './sentry/source-conditions.ts'
import type { ApiState } from './sentry/source-reports.ts'
import type { Stores } from './stores.ts'

export interface SourceStateDeps {
  stores: Pick<Stores, 'sources' | 'sourceHealth' | 'door'>
  ask: { canAsk(source: string): boolean }
  polls: Pick<PollStore, 'view' | 'missedSince'>
  rules(): Revision
  clock: Clock
}

/** An error feed that was silent for longer may have been switched off. */
const FEED_MS = 24 * 3_600_000

/** Everything that is known of a source at one moment. */
export interface SourceState {
  canAsk: boolean
  /** null: nobody has asked yet. */
  api: ApiState | null
  silence: Silence | null
  lastWebhookAt: number | null
  /** The last round of polling that Sentry answered to its end. */
  lastPollAt: number | null
  behindMs: number | null
  /** Why the last round could not be finished; null: it was. */
  pollError: string | null
  skewMs: number | null
}

/** Puts together what the door, polling and the questions to Sentry's API have seen, in this process and the others. */
export function createSourceState(deps: SourceStateDeps) {
  const { stores, ask, polls, clock } = deps
  const { last } = stores.sourceHealth

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

  function silenceOf(source: string, now: number): Silence | null {
    if (!ask.canAsk(source)) return null
    const { settings } = deps.rules().document
    const skew = stores.sourceHealth.skewMs(source) ?? 0
    const heard = {
      lastWebhookAt: last(source, 'webhook'),
      doorOpenSince: stores.door.openSince(),
      lastPollAt: polls.view(source, now).lastOkAt,
      createdSince(since: number) {
        // Issues are dated by Sentry's clock.
        const { count, firstAt } = polls.missedSince(source, since + skew)
        return { count, firstAt: firstAt === null ? null : firstAt - skew }
      },
    }
    const waits = { silentAfterMs: durationMs(settings.silentAfter), pollEveryMs: durationMs(settings.pollEvery) }
    return findSilence(heard, waits, now)
  }

  function state(source: string): SourceState {
    const now = clock.now()
    const canAsk = ask.canAsk(source)
    const { lastOkAt, behindMs, error } = polls.view(source, now)
    return {
      canAsk,
      api: canAsk ? stores.sourceHealth.api(source) : null,
      silence: silenceOf(source, now),
      lastWebhookAt: last(source, 'webhook'),
      lastPollAt: lastOkAt,
      behindMs,
      pollError: error,
      skewMs: stores.sourceHealth.skewMs(source),
    }
  }

  return { cannotFire, state }
}
