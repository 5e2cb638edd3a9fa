import t from 'tap'
import { combineIssue, type IssueAnswers, NOT_ASKED } from '../../src/measure/combine-issue.ts'
import type { IssueImpact, Measured } from '../../src/measure/impact.ts'
import type { IssueDetails, LatestEvent } from '../../src/measure/impact-source.ts'
import type { WindowCounts } from '../../src/measure/window-event.ts'
import type { Facts, Signal } from '../../src/signals/signal.ts'
import { LIVE_FEED, makeCounts } from '../support/counts.ts'
import { MINUTE, makeEvent, makeSignal, START } from '../support/make.ts'

const HOUR = 60 * MINUTE
const rules = {
  production: ['production'],
  coreFlows: [{ id: 'checkout', transactions: ['/checkout*'], tags: [], projects: [] }],
}
const sentry = (value: number, windowSeconds = 3600): Measured => ({
  value,
  source: 'sentry',
  at: START,
  windowSeconds,
})
const answered = (users: number | null, events: number) => ({
  ok: true as const,
  value: { users: users === null ? null : sentry(users), events: sentry(events) },
})
const down = { ok: false as const, reason: 'Sentry is in trouble', retry: true }
const noToken = { ok: false as const, reason: 'no token', retry: false }
const details = (change: Partial<IssueDetails>) => ({
  ok: true as const,
  value: {
    ...{
      firstSeen: null,
      lastSeen: null,
      status: null,
      substatus: null,
      level: null,
      isUnhandled: null,
      project: null,
    },
    ...{ title: null, assignee: null, suggestedOwner: null, permalink: null, environments: null },
    ...change,
  },
})
const latest = (change: Partial<LatestEvent>) => ({
  ok: true as const,
  value: {
    ...{ event: 'e1', title: null, environment: null, release: null, transaction: null, handled: null },
    ...{ errorClass: null, frame: null, tags: {}, replay: null, at: null },
    ...change,
  },
})

interface Case {
  name: string
  facts?: Partial<Facts>
  signal?: Partial<Signal>
  counts?: Partial<WindowCounts>
  answers?: Partial<IssueAnswers>
  impact?: Partial<Record<keyof IssueImpact, unknown>>
  degraded?: boolean
}

