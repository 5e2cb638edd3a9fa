import fc from 'fast-check'
import t from 'tap'
import type { WindowEvent } from '../../src/measure/window-event.ts'
import { createWindowsStore } from '../../src/measure/windows-store.ts'
import { startTestRedis } from '../support/redis.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** On a full minute, so that tests say plainly where a window begins. */
const NOON = Date.UTC(2026, 10, 21, 12)

const server = await startTestRedis()
t.teardown(() => server.stop())
const redis = server.client()
const windows = createWindowsStore(redis)

let serial = 0
function event(change: Partial<WindowEvent> = {}): WindowEvent {
  serial += 1
  return {
    source: 'default',
    project: 'shop',
    issue: '77',
    event: serial.toString(16).padStart(32, '0'),
    user: `user-${serial}`,
    at: NOON,
    receivedAt: change.at ?? NOON,
    unhandled: false,
    environment: 'production',
    production: true,
    coreFlow: null,
    feed: true,
    ...change,
  }
}
const many = (n: number, make: (i: number) => Partial<WindowEvent>) =>
  Array.from({ length: n }, (_, i) => event(make(i)))
const read = (project: string, now = NOON, issue: string | null = '77', environment: string | null = null) =>
  windows.read({ source: 'default', project, issue, environment, now })
async function last(events: WindowEvent[], now = NOON) {
  const counts = await windows.observe(events, now)
  return counts[counts.length - 1]
}

t.test('an event id counts once, however often it comes and by whichever path', async t => {
  const one = event({ project: 'once', feed: false })
  const [first, again] = await windows.observe([one, { ...one, feed: true }], NOON)
  t.match(first, { users: 1, events: 1, duplicate: false })
  t.match(again, { users: 1, events: 1, duplicate: true, feedLive: true })
  const later = NOON + 59 * MINUTE
  t.match(await last([{ ...one, receivedAt: later }], later), { events: 1, duplicate: true })
})

t.test('five requests with the same event at the same time count one', async t => {
  const one = event({ project: 'race' })
  const counts = (await Promise.all(Array.from({ length: 5 }, () => windows.observe([one], NOON)))).flat()
  t.equal(counts.filter(count => !count.duplicate).length, 1)
  t.match(await read('race'), { users: 1, events: 1 })
})

t.test('users are unique, and leave an hour after they were last seen', async t => {
  const at = (minutes: number, user: string) => event({ project: 'slide', user, at: NOON - minutes * MINUTE })
  await windows.observe([at(59, 'a'), at(30, 'a'), at(50, 'b'), at(1, 'b'), at(40, 'c')], NOON)
  t.match(await read('slide'), { users: 3, usersExact: true, events: 5 })
  t.match(await read('slide', NOON + 20 * MINUTE), { users: 2 }, 'c, seen 60 minutes ago, has left')
  t.match(await read('slide', NOON + 58 * MINUTE), { users: 1 })
  t.match(await read('slide', NOON + 59 * MINUTE), { users: 0 })
  t.match(await read('slide', NOON + 60 * MINUTE), { users: 0, events: 0 })
})

t.test('late events land in their own minute; those older than the window are not counted, and it is said', async t => {
  const counts = await windows.observe(
    [
      event({ project: 'late', at: NOON }),
      event({ project: 'late', at: NOON - 45 * MINUTE }),
      event({ project: 'late', at: NOON - HOUR }),
      event({ project: 'late', at: NOON - 3 * HOUR }),
    ],
    NOON,
  )
  t.same(
    counts.map(count => count.tooOld),
    [false, false, true, true],
  )
  t.match(counts[3], { users: 2, events: 2 })
  t.match(await read('late', NOON + 20 * MINUTE), { users: 1, events: 1 })
})

t.test('an event from the future counts as of its arrival, once', async t => {
  const ahead = event({ project: 'future', at: NOON + 6 * MINUTE, receivedAt: NOON })
  t.match(await last([ahead]), { users: 1, events: 1 })
  t.match(await last([{ ...ahead, receivedAt: NOON + MINUTE }], NOON + MINUTE), { events: 1, duplicate: true })
  t.match(await read('future', NOON + HOUR), { users: 0 }, 'it left with its arrival, not with the time it claimed')
})

t.test('events without a user count as events, and make no user', async t => {
  t.match(await last(many(3, () => ({ project: 'nobody', user: null }))), { users: 0, events: 3, usersExact: true })
})

