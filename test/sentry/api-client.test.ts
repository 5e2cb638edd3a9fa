import t from 'tap'
import { woundClock } from '../../src/platform/clock.ts'
import { type SentryStandIn, startSentryStandIn } from '../../src/sandbox/sentry-stand-in.ts'
import { createSentryApi, type SentryApiOptions } from '../../src/sentry/api-client.ts'
import type { SourceWithSecret } from '../../src/sentry/source.ts'

const TOKEN = 'sntrys_of_the_tests'
const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** In the middle of an hour, so that Sentry's rounding to whole hours shows. */
const clock = woundClock({ now: () => Date.UTC(2026, 10, 21, 12, 30) })
const now = () => clock.now()

const sentry = await startSentryStandIn({ token: TOKEN, organization: 'acme', clock })
t.teardown(() => sentry.close())

function sourceAt(url: string, change: Partial<SourceWithSecret> = {}): SourceWithSecret {
  return {
    id: 'default',
    name: 'Default',
    url,
    organization: 'acme',
    installation: null,
    ownApp: null,
    projects: [],
    clientSecrets: ['x'.repeat(32)],
    apiToken: TOKEN,
    managedBy: 'environment',
    ...change,
  }
}

function setUp(change: Partial<SourceWithSecret> = {}, options: Partial<SentryApiOptions> = {}) {
  const outcomes: string[] = []
  const source = sourceAt(sentry.url, change)
  const api = createSentryApi({
    sourceOf: id => (id === 'default' ? source : null),
    clock,
    log: { info: () => {}, warn: () => {} },
    onOutcome: (question, outcome) => outcomes.push(`${question} ${outcome}`),
    ...options,
  })
  return { api, outcomes }
}

const production = ['production', 'prod', 'live']
const shop = { source: 'default', project: 'shop', production }
const hour = (issue: string) => ({ ...shop, issue, windowSeconds: 3600 })

t.beforeEach(() => {
  sentry.heal()
  sentry.requests.length = 0
  Object.assign(sentry.world, { issues: {}, projects: {}, rateLimit: null, latencyMs: 0 })
})

t.test('users and events of an issue are those of production, over the window', async t => {
  const { api } = setUp()
  sentry.world.issues['7'] = {
    users: 320,
    events: 900,
    recentUsers: 4,
    recentEvents: 9,
    elsewhere: { staging: { users: 50, events: 60 } },
  }
  t.match(await api.issueCounts(hour('7')), {
    ok: true,
    value: {
      users: { value: 320, source: 'sentry', windowSeconds: 3600, at: now() },
      events: { value: 900, source: 'sentry' },
    },
  })
  t.match(await api.issueCounts({ ...hour('7'), windowSeconds: 300 }), {
    value: { users: { value: 4, windowSeconds: 300 }, events: { value: 9 } },
  })
  t.equal(sentry.requests[0]?.params.get('projectSlug'), 'shop')
  t.notOk(sentry.requests[0]?.params.has('environment'), 'a name that does not exist would be answered 404')
})

t.test('events without an environment count as production; a numeric project is asked for by its id', async t => {
  const { api } = setUp()
  sentry.world.issues['7'] = { users: 3, events: 3, environment: null }
  t.match(await api.issueCounts({ ...hour('7'), project: '4501' }), { value: { users: { value: 3 } } })
  t.equal(sentry.requests[0]?.params.get('project'), '4501')
})

t.test('names of environments are quoted where they must be', async t => {
  const { api } = setUp()
  sentry.world.issues['7'] = { users: 3, events: 3, environment: 'live "EU", main' }
  t.match(await api.issueCounts({ ...hour('7'), production: ['live "EU", main'] }), { value: { users: { value: 3 } } })
})

t.test('events without any user mean that users are unknown, not zero', async t => {
  const { api } = setUp()
  sentry.world.issues['7'] = { users: 0, events: 12 }
  t.match(await api.issueCounts(hour('7')), { ok: true, value: { users: null, events: { value: 12 } } })
  t.match(await api.issueCounts(hour('8')), { ok: true, value: { users: { value: 0 }, events: { value: 0 } } })
})

