import t from 'tap'
import { createPollStore, type PollState } from '../../src/sentry/poll-store.ts'
import { startTestRedis } from '../support/redis.ts'

const NOON = Date.UTC(2026, 10, 21, 12)
const MINUTE = 60_000

const server = await startTestRedis()
t.teardown(() => server.stop())
const redis = server.client()
let serial = 0
const at = (now: number) => ({ now, everyMs: MINUTE, token: `t${++serial}` })
const leaseOf = (source: string) => `tocsin:{poll:${source}}:lease`

t.test('of many that ask, one has the turn; when it ends the next is due a while after it began', async t => {
  const stores = [1, 2, 3].map(() => createPollStore(server.client()))
  const claims = await Promise.all([...stores, ...stores].map(store => store.claim('shop', at(NOON))))
  const [lease, ...others] = claims.filter(claim => claim !== null)
  if (lease === undefined) throw new Error('nobody has the turn')
  t.equal(others.length, 0)
  t.match(lease.state, { through: null, since: null, failures: 0, gap: null })
  t.ok(await lease.end({ ...lease.state, through: NOON }, { startedAt: NOON, retryAt: null }))
  const [store] = stores
  t.equal(await store?.claim('shop', at(NOON + MINUTE - 1)), null, 'not due')
  const next = await store?.claim('shop', at(NOON + MINUTE))
  t.equal(next?.state.through, NOON, 'the place was kept')
  t.not(await store?.claim('other', at(NOON)), null, 'each source by itself')
})

t.test('a holder that died is followed when its lease is over, and then can write no more', async t => {
  const store = createPollStore(redis)
  const dead = await store.claim('crash', at(NOON))
  if (dead === null) throw new Error('no turn')
  t.ok(await dead.write({ ...dead.state, through: NOON - MINUTE }))
  t.equal(await store.claim('crash', at(NOON + MINUTE)), null)
  t.ok((await redis.pttl(leaseOf('crash'))) > 10_000)
  t.ok(await dead.renew())
  await redis.pexpire(leaseOf('crash'), 1)
  let next = null
  for (; next === null; ) next = await store.claim('crash', at(NOON + 1))
  t.equal(next.state.through, NOON - MINUTE, 'it goes on where the dead one was')
  t.notOk(await dead.renew())
  t.notOk(await dead.write({ ...dead.state, through: NOON }))
  t.notOk(await dead.end({ ...dead.state, through: NOON }, { startedAt: NOON, retryAt: null }))
  await dead.giveUp()
  t.equal(next.state.through, NOON - MINUTE)
  t.ok(await next.renew(), 'what the dead one gives up is not the turn of the living')
})

t.test('a turn that is given up is anybody’s at once; one that failed is due at its retry', async t => {
  const store = createPollStore(redis)
  const first = await store.claim('retry', at(NOON))
  await first?.giveUp()
  const second = await store.claim('retry', at(NOON))
  if (second === null) throw new Error('no turn')
  const failed: PollState = { ...second.state, failures: 1, error: 'Sentry answered 500' }
  await second.end(failed, { startedAt: NOON, retryAt: NOON + 10_000 })
  t.equal(await store.claim('retry', at(NOON + 9_999)), null)
  const third = await store.claim('retry', at(NOON + 10_000))
  t.match(third?.state, { failures: 1, error: 'Sentry answered 500' })
  await third?.end({ ...failed, failures: 0, error: null }, { startedAt: NOON + 10_000, retryAt: null })
  t.equal(await store.claim('retry', at(NOON + 20_000)), null, 'back to the usual time')
})

t.test('a rhythm that was changed holds at once, and a clock that was set back stops nothing', async t => {
  const store = createPollStore(redis)
  const lease = await store.claim('clock', { now: NOON, everyMs: 24 * 60 * MINUTE, token: 'a' })
  await lease?.end(lease.state, { startedAt: NOON, retryAt: null })
  t.equal(await store.claim('clock', { now: NOON + MINUTE, everyMs: 24 * 60 * MINUTE, token: 'b' }), null)
  const again = await store.claim('clock', { now: NOON + MINUTE, everyMs: MINUTE, token: 'c' })
  t.not(again, null)
  await again?.end(again.state, { startedAt: NOON + MINUTE, retryAt: null })
  t.not(await store.claim('clock', { now: NOON - 5 * MINUTE, everyMs: MINUTE, token: 'd' }), null)
})