t.test('all production environments are one; every other is counted under its own name', async t => {
  const inEnvironment = (environment: string | null, production: boolean) =>
    event({ project: 'envs', environment, production, unhandled: true, coreFlow: 'checkout' })
  const counts = await windows.observe(
    [inEnvironment('production', true), inEnvironment(null, true), inEnvironment('staging', false)],
    NOON,
  )
  t.match(counts[0], { environment: null, users: 2, productionEvents: 2 })
  t.match(counts[2], { environment: 'staging', users: 1, events: 1, productionEvents: 2 })
  t.match(await read('envs', NOON, '77', 'staging'), { users: 1, productionEvents: 2 })
  t.match(await read('envs'), { flowUsers: 2, flowEvents: 2, unhandledThisMinute: 2 })
})

t.test('core-flow users and events are those of the last 5 minutes', async t => {
  const at = (seconds: number, user: string | null) =>
    event({ project: 'flow', user, at: NOON - seconds * 1000, coreFlow: 'checkout' })
  await windows.observe([at(299, 'a'), at(200, 'b'), at(100, 'b'), at(0, null), at(301, 'c')], NOON)
  await windows.observe([event({ project: 'flow', user: 'd' })], NOON)
  t.match(await read('flow'), { flowUsers: 2, flowEvents: 4, flowAnonymous: 1, events: 6 })
  t.match(await read('flow', NOON + 150_000), { flowUsers: 1, flowEvents: 2, flowAnonymous: 1 })
  t.match(await read('flow', NOON + 5 * MINUTE), { flowUsers: 0 })
  t.match(await read('flow', NOON + 5 * MINUTE + 10_000), { flowUsers: 0, flowEvents: 0, flowAnonymous: 0 })
  const later = NOON + 10 * MINUTE
  const next = event({ project: 'flow', user: null, at: later, coreFlow: 'checkout' })
  t.match(await last([next], later), { flowUsers: 0, flowEvents: 1, flowAnonymous: 1 })
  const kept = await redis.hkeys('tocsin:{w:default:flow}:f:77')
  t.same(kept.sort(), [String(later / 10_000), `n${later / 10_000}`], 'what left the window is forgotten')
})

t.test('unhandled exceptions are counted per project and minute, whichever issue they belong to', async t => {
  const at = (minutes: number, issue: string) =>
    event({ project: 'spike', issue, at: NOON - minutes * MINUTE, unhandled: true })
  await windows.observe(
    [...many(7, i => at(2, String(i))), ...many(3, () => at(0, '1')), ...many(9, () => at(10, '1')), at(5, '2')],
    NOON,
  )
  t.match(await read('spike', NOON, null), {
    unhandledThisMinute: 3,
    unhandledWorstMinute: 7,
    unhandledLast10Minutes: 11,
    users: 0,
  })
  t.same(await windows.suspects('default', 'spike', NOON, 2), [
    { issue: '1', events: 4, users: 4 },
    { issue: '2', events: 2, users: 2 },
  ])
  t.same(await windows.suspects('default', 'spike', NOON + 10 * MINUTE, 5), [])
})

t.test('the feed is live while error.created comes, and known since it began', async t => {
  t.match(await last([event({ project: 'feed', feed: false })]), { feedLive: false, feedSince: null })
  t.equal(await windows.lastErrorAt('default', 'feed'), null)
  t.match(await last([event({ project: 'feed' })]), { feedLive: true, feedSince: NOON })
  const later = NOON + 30 * MINUTE
  t.match(await read('feed', later), { feedLive: false, feedSince: NOON })
  t.match(await last([event({ project: 'feed', at: later })], later), { feedLive: true, feedSince: NOON })
  t.equal(await windows.lastErrorAt('default', 'feed'), later)
  const nextWeek = NOON + 7 * 24 * HOUR
  t.match(await last([event({ project: 'feed', at: nextWeek })], nextWeek), { feedSince: nextWeek })
})

t.test('1,000 users are counted exactly', async t => {
  const counts = await last(many(2000, i => ({ project: 'exact', user: `u${i % 1000}`, at: NOON - i * 1700 })))
  t.match(counts, { users: 1000, usersExact: true, events: 2000 })
})

t.test('beyond, users are estimated; when the crowd has left the window, they are exact again', async t => {
  await windows.observe(
    many(6000, i => ({ project: 'crowd', user: `u${i % 5000}`, at: NOON - (i % 5000) * 400 })),
    NOON,
  )
  const crowded = await read('crowd')
  t.equal(crowded.usersExact, false)
  t.ok(Math.abs(crowded.users - 5000) < 150, `${crowded.users} for 5,000 users`)
  const later = NOON + 29 * MINUTE
  await windows.observe(
    many(300, i => ({ project: 'crowd', user: `v${i}`, at: later })),
    later,
  )
  const sliding = await read('crowd', NOON + 45 * MINUTE)
  t.ok(Math.abs(sliding.users - (2250 + 300)) < 80, `${sliding.users} for 2,550 users`)
  t.match(await read('crowd', NOON + 60 * MINUTE), { users: 300, usersExact: true })
})