t.test('the baseline is the mean of the 24 hours before the last one; nobody in any of them is known', async t => {
  const { api } = setUp()
  sentry.world.issues['7'] = { users: 300, events: 300, usualUsers: 150 }
  t.match(await api.issueBaseline({ ...shop, issue: '7' }), { value: { value: 150, windowSeconds: 3600 } })
  const { params } = sentry.requests[0] ?? { params: new URLSearchParams() }
  t.equal(params.get('start'), '2026-11-20T11:00:00')
  t.equal(params.get('end'), '2026-11-21T11:00:00')
  t.match(await api.issueBaseline({ ...shop, issue: '8' }), { ok: true, value: { value: 0 } })
})

t.test('crash-free is computed from counts, for production and for the newest release in use', async t => {
  const { api } = setUp()
  sentry.world.projects.shop = {
    sessions: [
      { healthy: 900, errored: 40, crashed: 60, release: 'v2.4.0' },
      { healthy: 90, crashed: 10, release: 'v2.4.1', environment: 'prod' },
      { healthy: 0, crashed: 500, release: 'v2.4.1', environment: 'staging' },
      { healthy: 100, crashed: 0, release: null, environment: null },
    ],
    releases: ['v2.5.0-not-out-yet', 'v2.4.1', 'v2.4.0'],
    unhandled: [],
  }
  const answer = await api.crashFree(shop)
  t.same(answer.ok && answer.value, [
    { percent: 113_000 / 1200, sessions: 1200, scope: 'production', release: null, source: 'sentry', at: now() },
    { percent: 90, sessions: 100, scope: 'release', release: 'v2.4.1', source: 'sentry', at: now() },
  ])
})

t.test('exactly 95 % is exactly 95; without sessions nothing is said', async t => {
  const { api } = setUp({}, { cacheMs: 0 })
  sentry.world.projects.shop = { sessions: [{ healthy: 190, crashed: 10 }], releases: [], unhandled: [] }
  const answer = await api.crashFree(shop)
  t.match(answer, { ok: true, value: [{ percent: 95, sessions: 200 }] })
  sentry.world.projects.shop.sessions = []
  t.same(await api.crashFree(shop), { ok: true, value: [] })
})

t.test('without the list of releases production is still known, and what lacks is said', async t => {
  const { api } = setUp()
  const unreadable: unknown[] = [null]
  sentry.world.projects.shop = {
    sessions: [{ healthy: 90, crashed: 10, release: 'v1' }],
    releases: unreadable as string[],
    unhandled: [],
  }
  const answer = await api.crashFree(shop)
  t.match(answer, { ok: true, value: [{ percent: 90, scope: 'production' }], partial: /newest release is not known/ })
  t.equal(answer.ok && answer.value.length, 1)
})

t.test('unhandled events come per minute, oldest first', async t => {
  const { api } = setUp()
  sentry.world.projects.shop = { sessions: [], releases: [], unhandled: [7, 0, 512, 3] }
  const answer = await api.unhandledSeries(shop)
  t.ok(answer.ok)
  const series = answer.ok ? answer.value : []
  t.equal(series.length, 15)
  t.same(series.slice(-3), [
    { minute: now() - 2 * MINUTE, count: 0 },
    { minute: now() - MINUTE, count: 512 },
    { minute: now(), count: 3 },
  ])
})

t.test('details of an issue are read and masked', async t => {
  const { api } = setUp()
  sentry.world.issues['7'] = {
    users: 1,
    events: 1,
    title: 'No account for jane@example.com',
    firstSeen: now() - 3 * HOUR,
    substatus: 'regressed',
    assignedTo: { type: 'team', id: '12', name: 'payments' },
    owners: [
      { type: 'suspectCommit', owner: 'user:3' },
      { type: 'ownershipRule', owner: 'team:34' },
    ],
  }
  const answer = await api.issueDetails({ source: 'default', issue: '7' })
  t.match(answer, {
    ok: true,
    value: {
      title: 'No account for [email]',
      firstSeen: now() - 3 * HOUR,
      substatus: 'regressed',
      isUnhandled: true,
      project: 'shop',
      assignee: { type: 'team', id: '12', name: 'payments' },
      suggestedOwner: { type: 'team', id: '34', name: 'team:34' },
    },
  })
})