const CASES: Record<string, Case[]> = {
  'users of the last hour': [
    {
      name: 'a complete feed alone suffices',
      counts: { users: 120, events: 300, ...LIVE_FEED },
      impact: { users: { value: 120, source: 'windows', windowSeconds: 3600 }, events: { value: 300 } },
      degraded: false,
    },
    {
      name: 'of two counts the larger one, with its source',
      counts: { users: 3, events: 3 },
      answers: { counts: answered(320, 900) },
      impact: { users: { value: 320, source: 'sentry' }, events: { value: 900, source: 'sentry' } },
      degraded: false,
    },
    {
      name: 'with a feed the other count is kept beside it',
      counts: { users: 290, events: 800, feedLive: true, feedSince: START - 30 * MINUTE },
      answers: { counts: answered(320, 900) },
      impact: {
        users: { value: 320, source: 'sentry', also: { value: 290, source: 'windows' } },
        events: { value: 900, also: { value: 800 } },
      },
    },
    {
      name: 'without a feed ours is no count of the same, unless it is the larger one',
      counts: { users: 3, events: 12 },
      answers: { counts: answered(5, 6) },
      impact: {
        users: { value: 5, source: 'sentry', also: undefined },
        events: { value: 12, source: 'windows', also: { value: 6, source: 'sentry' } },
      },
    },
    {
      name: 'ours when Sentry lags behind',
      counts: { users: 7, events: 9 },
      answers: { counts: answered(5, 6) },
      impact: { users: { value: 7, source: 'windows' } },
      degraded: false,
    },
    {
      name: 'no event had a user: unknown, not zero, and nothing is missing',
      answers: { counts: answered(null, 40) },
      impact: { users: null, events: { value: 40 } },
      degraded: false,
    },
    {
      name: 'the same by a complete feed',
      counts: { users: 0, events: 40, ...LIVE_FEED },
      impact: { users: null, events: { value: 40, source: 'windows' } },
      degraded: false,
    },
    { name: 'an empty answer is unknown', answers: { counts: answered(0, 0) }, impact: { users: null, events: null } },
    { name: 'Sentry down and no feed: degraded', answers: { counts: down }, impact: { users: null }, degraded: true },
    { name: 'no token and no feed: degraded', answers: { counts: noToken }, impact: { users: null }, degraded: true },
    {
      name: 'Sentry down, but what came by alerts is known',
      counts: { users: 1, events: 1 },
      answers: { counts: down },
      impact: { users: { value: 1 } },
      degraded: true,
    },
    {
      name: 'a feed that began within the hour is not complete',
      counts: { users: 4, events: 4, feedLive: true, feedSince: START - 30 * MINUTE },
      answers: { counts: down },
      impact: { users: { value: 4 } },
      degraded: true,
    },
    {
      name: 'unless the issue is younger than the feed',
      facts: { firstSeen: START - 20 * MINUTE },
      counts: { users: 4, events: 4, feedLive: true, feedSince: START - 30 * MINUTE },
      answers: { counts: down },
      impact: { users: { value: 4 } },
      degraded: false,
    },
    {
      name: 'a feed that has gone quiet is not complete',
      counts: { users: 4, events: 4, ...LIVE_FEED, feedLive: false },
      answers: { counts: down },
      degraded: true,
    },
    {
      name: 'lifetime users of an issue younger than the hour, when nothing better is known',
      facts: { lifetimeUsers: 60, firstSeen: START - 40 * MINUTE },
      answers: { counts: down },
      impact: { users: { value: 60, source: 'webhook', windowSeconds: 0 } },
      degraded: true,
    },
    {
      name: 'lifetime users of an older issue say nothing',
      facts: { lifetimeUsers: 60, firstSeen: START - 61 * MINUTE },
      answers: { counts: down },
      impact: { users: null },
    },
    {
      name: 'numbers of another environment are not those of production',
      facts: { environment: 'staging' },
      counts: { environment: 'staging', users: 500, events: 900, productionEvents: 0 },
      answers: { counts: answered(0, 0) },
      impact: { users: null, events: null, inProduction: false },
    },
  ],
  'new, regressed, escalating': [
    {
      name: 'unknown',
      answers: { counts: answered(1, 1) },
      impact: { isNew: null, regressed: null, escalating: null },
    },
    { name: 'first seen 24 h ago is new', facts: { firstSeen: START - 24 * HOUR }, impact: { isNew: true } },
    { name: 'a moment more is not', facts: { firstSeen: START - 24 * HOUR - 1 }, impact: { isNew: false } },
    { name: 'by the details', answers: { details: details({ firstSeen: START - HOUR }) }, impact: { isNew: true } },
    { name: 'issue.created', signal: { resource: 'issue', action: 'created' }, impact: { isNew: true } },
    {
      name: 'measured again, what Sentry says now counts, not what the payload said',
      signal: { origin: 'monitor' },
      facts: { substatus: 'regressed' },
      answers: { details: details({ substatus: 'escalating' }) },
      impact: { regressed: false, escalating: true },
    },
    {
      name: 'measured again without an answer, what the payload said is all there is',
      signal: { origin: 'monitor' },
      facts: { substatus: 'regressed' },
      answers: { details: down },
      impact: { regressed: true },
    },
    { name: 'regressed', facts: { substatus: 'regressed' }, impact: { regressed: true, escalating: false } },
    {
      name: 'escalating by the details',
      answers: { details: details({ substatus: 'escalating', firstSeen: 0 }) },
      impact: { regressed: false, escalating: true, isNew: false },
    },
    {
      name: 'details that may still come leave the verdict degraded',
      answers: { counts: answered(320, 320), details: down },
      degraded: true,
    },
    {
      name: 'but not for what is new anyway',
      facts: { firstSeen: START },
      answers: { counts: answered(320, 320), details: down },
      degraded: false,
    },
    {
      name: 'nor when nobody can ever say',
      answers: { counts: answered(320, 320), details: noToken },
      degraded: false,
    },
    {
      name: 'a usual hour that may still come does too',
      facts: { firstSeen: 0, substatus: 'ongoing' },
      answers: { counts: answered(320, 320), baseline: down },
      degraded: true,
    },
  ],
  'seen in production': [
    { name: 'in an environment of production', facts: { environment: 'production' }, impact: { inProduction: true } },
    { name: 'a missing environment counts as production', impact: { inProduction: true } },
    {
      name: 'elsewhere, and Sentry counts nothing in production',
      facts: { environment: 'staging' },
      answers: { counts: answered(0, 0) },
      impact: { inProduction: false },
    },
    {
      name: 'elsewhere, but Sentry counts events in production',
      facts: { environment: 'staging' },
      answers: { counts: answered(2, 2) },
      impact: { inProduction: true, users: { value: 2 } },
    },
    {
      name: 'elsewhere, but our windows hold events of production',
      facts: { environment: 'staging' },
      counts: { environment: 'staging', events: 5, productionEvents: 1 },
      answers: { counts: down },
      impact: { inProduction: true },
    },
    {
      name: 'elsewhere, and Sentry cannot say now',
      facts: { environment: 'staging' },
      answers: { counts: down },
      impact: { inProduction: null },
    },
    {
      name: 'elsewhere, and Sentry never can',
      facts: { environment: 'staging' },
      answers: { counts: noToken },
      impact: { inProduction: false },
    },
    {
      name: 'a lifecycle webhook names none: the latest event does',
      facts: { event: null },
      answers: { counts: answered(0, 0), latest: latest({ environment: 'staging' }) },
      impact: { inProduction: false },
    },
  ],
  'core flow': [
    {
      name: 'users and events of 5 minutes, the larger of both',
      facts: { transaction: '/checkout/pay' },
      counts: { users: 9, events: 9, flowUsers: 2, flowEvents: 9 },
      answers: { counts: answered(9, 9), flow: answered(6, 8) },
      impact: { coreFlow: 'checkout', flowUsers: { value: 6, source: 'sentry' }, flowEvents: { value: 9 } },
    },
    {
      name: 'nothing is said off a core flow',
      facts: { transaction: '/home' },
      counts: { users: 9, events: 9, flowUsers: 2, flowEvents: 9 },
      answers: { counts: answered(9, 9) },
      impact: { coreFlow: null, flowUsers: null, flowEvents: null },
    },
    {
      name: 'the latest event lends its transaction to a lifecycle webhook',
      facts: { event: null },
      answers: { counts: answered(9, 9), flow: answered(null, 7), latest: latest({ transaction: '/checkout' }) },
      impact: { coreFlow: 'checkout', flowUsers: null, flowEvents: { value: 7 } },
      degraded: false,
    },
    {
      name: 'not known yet when the latest event may still come',
      facts: { event: null },
      answers: { counts: answered(9, 9), latest: down },
      impact: { coreFlow: null },
      degraded: true,
    },
    {
      name: 'numbers that are missing are a gap',
      facts: { transaction: '/checkout' },
      answers: { counts: answered(9, 9), flow: down },
      impact: { flowUsers: null },
      degraded: true,
    },
  ],
}

