import t, { type Test } from 'tap'
import { createAliasStore } from '../../src/incidents/alias-store.ts'
import { decideChange } from '../../src/incidents/decide-change.ts'
import { createIncidentStore } from '../../src/incidents/incident-store.ts'
import type { Answer, IssueCounts } from '../../src/measure/impact-source.ts'
import { createFeedMissed } from '../../src/pipeline/feed-missed.ts'
import { createFindSubject } from '../../src/pipeline/find-subject.ts'
import { createJoinMonitor } from '../../src/pipeline/join-monitor.ts'
import { createListFound } from '../../src/pipeline/list-found.ts'
import { createReconcileRound } from '../../src/pipeline/reconcile-round.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { startSentryStandIn } from '../../src/sandbox/sentry-stand-in.ts'
import type { StandInIssue } from '../../src/sandbox/sentry-world.ts'
import { createSentryApi } from '../../src/sentry/api-client.ts'
import { createPollStore, type PollState, pollStateSchema } from '../../src/sentry/poll-store.ts'
import { causeKey, incidentId, incidentKey } from '../../src/signals/dedup-key.ts'
import type { Signal } from '../../src/signals/signal.ts'
import { judged, MINUTE, makeMetric, makeSignal, SECOND } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

const HOUR = 60 * MINUTE
const PROJECT = 'web-shop'
const TOKEN = 'sntrys_rounds_0123456789'
const server = await startTestRedis()
t.teardown(() => server.stop())
const redis = server.client()
let serial = 0

/** Rounds against a stand-in for Sentry; whatever goes in is judged P2. */
async function rounds(t: Test) {
  const id = `round-${++serial}`
  const clock = woundClock()
  const sentry = await startSentryStandIn({ token: TOKEN, clock })
  t.teardown(sentry.close)
  const source = {
    ...{ id, name: 'Acme', url: sentry.url, organization: 'acme', installation: null, ownApp: null, projects: [] },
    ...{ clientSecrets: ['a-client-secret-0123'], apiToken: TOKEN, managedBy: 'api' as const },
  }
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const survey = createSentryApi({ sourceOf: () => source, clock, log, onOutcome() {} })
  const polls = createPollStore(redis)
  const incidents = createIncidentStore(redis)
  const aliases = createAliasStore(redis)
  const signals: Signal[] = []
  const missed: string[] = []
  const told: number[] = []
  const deals: { handle(signal: Signal): void; counts: Answer<IssueCounts> } = {
    handle() {},
    counts: { ok: true, value: { users: null, events: { value: 1, source: 'sentry', at: 0, windowSeconds: 3600 } } },
  }
  const production = () => ['production']
  const onMissed = (_: string, what: string) => void missed.push(what)
  const findSubject = createFindSubject(aliases, production)
  async function take(signal: Signal) {
    const before = await incidents.read(incidentId(incidentKey(signal.source, signal.subject) ?? ''))
    const now = clock.now()
    const change =
      signal.intent === 'resolve' ? { kind: 'cleared' as const, signal, cause: causeKey(signal) } : judged(signal)
    const { next, entries, reason } = decideChange(before, change, { flapWindowMs: 0, now })
    if (next !== null) {
      await incidents.commit({ expected: before?.rev ?? 0, next, entries, owed: [], signal: null, judgedBy: null })
      await incidents.index(next)
    }
    return { outcome: next === null ? ('nothing-to-do' as const) : ('opened' as const), reason, next }
  }
  const feed = createFeedMissed({
    ...{ polls, incidents, production, onMissed, clock, log },
    activeMs: () => 5 * MINUTE,
    notifications: { list: async () => [] },
    ask: { issueCounts: async () => deals.counts },
    findSubject,
    joinMonitor: createJoinMonitor({ aliases, incidents }),
    async handleSignal(signal) {
      deals.handle(signal)
      signals.push(signal)
      const { outcome, reason, next } = await take(signal)
      return { outcome, reason, incident: next?.id ?? null, severity: next?.severity ?? null }
    },
  })
  const gaps = {
    async tell(_: string, gap: { from: number }) {
      told.push(gap.from)
      return 'inc_summary'
    },
    close: async () => true,
  }
  const lists = createListFound(survey, clock)
  const run = createReconcileRound({ polls, incidents, aliases, lists, feed, gaps, production, onMissed, clock, log })
  let state: PollState = pollStateSchema.parse({})
  return {
    ...{ clock, sentry, signals, missed, told, deals, polls },
    state: () => state,
    /** A webhook's metric alert of that rule: how its incident stands since. */
    async alert(rule: string, name: string, status: 'critical' | 'resolved' = 'critical') {
      const at = clock.now()
      const subject = {
        kind: 'metric' as const,
        detector: rule,
        project: PROJECT,
        measures: 'other',
        windowMinutes: 10,
      }
      const metric = makeMetric({ measures: 'other', status, rule: { id: rule, name } })
      const intent = status === 'resolved' ? ('resolve' as const) : ('alert' as const)
      const facts = { title: name, category: 'metric' as const, issue: null, project: PROJECT }
      await take(await findSubject(makeSignal({ source: id, at, intent, subject, metric, facts })))
    },
    async incident(rule: string) {
      const subject = {
        kind: 'metric' as const,
        detector: rule,
        project: PROJECT,
        measures: 'other',
        windowMinutes: 10,
      }
      return incidents.read(incidentId(incidentKey(id, subject) ?? ''))
    },
    issue(name: string, seenAgo: number, about: Partial<StandInIssue> = {}) {
      const lastSeen = clock.now() - seenAgo
      sentry.world.issues[name] = { users: 3, events: 3, firstSeen: lastSeen - SECOND, lastSeen, ...about }
    },
    /** One round, as if the one before had ended well `ago` before now; null: from where the last one was. */
    async round(ago: number | null = null, going: () => boolean = () => true) {
      if (ago !== null) {
        const at = clock.now() - ago
        state = { ...state, through: at, since: state.since ?? at - HOUR, lastOkAt: at }
      }
      const ended = await run(state, {
        source: { id, organization: 'acme' },
        everyMs: MINUTE,
        async write(next) {
          state = next
          return true
        },
        going,
      })
      if (ended.how !== 'interrupted')
        state = { ...ended.state, failures: ended.how === 'failed' ? state.failures + 1 : 0 }
      return ended.how === 'failed' ? ended.reason : ended.how
    },
    named: () => signals.map(({ facts, action }) => `${action} ${facts.issue}`),
  }
}