t.test('the latest event lends its facts, without the person', async t => {
  const { api } = setUp()
  sentry.world.issues['7'] = {
    users: 1,
    events: 1,
    latest: {
      release: 'v2.4.1',
      transaction: '/checkout',
      errorClass: 'PaymentError',
      message: 'card of joe@example.com refused',
      frame: { file: 'src/pay.ts', function: 'charge', line: 17 },
      tags: { core_flow: 'payments', user: 'id:9', browser: 'Firefox' },
      replay: 'a'.repeat(32),
    },
  }
  const answer = await api.latestEvent({ source: 'default', issue: '7' })
  t.match(answer, {
    ok: true,
    value: {
      title: 'PaymentError: card of [email] refused',
      environment: 'production',
      release: 'v2.4.1',
      transaction: '/checkout',
      handled: false,
      errorClass: 'PaymentError',
      frame: { file: 'src/pay.ts', function: 'charge', line: 17 },
      tags: { core_flow: 'payments', browser: 'Firefox' },
      replay: `${sentry.url}/organizations/acme/replays/${'a'.repeat(32)}/`,
    },
  })
  t.notOk(answer.ok && 'user' in answer.value.tags)
})

t.test('a redirect is not followed, least of all with the token', async t => {
  const elsewhere: SentryStandIn = await startSentryStandIn({ clock })
  t.teardown(() => elsewhere.close())
  const { api } = setUp()
  const headers = { location: `${elsewhere.url}/api/0/organizations/acme/events/` }
  sentry.fail({ kind: 'status', status: 302, body: null, headers })
  t.match(await api.issueCounts(hour('7')), {
    ok: false,
    reason: `redirects to ${elsewhere.url}: set the url`,
    retry: false,
  })
  t.equal(elsewhere.requests.length, 0)
})

t.test('nobody there, a wrong token, no token, no organization, an unknown source', async t => {
  const closed = await startSentryStandIn()
  await closed.close()
  const gone = setUp({ url: closed.url }).api
  t.match(await gone.issueCounts(hour('7')), { ok: false, reason: /ECONNREFUSED/, retry: true })
  t.match(await setUp({ apiToken: 'wrong' }).api.issueCounts(hour('7')), {
    ok: false,
    reason: /does not know the API token/,
  })
  for (const change of [{ apiToken: null }, { organization: null }]) {
    const { api } = setUp(change)
    t.equal(api.canAsk('default'), false)
    t.match(await api.issueCounts(hour('7')), { ok: false, reason: /no organization or no API token/, retry: false })
    t.match(api.health('default'), { breaker: 'closed', lastError: null })
  }
  const { api } = setUp()
  t.equal(api.canAsk('default'), true)
  t.equal(api.canAsk('other'), false)
  t.match(await api.issueDetails({ source: 'other', issue: '7' }), { ok: false })
})

t.test('the same question asked at the same time is one request, and its answer is good for a while', async t => {
  const { api } = setUp()
  sentry.world.latencyMs = 30
  await Promise.all(Array.from({ length: 20 }, () => api.issueCounts(hour('7'))))
  await api.issueCounts(hour('7'))
  t.equal(sentry.requests.length, 1)
  await Promise.all([api.issueCounts(hour('8')), api.issueCounts({ ...hour('7'), windowSeconds: 300 })])
  t.equal(sentry.requests.length, 3)
  clock.wind(10_000)
  await api.issueCounts(hour('7'))
  t.equal(sentry.requests.length, 4)
})

t.test('a live question does not wait for one of the background; one of the background waits for any', async t => {
  const { api } = setUp()
  sentry.world.latencyMs = 30
  const [background, live] = [{ ...hour('7'), background: true }, hour('7')]
  await Promise.all([api.issueCounts(background), api.issueCounts(background), api.issueCounts(live)])
  t.equal(sentry.requests.length, 2)
  await Promise.all([api.issueCounts(hour('8')), api.issueCounts({ ...hour('8'), background: true })])
  t.equal(sentry.requests.length, 3)
  await api.issueCounts(background)
  t.equal(sentry.requests.length, 3, 'an answer is good for both')
})

t.test('when the window of the rate limit is used up nothing is asked of that endpoint until its reset', async t => {
  const { api, outcomes } = setUp({}, { cacheMs: 0 })
  sentry.world.issues['7'] = { users: 1, events: 1 }
  sentry.world.rateLimit = { remaining: 0, resetAt: now() + 40_000, concurrentLimit: 10 }
  t.match(await api.issueCounts(hour('7')), { ok: true })
  t.match(await api.issueCounts(hour('7')), {
    ok: false,
    reason: /rate limit is used up: asked again in 40 s/,
    retry: true,
  })
  t.match(await api.issueDetails({ source: 'default', issue: '7' }), { ok: true }, 'another endpoint')
  clock.wind(40_000)
  t.match(await api.issueCounts(hour('7')), { ok: true })
  t.same(outcomes, ['issue-counts ok', 'issue-counts rate-limited', 'issue-details ok', 'issue-counts ok'])
})