for (const [rule, cases] of Object.entries(CASES)) {
  t.test(rule, t => {
    for (const { name, facts, signal, counts, answers, impact, degraded } of cases) {
      const told = makeEvent(START, facts, signal)
      const made = combineIssue(
        told,
        counts === undefined ? null : makeCounts(counts),
        { ...NOT_ASKED, ...answers },
        rules,
        START,
      )
      if (impact !== undefined) t.match(made.impact, impact, name)
      if (degraded !== undefined) t.equal(made.degraded, degraded, `${name}: degraded`)
      t.equal(made.degraded, made.gaps.length > 0, `${name}: what lacks is said`)
    }
    t.end()
  })
}

t.test('a signal without any answer is judged by what it says itself', t => {
  const { impact, gaps } = combineIssue(makeSignal(), null, NOT_ASKED, rules, START)
  t.match(impact, { users: null, events: null, inProduction: true })
  t.match(gaps, [/not asked/])
  t.end()
})

t.test('issue.created, measured again days later, is new no more', async t => {
  const created = (at: number, facts: Partial<Facts> = {}) =>
    combineIssue(
      makeSignal({ resource: 'issue', action: 'created', origin: 'monitor', at, facts }),
      null,
      NOT_ASKED,
      rules,
      START,
    ).impact.isNew
  const daysAgo = START - 48 * HOUR
  t.equal(created(daysAgo, { firstSeen: daysAgo }), false)
  t.equal(created(START - 2 * HOUR), true)
})
