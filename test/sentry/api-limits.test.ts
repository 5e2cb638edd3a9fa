import t from 'tap'
import { woundClock } from '../../src/platform/clock.ts'
import { createRateLimits } from '../../src/sentry/api-limits.ts'
import { PRODUCTION, startApi } from './api-under-test.ts'

const START = Date.UTC(2026, 10, 21, 12, 30)
const live = { source: 'default', project: 'shop', production: PRODUCTION, windowSeconds: 3600 }
const list = { source: 'default', project: null, environments: [], span: null, cursor: null }

t.test('a question of the background leaves a third of the window to live ones', async t => {
  const { api, sentry, clock, now, outcomes } = await startApi(t, {}, { cacheMs: 0 })
  sentry.world.rateLimit = { limit: 30, remaining: 11, resetAt: now() + 20_000, concurrentLimit: 10 }
  t.match(await api.listIssues(list), { ok: true }, 'nothing was told yet')
  t.match(await api.listIssues(list), { ok: true }, '11 of 30 are more than a third')
  sentry.world.rateLimit.remaining = 10
  t.match(await api.listIssues(list), { ok: true })
  t.match(await api.listIssues(list), {
    ok: false,
    retry: true,
    reason: "what is left of Sentry's rate limit is kept for live questions: asked again in 20 s",
  })
  t.equal(outcomes.at(-1), 'list-issues rate-limited')
  t.equal(api.health('default').lastError, null, 'that is no trouble')
  t.match(await api.environments('default'), { ok: true }, 'another endpoint has a window of its own')
  clock.wind(20_000)
  t.match(await api.listIssues(list), { ok: true }, 'after the reset it may go again')
})

t.test('a live question goes as long as anything is left, and one marked as background does not', async t => {
  const { api, sentry, now } = await startApi(t, {}, { cacheMs: 0 })
  sentry.world.rateLimit = { limit: 30, remaining: 2, resetAt: now() + 20_000, concurrentLimit: 10 }
  t.match(await api.issueCounts({ ...live, issue: '7' }), { ok: true })
  t.match(await api.issueCounts({ ...live, issue: '7', background: true }), { ok: false, reason: /kept for live/ })
  t.match(await api.issueCounts({ ...live, issue: '7', background: false }), { ok: true })
})

t.test("the reset is by Sentry's clock", async t => {
  const { api, sentry, clock, now } = await startApi(t, {}, { cacheMs: 0 })
  sentry.world.clockSkewMs = 3_600_000
  sentry.world.rateLimit = { remaining: 0, resetAt: now() + 3_600_000 + 30_000, concurrentLimit: 10 }
  await api.issueCounts({ ...live, issue: '7' })
  t.match(await api.issueCounts({ ...live, issue: '8' }), { ok: false, reason: /used up: asked again in 30 s/ })
  clock.wind(30_000)
  t.match(await api.issueCounts({ ...live, issue: '8' }), { ok: true })
})

t.test('many background questions go side by side, never in the last place', async t => {
  const { api, sentry, outcomes } = await startApi(t, {}, { cacheMs: 0 })
  sentry.world.rateLimit = { remaining: 39, resetAt: 0, concurrentLimit: 4 }
  sentry.world.latencyMs = 5
  await api.issueCounts({ ...live, issue: '0' })
  const asked = Array.from({ length: 12 }, (_, i) => api.issueCounts({ ...live, issue: `1${i}`, background: true }))
  t.ok((await Promise.all(asked)).every(answer => answer.ok))
  t.equal(sentry.mostAtOnce(), 3)
  t.equal(outcomes.filter(outcome => outcome === 'issue-counts ok').length, 13)
})

t.test('a live question neither stands in line behind the background nor waits for its answer', async t => {
  const limits = createRateLimits(woundClock({ now: () => START }))
  const headers = new Headers({
    'x-sentry-rate-limit-concurrentlimit': '2',
    'x-sentry-rate-limit-concurrentremaining': '2',
  })
  limits.learn('e', headers, 200)
  const { signal } = new AbortController()
  const order: string[] = []
  const enter = (name: string, background: boolean) =>
    limits.enter('e', signal, background).then(() => {
      order.push(name)
    })
  await enter('background', true)
  const waiting = [enter('later', true), enter('live', false), enter('live too', false)]
  await waiting[1]
  limits.leave('e')
  await waiting[2]
  limits.leave('e')
  limits.leave('e')
  await waiting[0]
  t.same(order, ['background', 'live', 'live too', 'later'])
})

t.test('where Sentry allows one at a time the background goes when nobody else does', async t => {
  const limits = createRateLimits(woundClock({ now: () => START }))
  const headers = new Headers({
    'x-sentry-rate-limit-concurrentlimit': '1',
    'x-sentry-rate-limit-concurrentremaining': '1',
  })
  limits.learn('e', headers, 200)
  const { signal } = new AbortController()
  t.equal(await limits.enter('e', signal, true), true)
  limits.leave('e')
  t.equal(await limits.enter('e', signal, false), true)
  const giving = new AbortController()
  const entered = limits.enter('e', giving.signal, true)
  giving.abort()
  t.equal(await entered, false)
})
