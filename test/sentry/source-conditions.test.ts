import fc from 'fast-check'
import t from 'tap'
import {
  apiFails,
  apiFailsWords,
  apiTroubleHolds,
  CONDITIONS,
  findSilence,
  type Heard,
  type Polled,
  pollsBehindHolds,
  pollsBehindWords,
  pollsStayBehind,
  silenceWords,
  tokenWords,
} from '../../src/sentry/source-conditions.ts'
import type { ApiState } from '../../src/sentry/source-reports.ts'

const MINUTE = 60_000
const NOON = Date.UTC(2026, 10, 21, 12)

const WELL: ApiState = {
  breaker: 'closed',
  lastError: null,
  refused: false,
  requests: 10,
  failures: 0,
  lastAnswerAt: NOON,
  skewMs: 0,
  troubleSince: null,
}
const trouble = (change: Partial<ApiState>): ApiState => ({
  ...WELL,
  lastError: 'Sentry is in trouble (500)',
  requests: 10,
  failures: 3,
  lastAnswerAt: NOON - 3 * MINUTE,
  troubleSince: NOON - 2 * MINUTE,
  ...change,
})

t.test(
  'the API fails when nothing is answered for a minute and a half, or part of it for five, whatever the circuit',
  async t => {
    const cases: [name: string, api: ApiState, fails: boolean][] = [
      ['it answers', WELL, false],
      ['a single 500', trouble({ failures: 1, troubleSince: NOON - 9 * MINUTE }), false],
      ['three failures within a second', trouble({ troubleSince: NOON - 1_000 }), false],
      ['three failures, nothing answered for a minute', trouble({ troubleSince: NOON - MINUTE }), false],
      ['three failures, nothing answered for longer', trouble({ troubleSince: NOON - 1.5 * MINUTE }), true],
      ['one question of many fails, for two minutes', trouble({ lastAnswerAt: NOON - 5_000 }), false],
      [
        'one question of many fails, for five minutes',
        trouble({ lastAnswerAt: NOON - 5_000, troubleSince: NOON - 5 * MINUTE }),
        true,
      ],
      ['never an answer', trouble({ lastAnswerAt: null }), true],
      ['the circuit opened within a second', trouble({ breaker: 'open', failures: 6, troubleSince: NOON }), false],
      ['the circuit is open for long', trouble({ breaker: 'open', failures: 1 }), true],
      ['the circuit is tried out for long', trouble({ breaker: 'half-open', failures: 1 }), true],
      ['the circuit is open and others answer', trouble({ breaker: 'open', lastAnswerAt: NOON - 30_000 }), false],
      [
        'the circuit of live questions is open for five minutes',
        trouble({ breaker: 'open', lastAnswerAt: NOON - 5_000, troubleSince: NOON - 5 * MINUTE }),
        true,
      ],
      ['an open circuit of a trouble that is forgotten', { ...WELL, breaker: 'open' }, false],
      ['the token is refused: another matter', trouble({ refused: true }), false],
      ['the token is refused and Sentry is down', trouble({ refused: true, breaker: 'open' }), true],
    ]
    for (const [name, api, fails] of cases) t.equal(apiFails(api, NOON), fails, name)
  },
)

t.test('trouble is over when an answer of late proves it, and not because it was forgotten', async t => {
  const { api, token } = CONDITIONS
  const cases: [name: string, condition: typeof api | typeof token, state: ApiState | null, holds: boolean | null][] = [
    ['failing', api, trouble({}), true],
    ['answering again', api, WELL, false],
    ['asked by nobody since', api, { ...WELL, lastAnswerAt: NOON - 20 * MINUTE }, null],
    ['never answered', api, { ...WELL, lastAnswerAt: null }, null],
    ['answering others, and a circuit still open', api, trouble({ breaker: 'open', lastAnswerAt: NOON - 5_000 }), null],
    ['stumbling still', api, trouble({ failures: 1, lastAnswerAt: NOON - 5_000, troubleSince: NOON }), null],
    ['nobody can say', api, null, null],
    ['refused', token, trouble({ refused: true }), true],
    ['taken again', token, WELL, false],
    ['taken again, and Sentry stumbles', token, trouble({ lastAnswerAt: NOON - 5_000 }), false],
    ['refused and asked by nobody since', token, { ...WELL, lastAnswerAt: NOON - 20 * MINUTE }, null],
    ['the token is refused where the API failed', api, trouble({ refused: true, lastAnswerAt: NOON - 5_000 }), false],
  ]
  for (const [name, condition, state, holds] of cases) t.equal(apiTroubleHolds(condition, state, NOON), holds, name)
})