t.test('hours are caught up with oldest first, in pieces; an answer that fails keeps the place', async t => {
  const { issue, round, named, sentry, state, told, signals } = await rounds(t)
  for (let hour = 5; hour >= 1; hour--)
    issue(`hour-${hour}`, hour * HOUR - 30 * MINUTE, { environment: hour % 2 ? 'production' : 'staging' })
  let asked = 0
  const { push } = sentry.requests
  sentry.requests.push = (...items) => {
    asked += items.filter(({ path }) => path === 'issues/').length
    // Two lists a piece: the third piece is the one that fails.
    if (asked === 5) sentry.fail({ kind: 'status', status: 500 })
    return push.apply(sentry.requests, items)
  }
  t.match(await round(5 * HOUR), /500/)
  const kept = state()
  t.same(named(), ['created hour-5', 'created hour-4'])
  t.ok(kept.gap !== null && kept.through !== null)
  t.equal(Math.round(((kept.through ?? 0) - (kept.gap?.from ?? 0)) / HOUR), 2, 'two hours are done with')
  t.same(told, [], 'nothing is said before all is known')
  sentry.heal()
  signals.length = 0
  t.equal(await round(), 'done')
  t.same(named().slice(0, 3), ['created hour-3', 'created hour-2', 'created hour-1'])
  t.same(told, [kept.gap?.from], 'said once, of the whole gap')
  t.match(state(), { gap: null, summary: 'inc_summary' })
})

t.test('between two rounds of a minute nothing is a gap', async t => {
  const { issue, round, named, told, missed, clock } = await rounds(t)
  issue('1', 40 * SECOND)
  t.equal(await round(MINUTE), 'done')
  t.same(named(), ['created 1'])
  t.same([told, missed], [[], []])
  clock.wind(MINUTE)
  await round()
  t.same(missed, [], 'its webhook may still come')
  clock.wind(MINUTE + SECOND)
  await round()
  t.same(missed, ['created'])
  clock.wind(MINUTE)
  await round()
  t.same(missed, ['created'], 'counted once')
})

t.test('what is seconds old is left to its webhook, until the next round', async t => {
  const { issue, round, named, clock } = await rounds(t)
  issue('1', 10 * SECOND)
  await round(MINUTE)
  t.same(named(), [])
  clock.wind(MINUTE)
  await round()
  t.same(named(), ['created 1'])
})

