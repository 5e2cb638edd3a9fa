import fc from 'fast-check'
import t from 'tap'
import { woundClock } from '../../src/platform/clock.ts'
import { createClockSkew } from '../../src/sentry/api-clock-skew.ts'
import { startApi } from './api-under-test.ts'

const MINUTE = 60_000
const list = { source: 'default', project: null, environments: [], span: null, cursor: null }

t.test('of a source that nobody asked about nothing is known, and nothing is wrong', async t => {
  const { api } = await startApi(t)
  const nothing = { requests: 0, failures: 0, lastAnswerAt: null, skewMs: null }
  t.same(api.health('default'), { breaker: 'closed', lastError: null, refused: false, ...nothing })
  t.same(api.health('other'), { breaker: 'closed', lastError: null, refused: false, ...nothing })
})

t.test('requests and failures are those of the last ten minutes; the last answer is remembered', async t => {
  const { api, sentry, clock, now } = await startApi(t)
  const answeredAt = now()
  await api.listIssues(list)
  clock.wind(4 * MINUTE)
  sentry.fail({ kind: 'status', status: 500 }, 3)
  for (let i = 0; i < 3; i++) await api.listIssues(list)
  t.match(api.health('default'), { requests: 4, failures: 3, lastAnswerAt: answeredAt })
  clock.wind(6 * MINUTE)
  t.match(api.health('default'), { requests: 3, failures: 3, lastAnswerAt: answeredAt })
  clock.wind(4 * MINUTE)
  t.match(api.health('default'), { requests: 0, failures: 0, lastAnswerAt: answeredAt, lastError: null })
  for (let i = 0; i < 25; i++) {
    clock.wind(MINUTE)
    await api.listIssues(list)
  }
  t.match(api.health('default'), { requests: 10, failures: 0, lastAnswerAt: now() })
})

t.test('a question that was not sent is no request', async t => {
  const { api, sentry, now } = await startApi(t, {}, { cacheMs: 0 })
  sentry.world.rateLimit = { remaining: 0, resetAt: now() + MINUTE, concurrentLimit: 9 }
  for (let i = 0; i < 5; i++) await api.listIssues(list)
  t.match(api.health('default'), { requests: 1, failures: 0 })
})

t.test('a token that is known again anywhere is no longer refused; a scope that lacks somewhere is', async t => {
  const { api, sentry, clock } = await startApi(t)
  sentry.fail({ kind: 'status', status: 401 }, 1)
  await api.listIssues(list)
  t.match(api.health('default'), { refused: true })
  await api.environments('default')
  t.match(api.health('default'), { refused: false, lastError: null })
  sentry.fail({ kind: 'status', status: 403 }, 1)
  await api.listIssues(list)
  await api.projects('default')
  t.match(api.health('default'), { refused: true, lastError: /\(403/ })
  clock.wind(10 * MINUTE)
  t.match(api.health('default'), { refused: false, lastError: null })
})

t.test('a bad second is forgotten soon where Sentry answers since; trouble that lasted, later', async t => {
  const { api, sentry, clock } = await startApi(t, {}, { cacheMs: 0 })
  const fail = async () => {
    sentry.fail({ kind: 'status', status: 502 }, 1)
    await api.listIssues(list)
  }
  const isTold = async () => {
    t.match(await api.unhandled({ source: 'default', production: ['production'], minutes: 10 }), { ok: true })
    return api.health('default').lastError !== null
  }
  await fail()
  clock.wind(MINUTE)
  t.equal(await isTold(), true)
  clock.wind(MINUTE)
  t.equal(await isTold(), false)
  clock.wind(3 * MINUTE)
  await fail()
  clock.wind(4 * MINUTE)
  t.equal(await isTold(), true, 'it failed whenever it was asked, for five minutes')
  clock.wind(MINUTE)
  t.equal(await isTold(), false)
})

t.test("how far Sentry's clock is off is known after three answers", async t => {
  const { api, sentry, clock } = await startApi(t)
  sentry.world.clockSkewMs = -41_000
  for (let i = 0; i < 3; i++) {
    t.equal(api.health('default').skewMs, null)
    clock.wind(20_300)
    await api.listIssues(list)
  }
  const { skewMs } = api.health('default')
  t.ok(skewMs !== null && Math.abs(skewMs + 41_000) <= 500, `${skewMs} ms`)
  clock.wind(10 * MINUTE)
  t.equal(api.health('default').skewMs, null, 'of late nobody asked')
})

t.test('a page of a proxy tells nothing of the clock', async t => {
  const { api, sentry } = await startApi(t)
  sentry.world.clockSkewMs = 86_400_000
  sentry.fail({ kind: 'html' })
  for (let i = 0; i < 4; i++) await api.listIssues(list)
  t.equal(api.health('default').skewMs, null)
})

t.test('clocks that agree are never said to differ, and a difference is told to the second', t => {
  const trip = fc.record({ asked: fc.integer({ min: 0, max: 20_000 }), there: fc.nat(400), back: fc.nat(400) })
  fc.assert(
    fc.property(
      fc.oneof(fc.constant(0), fc.integer({ min: -7_200_000, max: 7_200_000 })),
      fc.array(trip, { minLength: 3, maxLength: 40 }),
      (skewMs, trips) => {
        const start = Date.UTC(2026, 10, 21, 12)
        const clock = woundClock({ now: () => start + 21_000 })
        const skew = createClockSkew(clock)
        for (const { asked, there, back } of trips) {
          const wrote = start + asked + there + skewMs
          skew.learn('s', new Date(wrote).toUTCString(), start + asked, start + asked + there + back)
        }
        const told = skew.of('s')
        if (skewMs === 0) return told === 0
        // A second of resolution, and the slowest of round trips.
        return told !== null && Math.abs(told - skewMs) <= 1_000 + 800 && told % 500 === 0
      },
    ),
  )
  t.end()
})

t.test('when somebody set a clock right only what came after counts', t => {
  const start = Date.UTC(2026, 10, 21, 12)
  const clock = woundClock({ now: () => start })
  const skew = createClockSkew(clock)
  const answer = (skewMs: number) => {
    clock.wind(1_000)
    skew.learn('s', new Date(clock.now() + skewMs).toUTCString(), clock.now() - 40, clock.now())
  }
  for (let i = 0; i < 5; i++) answer(90_000)
  answer(0)
  t.equal(skew.of('s'), 0)
  skew.learn('s', 'no date', 0, 0)
  skew.learn('s', null, 0, 0)
  t.equal(skew.of('s'), 0)
  t.equal(skew.of('other'), null)
  t.end()
})
