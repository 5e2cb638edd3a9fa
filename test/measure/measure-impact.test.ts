import t from 'tap'
import { countsOnlyImpact } from '../../src/measure/counts-only-impact.ts'
import type { Answer, ImpactSource } from '../../src/measure/impact-source.ts'
import { type MeasureDeps, measureIssue, measureProject } from '../../src/measure/measure-impact.ts'
import { startSentryStandIn } from '../../src/sandbox/sentry-stand-in.ts'
import { createSentryApi } from '../../src/sentry/api-client.ts'
import { LIVE_FEED, makeCounts } from '../support/counts.ts'
import { MINUTE, makeEvent, makeSignal, START } from '../support/make.ts'

const clock = { now: () => START }
const sentry = await startSentryStandIn({ clock })
t.teardown(() => sentry.close())
const rules = {
  production: ['production'],
  coreFlows: [{ id: 'checkout', transactions: ['/checkout*'], tags: [], projects: [] }],
}

function setUp(change: Partial<MeasureDeps> = {}, token: string | null = 'token'): MeasureDeps {
  const source = {
    ...{
      id: 'default',
      name: 'Default',
      url: sentry.url,
      organization: 'acme',
      installation: null,
      ownApp: null,
      projects: [],
    },
    ...{ clientSecrets: ['x'.repeat(32)], apiToken: token, managedBy: 'environment' as const },
  }
  const log = { info: () => {}, warn: () => {} }
  return { ask: createSentryApi({ sourceOf: () => source, clock, log }), rules, now: START, budgetMs: 2_000, ...change }
}
const asked = () => sentry.requests.map(request => request.path).sort()

t.beforeEach(() => {
  sentry.heal()
  sentry.requests.length = 0
  Object.assign(sentry.world, { issues: {}, projects: {}, latencyMs: 0 })
})

t.test('an alert is measured by the hour, its core flow, its details and what is usual', async t => {
  sentry.world.issues['42'] = {
    ...{ users: 240, events: 500, recentUsers: 30, recentEvents: 60, usualUsers: 90 },
    ...{ firstSeen: START - 30 * 24 * 60 * MINUTE, substatus: 'ongoing' },
  }
  const signal = makeEvent(START, { transaction: '/checkout/pay' })
  const impact = await measureIssue(signal, makeCounts({ users: 1, events: 1 }), setUp())
  t.match(impact, {
    degraded: false,
    gaps: [],
    latest: null,
    issue: {
      users: { value: 240, source: 'sentry' },
      coreFlow: 'checkout',
      flowUsers: { value: 30, windowSeconds: 300 },
      isNew: false,
      regressed: false,
      baselineUsers: { value: 90 },
      inProduction: true,
    },
  })
  t.same(asked(), ['events-timeseries/', 'events/', 'events/', 'issues/42/'])
})

t.test('what is new is out of the ordinary: nobody asks what was usual', async t => {
  sentry.world.issues['42'] = { users: 240, events: 500, firstSeen: START - MINUTE }
  const { issue } = await measureIssue(makeEvent(START), null, setUp())
  t.match(issue, { isNew: true, baselineUsers: null })
  t.same(asked(), ['events/', 'issues/42/'])
})

t.test('what a live feed has counted is not asked again', async t => {
  sentry.world.issues['42'] = { users: 1, events: 1, firstSeen: START - MINUTE }
  const counts = makeCounts({ users: 120, events: 300, flowUsers: 7, flowEvents: 9, ...LIVE_FEED })
  const { issue, degraded } = await measureIssue(makeEvent(START, { transaction: '/checkout' }), counts, setUp())
  t.match(issue, { users: { value: 120, source: 'windows' }, flowUsers: { value: 7, source: 'windows' } })
  t.equal(degraded, false)
  t.same(asked(), ['issues/42/'])
})

t.test('a lifecycle webhook borrows transaction and environment from the latest event', async t => {
  sentry.world.issues['42'] = { users: 6, events: 6, recentUsers: 5, latest: { transaction: '/checkout' } }
  const signal = makeSignal({ resource: 'issue', action: 'created', facts: { event: null } })
  const { issue, latest } = await measureIssue(signal, null, setUp())
  t.match(issue, { coreFlow: 'checkout', flowUsers: { value: 5 }, inProduction: true, isNew: true })
  t.equal(latest?.transaction, '/checkout')
})

t.test('a verdict waits no longer than its budget for all questions together', async t => {
  sentry.world.issues['42'] = { users: 240, events: 500 }
  sentry.world.latencyMs = 1_500
  const deps = setUp({ budgetMs: 80 })
  const impacts = await Promise.all([
    measureIssue(makeEvent(START), makeCounts({ users: 1, events: 1 }), deps),
    measureProject(makeEvent(START), 'shop', null, deps),
  ])
  for (const impact of impacts) t.match(impact, { degraded: true, gaps: [/no answer within 0.08 s/] })
  t.match(impacts[0]?.issue?.users, { value: 1, source: 'windows' })
})

t.test('no token: nothing is asked, and it is said; a proven payload asks nothing either', async t => {
  const without = await measureIssue(makeEvent(START), null, setUp({}, null))
  t.match(without, { degraded: true, gaps: [/not configured/] })
  t.match(await measureIssue(makeEvent(START), null, setUp({ ask: null })), { gaps: [/not asked/] })
  t.match(await measureProject(makeEvent(START), 'shop', null, setUp({}, null)), { degraded: false })
  t.same(asked(), [])
})

t.test('a project is measured by its sessions and its worst minute', async t => {
  sentry.world.projects.shop = {
    sessions: [{ healthy: 180, crashed: 20, release: 'v2' }],
    releases: ['v2'],
    unhandled: [3, 640, 12],
  }
  const impact = await measureProject(makeEvent(START), 'shop', null, setUp())
  t.match(impact.project, {
    crashFree: [
      { percent: 90, sessions: 200, scope: 'production' },
      { percent: 90, scope: 'release', release: 'v2' },
    ],
    unhandledPerMinute: { value: 640, source: 'sentry' },
    crashing: true,
  })
  sentry.requests.length = 0
  const counted = makeCounts({ unhandledWorstMinute: 700, unhandledLast10Minutes: 900, ...LIVE_FEED })
  const again = await measureProject(makeEvent(START), 'shop', counted, setUp())
  t.match(again.project?.unhandledPerMinute, { value: 700, source: 'windows' })
  t.same(asked(), ['releases/', 'sessions/'], 'a live feed has counted the minutes')
})

t.test('a source that throws is a gap like any other', async t => {
  const broken = (): Promise<Answer<never>> => Promise.reject(new Error('out of order'))
  const ask: ImpactSource = {
    ...{ canAsk: () => true, crashFree: broken, issueCounts: broken, issueBaseline: broken },
    ...{ unhandledSeries: broken, issueDetails: broken, latestEvent: broken },
  }
  t.match(await measureIssue(makeSignal(), null, setUp({ ask })), { degraded: true, gaps: [/out of order/] })
  t.match(await measureProject(makeSignal(), 'shop', null, setUp({ ask })), { gaps: [/out of order/, /out of order/] })
})

t.test('the windows alone say enough to see whether an error event is worth measuring', t => {
  const counts = makeCounts({ users: 101, events: 101, unhandledWorstMinute: 501, unhandledLast10Minutes: 600 })
  t.match(countsOnlyImpact(makeEvent(START), counts, rules, START), {
    issue: { users: { value: 101 }, isNew: null },
    project: { unhandledPerMinute: { value: 501 }, crashing: true },
  })
  t.end()
})