t.test('polls stay behind when none is done for half an hour in which they could be', async t => {
  const polled: Polled = { lastPollAt: NOON - 31 * MINUTE, behindMs: 32 * MINUTE, pollError: 'no room' }
  const long = NOON - 300 * MINUTE
  const cases: [name: string, polled: Polled, fairSince: number, behind: boolean][] = [
    ['behind, and the last round failed', polled, long, true],
    ['the last round was done', { ...polled, pollError: null }, long, false],
    ['not yet that far behind', { ...polled, behindMs: 30 * MINUTE }, long, false],
    ['done of late, and an hour to catch up with', { ...polled, lastPollAt: NOON - MINUTE }, long, false],
    ["Sentry's API failed until a moment ago", polled, NOON - 5 * MINUTE, false],
    ['never done', { lastPollAt: null, behindMs: null, pollError: 'no room' }, NOON - 31 * MINUTE, true],
    ['never done, and begun a moment ago', { lastPollAt: null, behindMs: null, pollError: 'no room' }, NOON, false],
  ]
  for (const [name, seen, fairSince, behind] of cases) t.equal(pollsStayBehind(seen, fairSince, NOON), behind, name)
  t.equal(pollsBehindHolds(polled), true)
  t.equal(pollsBehindHolds({ ...polled, behindMs: 0 }), true, 'only a round that is done ends it')
  t.equal(pollsBehindHolds({ ...polled, pollError: null }), false)
  t.equal(pollsBehindHolds({ lastPollAt: null, behindMs: null, pollError: null }), null, 'nothing is known yet')

  const words = pollsBehindWords('default', polled)
  t.match(words, /source "default" is 32 minutes behind.*The last one: no room\. Check:/)
  for (const check of [/rate limit of the same token/, /source's projects/, /log of the worker/]) t.match(words, check)
  t.match(pollsBehindWords('default', { ...polled, behindMs: null }), /was never done/)
  t.ok(words.length + 100 <= 680, 'a Slack post shows all of it')
})

const WAITS = { silentAfterMs: 15 * MINUTE, pollEveryMs: MINUTE }
/** New issues were created so many minutes ago, by our clock. */
const heard = (created: readonly number[], change: Partial<Heard> = {}): Heard => ({
  lastWebhookAt: NOON - 60 * MINUTE,
  doorOpenSince: NOON - 300 * MINUTE,
  lastPollAt: NOON - 30_000,
  createdSince(since) {
    const found = created.map(minutes => NOON - minutes * MINUTE).filter(at => at > since)
    return { count: found.length, firstAt: found.length === 0 ? null : Math.min(...found) }
  },
  ...change,
})

t.test('a source is silent when Sentry shows new issues that it told nobody of', async t => {
  const cases: [name: string, seen: Heard, silent: boolean][] = [
    ['new issues, no webhook', heard([40, 20]), true],
    ['new issues, never a webhook', heard([40], { lastWebhookAt: null }), true],
    ['a quiet night', heard([]), false],
    ['the only new issue is younger than the wait', heard([14]), false],
    ['a webhook came since', heard([40, 20], { lastWebhookAt: NOON - 10 * MINUTE }), false],
    ['a webhook came after the new issue', heard([40], { lastWebhookAt: NOON - 30 * MINUTE }), false],
    ['our own door was shut when they were created', heard([40, 30], { doorOpenSince: NOON - 20 * MINUTE }), false],
    ['our door was shut for the first of them', heard([40, 16], { doorOpenSince: NOON - 20 * MINUTE }), true],
    ['our door has just been opened', heard([0], { doorOpenSince: NOON }), false],
    ['nobody knows since when it is open', heard([40], { doorOpenSince: Number.POSITIVE_INFINITY }), false],
    ['no poll of late: nobody knows what Sentry shows', heard([40], { lastPollAt: NOON - 10 * MINUTE }), false],
    ['never polled', heard([40], { lastPollAt: null }), false],
  ]
  for (const [name, seen, silent] of cases) t.equal(findSilence(seen, WAITS, NOON) !== null, silent, name)
  t.same(findSilence(heard([70, 40, 20]), WAITS, NOON), {
    since: NOON - 40 * MINUTE,
    count: 2,
    lastWebhookAt: NOON - 60 * MINUTE,
  })
  t.not(
    findSilence(
      heard([9], { lastPollAt: NOON - 9 * MINUTE }),
      { silentAfterMs: MINUTE, pollEveryMs: 5 * MINUTE },
      NOON,
    ),
    null,
  )
})

t.test(
  'whenever a source is called silent, an issue is as old as the wait and no webhook is younger than it',
  async t => {
    const minutes = fc.integer({ min: 0, max: 90 })
    fc.assert(
      fc.property(fc.array(minutes, { maxLength: 5 }), minutes, minutes, (created, webhook, door) => {
        const seen = heard(created, { lastWebhookAt: NOON - webhook * MINUTE, doorOpenSince: NOON - door * MINUTE })
        const untold = created.filter(age => age < webhook && age < door)
        const silent = untold.some(age => age >= 15)
        t.equal(findSilence(seen, WAITS, NOON) !== null, silent)
      }),
    )
  },
)

t.test('the words say what is wrong and what to check', async t => {
  const silence = { since: NOON - 40 * MINUTE, count: 3, lastWebhookAt: NOON - 50 * MINUTE }
  const words = silenceWords('default', silence, NOON)
  t.match(
    words,
    'Sentry has sent no webhook for 50 minutes to source "default", and its API shows 3 issues that are new',
  )
  for (const check of [
    /installed and not disabled/,
    /"issue" is ticked/,
    /reachable from Sentry's addresses/,
    /client secret/,
    /circuit breaker drops all webhooks for 5 minutes/,
  ])
    t.match(words, check)
  t.ok(words.length <= 680, 'a Slack post shows all of it')
  t.match(
    silenceWords('mobile', { ...silence, count: 1, lastWebhookAt: null }, NOON),
    /has never sent a webhook to source "mobile", and its API shows an issue/,
  )
  t.match(silenceWords('mobile', { ...silence, lastWebhookAt: NOON - 5 * 60 * MINUTE }, NOON), /for 5 hours/)
  t.match(
    tokenWords('default', 'it is unknown (401)'),
    /source "default".*it is unknown \(401\)\..*org:read, project:read, event:write/,
  )
  t.match(tokenWords('default', null), /org:read, project:read, event:write/)
  t.match(apiFailsWords('default', trouble({})), `does not answer source "default": Sentry is in trouble (500)`)
  t.match(apiFailsWords('default', { ...WELL, breaker: 'open' }), 'circuit breaker open')
})