t.test('after a 429 nothing is asked until its reset, or for ten seconds when it says none', async t => {
  const { api } = setUp({}, { cacheMs: 0 })
  sentry.fail(
    { kind: 'status', status: 429, headers: { 'x-sentry-rate-limit-reset': String((now() + 60_000) / 1000) } },
    1,
  )
  t.match(await api.issueCounts(hour('7')), { ok: false })
  clock.wind(59_000)
  t.match(await api.issueCounts(hour('7')), { ok: false })
  clock.wind(1_000)
  t.match(await api.issueCounts(hour('7')), { ok: true })
  sentry.fail({ kind: 'status', status: 429 }, 1)
  t.match(await api.issueCounts(hour('7')), { ok: false })
  clock.wind(9_000)
  t.match(await api.issueCounts(hour('7')), { ok: false })
  clock.wind(1_000)
  t.match(await api.issueCounts(hour('7')), { ok: true })
})

t.test(
  'no more questions are under way than Sentry has room for; one that never gets its turn is answered',
  async t => {
    const sentry = await startSentryStandIn({ clock })
    t.teardown(() => sentry.close())
    const { api } = setUp({ url: sentry.url }, { timeoutMs: 2_100 })
    sentry.world.latencyMs = 20
    sentry.world.rateLimit = { remaining: 9, resetAt: 0, concurrentLimit: 2 }
    await api.issueCounts(hour('0'))
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => api.issueCounts(hour(`1${i}`))))
    t.ok(answers.every(answer => answer.ok))
    t.ok(sentry.mostAtOnce() <= 2)
    sentry.world.latencyMs = 1_200
    const late = await Promise.all(Array.from({ length: 10 }, (_, i) => api.issueCounts(hour(`2${i}`))))
    t.match(
      late.find(answer => !answer.ok),
      { ok: false, retry: true },
    )
  },
)

t.test('after five outages in a row Sentry is left alone, by our clock; one question tries it out', async t => {
  const { api, outcomes } = setUp({}, { halfOpenAfterMs: 1_000 })
  sentry.fail({ kind: 'status', status: 502 })
  for (let i = 0; i < 7; i++) await api.issueCounts(hour('7'))
  t.equal(sentry.requests.length, 5)
  t.match(await api.issueDetails({ source: 'default', issue: '7' }), { ok: false, reason: /left alone/, retry: true })
  t.match(api.health('default'), { breaker: 'open', lastError: /in trouble/ })
  sentry.heal()
  clock.wind(999)
  t.match(await api.issueCounts(hour('7')), { ok: false, reason: /left alone/ })
  clock.wind(1)
  t.match(await api.issueCounts(hour('7')), { ok: true })
  t.match(api.health('default'), { breaker: 'closed', lastError: null })
  t.ok(outcomes.includes('issue-counts breaker-open'))
})

t.test('a Sentry too slow for who waits is no outage for the background', async t => {
  const { api } = setUp({}, { timeoutMs: 60, backgroundTimeoutMs: 20_000 })
  sentry.world.latencyMs = 200
  t.teardown(() => {
    sentry.world.latencyMs = 0
  })
  for (let i = 0; i < 6; i++) await api.issueCounts(hour('7'))
  t.match(await api.issueDetails({ source: 'default', issue: '7' }), { ok: false, reason: /left alone/ })
  const list = { source: 'default', project: null, environments: [], span: null, cursor: null }
  t.match(await api.listIssues(list), { ok: true })
  t.match(api.health('default'), { breaker: 'open' }, 'the worse of both')
})

t.test('refusals of the question do not open the circuit', async t => {
  const { api } = setUp()
  for (let i = 0; i < 8; i++) await api.issueDetails({ source: 'default', issue: `unknown-${i}` })
  t.equal(sentry.requests.length, 8)
  t.match(api.health('default'), { breaker: 'closed', lastError: null })
})

t.test('trouble that nobody ran into again for ten minutes is forgotten', async t => {
  const { api } = setUp()
  sentry.fail({ kind: 'status', status: 500 })
  await api.issueCounts(hour('7'))
  t.match(api.health('default').lastError, /in trouble/)
  clock.wind(10 * MINUTE)
  t.equal(api.health('default').lastError, null)
})