t.test('catching up waits for Sentry to have answers left, but not for ever', async t => {
  const { issue, round, named, clock, deals, told } = await rounds(t)
  issue('1', HOUR)
  deals.counts = { ok: false, reason: 'rate-limited', retry: true }
  t.match(await round(2 * HOUR), /no answers to spare/)
  t.same([named(), told], [[], []])
  clock.wind(5 * MINUTE)
  t.match(await round(), /no answers to spare/)
  clock.wind(6 * MINUTE)
  t.equal(await round(), 'done')
  t.same(named(), ['created 1'])
  t.equal(told.length, 1)
})

t.test('what cannot be handled holds the rest up for a while only', async t => {
  const { issue, round, deals, signals, clock } = await rounds(t)
  issue('bad', 2 * MINUTE)
  issue('good', MINUTE)
  deals.handle = ({ facts }) => {
    if (facts.issue === 'bad') throw new Error('broken')
  }
  t.match(await round(5 * MINUTE), /could not be handled/)
  t.ok(
    signals.some(({ facts }) => facts.issue === 'good'),
    'the others go in',
  )
  for (let n = 0; n < 2; n++) {
    clock.wind(10 * SECOND)
    t.match(await round(), /could not be handled/)
  }
  clock.wind(10 * SECOND)
  t.equal(await round(), 'done')
})

t.test('an outage of Sentry before it takes nothing from that patience', async t => {
  const { issue, round, deals, sentry, named, clock } = await rounds(t)
  sentry.fail({ kind: 'status', status: 500 })
  for (let n = 0; n < 4; n++) {
    t.match(await round(n === 0 ? 5 * MINUTE : null), /500|left alone/)
    clock.wind(MINUTE)
  }
  sentry.heal()
  issue('1', MINUTE)
  deals.handle = () => {
    throw new Error('Redis was away')
  }
  t.match(await round(), /could not be handled/)
  deals.handle = () => {}
  t.equal(await round(), 'done')
  t.same(named(), ['created 1'])
})

t.test('what there was no room to measure is not taken for looked at', async t => {
  const { issue, round, named, deals, clock } = await rounds(t)
  issue('1', HOUR, { users: 400, substatus: 'ongoing', firstSeen: clock.now() - 40 * 24 * HOUR })
  deals.counts = { ok: false, reason: 'rate-limited', retry: true }
  t.match(await round(2 * HOUR), /no answers to spare/)
  deals.counts = {
    ok: true,
    value: { users: null, events: { value: 1, source: 'sentry', at: 0, windowSeconds: 3600 } },
  }
  t.equal(await round(), 'done')
  t.same(named(), ['spreading 1'])
})

t.test('after an outage too, what is seconds old is left to its webhook', async t => {
  const { issue, round, named, told, clock } = await rounds(t)
  issue('1', 10 * SECOND)
  t.equal(await round(HOUR), 'done')
  t.same(named(), [])
  clock.wind(MINUTE)
  await round()
  t.same(named(), ['created 1'])
  t.equal(told.length, 1)
})

t.test('what was back already when watching began opens nothing by that alone', async t => {
  const { issue, round, signals, clock } = await rounds(t)
  const back = { substatus: 'regressed', firstSeen: clock.now() - 40 * 24 * HOUR }
  issue('1', 5 * MINUTE, back)
  issue('2', 5 * MINUTE)
  t.equal(await round(), 'done')
  t.same(
    signals.map(({ facts, intent }) => `${facts.issue} ${intent}`).sort(),
    ['1 count', '2 reopen'],
    'what is new in the last hour is told',
  )
  signals.length = 0
  clock.wind(20 * MINUTE)
  issue('1', MINUTE, back)
  issue('3', MINUTE, back)
  await round(MINUTE)
  t.same(signals.map(({ facts, intent }) => `${facts.issue} ${intent}`).sort(), ['1 count', '3 reopen'])
  clock.wind(5 * MINUTE)
  issue('1', MINUTE, back)
  signals.length = 0
  await round(MINUTE)
  t.notOk(
    signals.some(({ facts }) => facts.issue === '1'),
    'looked at again after a quarter of an hour, no sooner',
  )
})

t.test('who is to stop stops between two handfuls and keeps the place', async t => {
  const { issue, round, signals, state } = await rounds(t)
  for (let n = 0; n < 12; n++) issue(String(n), (n + 1) * MINUTE)
  t.equal(await round(30 * MINUTE, () => signals.length < 4), 'interrupted')
  t.equal(signals.length, 4)
  const place = state().through
  t.equal(await round(), 'done')
  t.ok((state().through ?? 0) > (place ?? 0))
})

