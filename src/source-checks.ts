import { SCOPES } from './sentry/api-failure.ts'
import { apiFails } from './sentry/source-conditions.ts'
import type { SourceHealthWatch } from './source-health.ts'
import type { SourceState } from './source-state.ts'

export interface Check {
  name: string
  ok: boolean
  reason: string
}

/** Clocks that agree better than this are as good as the same. */
const SKEW_TOLD_MS = 5_000
const SKEW_CORRECTED_MS = 600_000
const BEHIND_TOLD_MS = 10 * 60_000

/** What /readyz says of a source: each part with its reason, and with what to do where it is not well. */
export function sourceChecks(
  source: string,
  health: Pick<SourceHealthWatch, 'state' | 'cannotFire'>,
  now: number,
): Check[] {
  const state = health.state(source)
  const cannot = health.cannotFire(source)
  const named = (part: string, trouble: string | null, well: string): Check => ({
    name: `source ${source} ${part}`,
    ok: trouble === null,
    reason: trouble ?? well,
  })
  const rules = cannot.map(({ rule, reason }) => `${rule} (${reason})`).join('; ')
  return [
    named('api', apiTrouble(state, now), "Sentry's API is asked for numbers"),
    named('webhooks', webhookTrouble(state, now), webhooksWell(state, now)),
    ...(state.canAsk ? [named('polls', pollTrouble(state), pollsWell(state, now))] : []),
    named('clock', clockTrouble(state), "Sentry's clock and ours agree, as far as anything shows"),
    named('rules', rules === '' ? null : `cannot fire: ${rules}`, 'every rule can fire'),
  ]
}

function apiTrouble({ canAsk, api }: SourceState, now: number): string | null {
  if (!canAsk)
    return `no organization or token: impact comes from webhooks alone (SENTRY_ORG, SENTRY_AUTH_TOKEN with ${SCOPES})`
  if (api === null || api.lastError === null) return null
  const rate = api.requests === 0 ? '' : ` (${api.failures} of the last ${api.requests} requests failed)`
  if (api.refused) return `the token is refused, and stays so until it is replaced: ${api.lastError}${rate}`
  return `${apiFails(api, now) ? 'does not answer' : 'failed lately'}: ${api.lastError}${rate}`
}

function webhookTrouble({ silence }: SourceState, now: number): string | null {
  if (silence === null) return null
  const heard = silence.lastWebhookAt === null ? 'never' : `${ago(now - silence.lastWebhookAt)} ago`
  return (
    `silent: Sentry shows ${silence.count} new ${silence.count === 1 ? 'issue' : 'issues'} and the last webhook came ` +
    `${heard}. Check the webhook URL, the "issue" tick and the client secret of the integration, and its failed requests`
  )
}

function webhooksWell({ lastWebhookAt }: SourceState, now: number): string {
  return lastWebhookAt === null ? 'none yet' : `the last one came ${ago(now - lastWebhookAt)} ago`
}

function pollTrouble({ behindMs, pollError }: SourceState): string | null {
  if (behindMs === null && pollError !== null) return `no round was ever finished. The last one: ${pollError}`
  if (behindMs === null || behindMs < BEHIND_TOLD_MS) return null
  const why =
    pollError === null ? 'It catches up oldest first, as fast as rate limits allow' : `The last round: ${pollError}`
  return `${ago(behindMs)} behind Sentry: what webhooks missed since is not known here yet. ${why}`
}

function pollsWell({ lastPollAt }: SourceState, now: number): string {
  return lastPollAt === null ? 'Sentry was not polled yet' : `Sentry was last polled ${ago(now - lastPollAt)} ago`
}

function clockTrouble({ skewMs }: SourceState): string | null {
  if (skewMs === null || Math.abs(skewMs) <= SKEW_TOLD_MS) return null
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  const apart = `Sentry's clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} ours: check the time here (NTP)`
  return Math.abs(skewMs) <= SKEW_CORRECTED_MS
    ? `${apart}. Event times are corrected by it`
    : `${apart}. That is too much to be corrected: events count as of their arrival`
}

function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  return seconds < 7_200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`
}
