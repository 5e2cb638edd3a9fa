import t from 'tap'
import { sourceChecks } from '../src/source-checks.ts'
import type { SourceState } from '../src/source-state.ts'

const NOON = Date.UTC(2026, 10, 21, 12)
const MINUTE = 60_000
const API = { breaker: 'closed', lastError: null, refused: false, requests: 10, failures: 0 } as const
const WELL: SourceState = {
  canAsk: true,
  api: { ...API, lastAnswerAt: NOON, skewMs: 0, troubleSince: null },
  silence: null,
  lastWebhookAt: NOON - 90_000,
  lastPollAt: NOON - 30_000,
  behindMs: 30_000,
  pollError: null,
  skewMs: 0,
}
const failing = { ...API, lastError: 'in trouble (500)', failures: 4, lastAnswerAt: null, skewMs: null }
const silence = { since: NOON - 40 * MINUTE, count: 2, lastWebhookAt: NOON - 300 * MINUTE }

const checksOf = (change: Partial<SourceState>, cannot: { rule: string; reason: string }[] = []) =>
  new Map(
    sourceChecks('a', { state: () => ({ ...WELL, ...change }), cannotFire: () => cannot }, NOON).map(check => [
      check.name.replace('source a ', ''),
      check,
    ]),
  )

t.test('every part of a source is told with its reason, and with what to do where it is not well', async t => {
  const cases: [part: string, change: Partial<SourceState>, ok: boolean, reason: RegExp][] = [
    ['api', {}, true, /asked for numbers/],
    ['api', { api: null }, true, /asked for numbers/],
    ['api', { canAsk: false, api: null }, false, /no organization or token.*org:read, project:read, event:write/],
    [
      'api',
      { api: { ...failing, troubleSince: NOON } },
      false,
      /^failed lately: in trouble.*4 of the last 10 requests/,
    ],
    ['api', { api: { ...failing, troubleSince: NOON - 2 * MINUTE } }, false, /^does not answer: in trouble/],
    ['api', { api: { ...failing, troubleSince: NOON, requests: 0 } }, false, /in trouble \(500\)$/],
    [
      'api',
      { api: { ...failing, troubleSince: NOON, refused: true } },
      false,
      /refused, and stays so until it is replaced/,
    ],
    ['webhooks', {}, true, /the last one came 90 s ago/],
    ['webhooks', { lastWebhookAt: null }, true, /none yet/],
    ['webhooks', { silence }, false, /silent: Sentry shows 2 new issues and the last webhook came 5 hours ago\. Check/],
    ['webhooks', { silence: { ...silence, count: 1, lastWebhookAt: null } }, false, /1 new issue and .* came never/],
    ['polls', {}, true, /last polled 30 s ago/],
    ['polls', { lastPollAt: null, behindMs: null }, true, /not polled yet/],
    [
      'polls',
      { lastPollAt: null, behindMs: null, pollError: 'one project only' },
      false,
      /no round was ever finished.*one project only/,
    ],
    ['polls', { behindMs: 11 * MINUTE }, false, /11 minutes behind Sentry.*catches up oldest first/],
    ['polls', { behindMs: 11 * MINUTE, pollError: 'no answer' }, false, /The last round: no answer/],
    ['clock', { skewMs: null }, true, /agree/],
    ['clock', { skewMs: 6_000 }, false, /6 s ahead of ours/],
    ['clock', { skewMs: -601_000 }, false, /601 s behind ours.*events count as of their arrival/],
    ['rules', {}, true, /every rule can fire/],
  ]
  for (const [part, change, ok, reason] of cases) t.match(checksOf(change).get(part), { ok, reason }, reason.source)
  t.match(checksOf({}, [{ rule: 'spike', reason: 'no feed' }]).get('rules'), { ok: false, reason: /spike \(no feed\)/ })
  t.notOk(checksOf({ canAsk: false, api: null }).has('polls'), 'who cannot be asked cannot be polled')
})