const metricIssue = (title: string, about: Partial<StandInIssue> = {}): Partial<StandInIssue> => ({
  ...{ title, project: PROJECT, users: 0, events: 1, substatus: 'new', isUnhandled: false },
  ...{ issueCategory: 'metric', issueType: 'metric_issue', ...about },
})

t.test(
  'the metric issue of an alert that came joins it, and ends it even when no list has shown it for an hour',
  async t => {
    const { issue, round, alert, incident, named, clock, sentry, signals } = await rounds(t)
    await alert('77', 'Slow search')
    issue('9001', 0, metricIssue('Slow search'))
    clock.wind(MINUTE)
    await round(MINUTE)
    for (let n = 0; n < 8; n++) {
      clock.wind(9 * MINUTE)
      await round()
    }
    t.same(named(), [], 'nothing is told twice')
    Object.assign(sentry.world.issues['9001'] ?? {}, { status: 'resolved', substatus: null })
    clock.wind(MINUTE)
    await round()
    t.equal((await incident('77'))?.status, 'triggered', 'its webhook may still come')
    clock.wind(MINUTE)
    await round()
    t.equal((await incident('77'))?.status, 'resolved')
    t.match(signals, [{ subject: { kind: 'metric', detector: '77' }, metric: { rule: { id: '77' } } }])
  },
)

t.test('what had ended before it was listed at all ends its alert too', async t => {
  const { issue, round, alert, incident, clock } = await rounds(t)
  await alert('77', 'Slow search')
  issue('9001', 0, metricIssue('Slow search', { status: 'resolved', substatus: null }))
  for (let n = 0; n < 3; n++) {
    clock.wind(MINUTE)
    await round(n === 0 ? MINUTE : null)
  }
  t.equal((await incident('77'))?.status, 'resolved')
})

t.test('the metric issue of another monitor is told for itself, however near in time', async t => {
  const { issue, round, alert, incident, named, clock } = await rounds(t)
  await alert('77', 'Slow search')
  issue('9002', 0, metricIssue('Slow checkout'))
  clock.wind(MINUTE)
  await round(MINUTE)
  clock.wind(5 * MINUTE)
  issue('9002', MINUTE, metricIssue('Slow checkout', { firstSeen: clock.now() - 6 * MINUTE }))
  await round()
  t.same(named(), ['created 9002'])
  t.equal((await incident('77'))?.status, 'triggered')
})

t.test('an alert that fires anew does not end by what its issue showed of the life before', async t => {
  const { issue, round, alert, incident, clock, sentry } = await rounds(t)
  await alert('77', 'Slow search')
  issue('9001', 0, metricIssue('Slow search'))
  clock.wind(MINUTE)
  await round(MINUTE)
  const seen = sentry.world.issues['9001'] ?? { users: 0, events: 0 }
  Object.assign(seen, { status: 'resolved', substatus: null })
  for (let n = 0; n < 2; n++) {
    clock.wind(MINUTE)
    await round()
  }
  t.equal((await incident('77'))?.status, 'resolved')

  clock.wind(2 * MINUTE)
  await alert('77', 'Slow search')
  clock.wind(5 * SECOND)
  await round()
  t.equal((await incident('77'))?.status, 'triggered', 'noticed in the life before, not in this one')
  Object.assign(seen, { status: 'unresolved', substatus: 'regressed', lastSeen: clock.now() })
  clock.wind(MINUTE)
  await round()
  t.equal((await incident('77'))?.status, 'triggered')
})

t.test('a monitor whose next alert is lost comes back by its issue, as the same incident', async t => {
  const { issue, round, alert, incident, named, clock, sentry } = await rounds(t)
  await alert('77', 'Slow search')
  issue('9001', 0, metricIssue('Slow search'))
  clock.wind(MINUTE)
  await round(MINUTE)
  clock.wind(MINUTE)
  await alert('77', 'Slow search', 'resolved')
  t.equal((await incident('77'))?.status, 'resolved')
  clock.wind(20 * MINUTE)
  Object.assign(sentry.world.issues['9001'] ?? {}, { substatus: 'regressed', lastSeen: clock.now() - MINUTE })
  await round(MINUTE)
  t.match(await incident('77'), { status: 'triggered', generation: 2 })
  t.same(named(), ['regressed 9001'])
})