t.test('what is behind is told by our clock, whatever Sentry’s says', async t => {
  const [store, other] = [createPollStore(redis), createPollStore(server.client())]
  t.match(other.view('view', NOON), { lastPollAt: null, behindMs: null })
  const lease = await store.claim('view', at(NOON))
  if (lease === null) throw new Error('no turn')
  // Sentry's clock is four minutes behind ours.
  const state = { ...lease.state, through: NOON - 4 * MINUTE, offset: 4 * MINUTE, lastOkAt: NOON }
  await lease.end(state, { startedAt: NOON, retryAt: null })
  await other.refresh(['view', 'never'], NOON)
  t.match(other.view('view', NOON + 30_000), { lastPollAt: NOON, lastOkAt: NOON, error: null, behindMs: 30_000 })
  t.match(other.view('never', NOON), { lastPollAt: null, behindMs: null })
})

t.test('new issues that no webhook told are counted from a moment on, for a day', async t => {
  const store = createPollStore(redis)
  t.same(store.missedSince('new', null), { count: 0, firstAt: null, lastAt: null })
  for (const minutes of [1, 5, 9]) await store.foundNew('new', `issue-${minutes}`, NOON + minutes * MINUTE)
  await store.foundNew('new', 'issue-9', NOON + 9 * MINUTE)
  await store.refresh(['new'], NOON + 10 * MINUTE)
  t.same(store.missedSince('new', null), { count: 3, firstAt: NOON + MINUTE, lastAt: NOON + 9 * MINUTE })
  t.same(store.missedSince('new', NOON + MINUTE), { count: 2, firstAt: NOON + 5 * MINUTE, lastAt: NOON + 9 * MINUTE })
  for (let n = 0; n < 2_050; n++) await store.foundNew('new', `more-${n}`, NOON + n)
  await store.refresh(['new'], NOON + 10 * MINUTE)
  t.equal(store.missedSince('new', null).count, 2_000, 'a bound')
  await store.tidy('new', NOON + 25 * 60 * MINUTE)
  await store.refresh(['new'], NOON + 10 * MINUTE)
  t.equal(store.missedSince('new', null).count, 0)
})

t.test('notes keep their first time unless told anew, and go after a week', async t => {
  const store = createPollStore(redis)
  t.equal(await store.noted('notes', 'a'), null)
  await store.note('notes', 'a', NOON)
  await store.note('notes', 'a', NOON + 1)
  t.equal(await store.noted('notes', 'a'), NOON)
  await store.note('notes', 'a', NOON + 2, true)
  t.equal(await store.noted('notes', 'a'), NOON + 2)
  await store.tidy('notes', NOON + 8 * 24 * 60 * MINUTE)
  t.equal(await store.noted('notes', 'a'), null)
})

t.test('what was found waits for its webhook, and a gap keeps what it missed, once per issue', async t => {
  const store = createPollStore(redis)
  const item = { incident: 'inc_1', what: 'created', fedAt: NOON, due: NOON + 2 * MINUTE }
  await store.hold('gap', '42', item)
  await store.hold('gap', '42', item)
  t.same(await store.unheard('gap'), [{ issue: '42', item }])
  await store.drop('gap', ['42'])
  await store.drop('gap', [])
  t.same(await store.unheard('gap'), [])

  const missed = { issue: '42', incident: 'inc_1', title: 'T', link: null, users: 3, open: false }
  await store.addToGap('gap', NOON, missed)
  await store.addToGap('gap', NOON, { ...missed, open: true })
  t.same(await store.gapItems('gap', NOON), [{ ...missed, open: true }])
  t.same(await store.gapItems('gap', NOON + 1), [], 'each gap by itself')
  await store.clearGap('gap', NOON)
  t.same(await store.gapItems('gap', NOON), [])
})

t.test('processes whose clocks differ by seconds poll no more often', async t => {
  const stores = [createPollStore(redis), createPollStore(server.client())]
  let turns = 0
  for (let second = 0; second < 300; second++) {
    for (const [index, store] of stores.entries()) {
      const now = NOON + (second - 3 * index) * 1_000
      const lease = await store.claim('two-clocks', at(now))
      if (lease === null) continue
      turns += 1
      await lease.end(lease.state, { startedAt: now, retryAt: null })
    }
  }
  t.equal(turns, 5)
})

t.test('of hundreds that are new, those that say since when are kept', async t => {
  const store = createPollStore(redis)
  for (let n = 0; n < 400; n++) await store.foundNew('mass-failure', String(n), NOON + n * 1_000)
  await store.refresh(['mass-failure'], NOON + 10 * MINUTE)
  t.match(store.missedSince('mass-failure', NOON - 1), { count: 400, firstAt: NOON })
})