t.test('the estimate is renewed once a second and never below what is known', async t => {
  const grow = (from: number, n: number) => many(n, i => ({ project: 'grow', user: `u${from + i}` }))
  await windows.observe(grow(0, 1200), NOON)
  const before = (await last(grow(1200, 1), NOON))?.users ?? 0
  const same = (await last(grow(1201, 800), NOON + 500))?.users ?? 0
  const after = (await last(grow(2001, 1), NOON + 1500))?.users ?? 0
  t.ok(same <= before + 1100 && before >= 1000)
  t.ok(Math.abs(after - 2002) < 60, `${after} for 2,002 users`)
})

t.test('many events in one call are answered in their order, by project and issue', async t => {
  const events = many(300, i => ({ project: `p${i % 3}`, issue: String(i % 7), user: 'same' }))
  const counts = await windows.observe(events, NOON)
  t.equal(counts.length, 300)
  t.ok(counts.every(count => count.users === 1 && !count.duplicate))
  const byProject = [0, 1, 2].map(p => events.filter(e => e.project === `p${p}` && e.issue === '0').length)
  t.same(await Promise.all([0, 1, 2].map(async p => (await read(`p${p}`, NOON, '0')).events)), byProject)
  t.same(await windows.observe([], NOON), [])
})

t.test('every key expires and lies in the slot of its project', async t => {
  const keys = await redis.keys('*')
  t.ok(keys.length > 100)
  const lives = await Promise.all(keys.map(key => redis.pttl(key)))
  t.same(
    keys.filter((_, i) => (lives[i] ?? -1) <= 0),
    [],
  )
  t.ok(keys.every(key => /^tocsin:\{w:default:[^{}]+\}:/.test(key)))
})

/** The ten seconds on the edge count by their share that lies in the window. */
function flowEventsOf(list: { ago: number }[], now: number): number {
  const bucket = (ms: number) => Math.floor(ms / 10_000)
  const edge = list.filter(({ ago }) => bucket(now - Math.max(ago, 0)) === bucket(now) - 30).length
  return Math.floor(list.length - edge + edge * (1 - (now % 10_000) / 10_000))
}

t.test('in any order, with any repeats, the counts are those of a plain list of events', async t => {
  const arbitrary = fc.record({
    id: fc.nat(40),
    user: fc.option(fc.nat(8), { nil: null }),
    ago: fc.integer({ min: -3 * MINUTE, max: 70 * MINUTE }),
    issue: fc.nat(1),
  })
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(arbitrary, { maxLength: 40 }), fc.nat(MINUTE - 1), async (list, offset) => {
      const now = NOON + offset
      const project = `model-${run++}`
      const first = new Map(list.map(item => [item.id, item] as const).reverse())
      const distinct = list.map(item => first.get(item.id) ?? item)
      await windows.observe(
        distinct.map(item =>
          event({
            project,
            event: `id-${item.id}`,
            issue: String(item.issue),
            user: item.user === null ? null : String(item.user),
            at: now - item.ago,
            receivedAt: now,
            coreFlow: 'checkout',
          }),
        ),
        now,
      )
      const inside = [...first.values()].filter(item => item.issue === 0 && item.ago < HOUR)
      const users = new Set(inside.flatMap(item => (item.user === null ? [] : [item.user])))
      const edge = inside.filter(item => Math.floor((now - Math.max(item.ago, 0)) / MINUTE) === NOON / MINUTE - 60)
      const events = inside.length - edge.length + edge.length * (1 - (now % MINUTE) / MINUTE)
      const counts = await read(project, now, '0')
      t.equal(counts.users, users.size)
      t.equal(counts.events, Math.floor(events + 0.5))
      const onFlow = inside.filter(item => item.ago < 5 * MINUTE)
      t.equal(counts.flowUsers, new Set(onFlow.flatMap(item => (item.user === null ? [] : [item.user]))).size)
      t.equal(counts.flowEvents, flowEventsOf(onFlow, now))
      t.equal(
        counts.flowAnonymous,
        flowEventsOf(
          onFlow.filter(item => item.user === null),
          now,
        ),
      )
    }),
    { numRuns: 60 },
  )
})
