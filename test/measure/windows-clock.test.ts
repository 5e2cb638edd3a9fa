import fc from 'fast-check'
import t from 'tap'
import { MOST_SKEW_MS, type WindowEvent, windowArguments } from '../../src/measure/window-event.ts'
import { createWindowsStore } from '../../src/measure/windows-store.ts'
import { startTestRedis } from '../support/redis.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOON = Date.UTC(2026, 10, 21, 12)

const server = await startTestRedis()
t.teardown(() => server.stop())
const redis = server.client()
let skew: number | null = null
const windows = createWindowsStore(redis, () => skew)

function event(id: number, change: Partial<WindowEvent>): WindowEvent {
  return {
    source: 'default',
    project: 'shop',
    issue: '77',
    event: id.toString(16).padStart(32, '0'),
    user: `user-${id}`,
    at: NOON,
    receivedAt: change.at ?? NOON,
    unhandled: true,
    environment: 'production',
    production: true,
    coreFlow: 'checkout',
    feed: true,
    ...change,
  }
}
const read = (project: string, now: number) =>
  windows.read({ source: 'default', project, issue: '77', environment: null, now })

t.test('in whatever order events arrive, however late, each lands in the minute it belongs to', async t => {
  const arbitrary = fc.record({
    user: fc.option(fc.nat(6), { nil: null }),
    /** By our clock, before the end; and how long it was on its way. */
    ago: fc.integer({ min: 0, max: 65 * MINUTE }),
    way: fc.integer({ min: 0, max: 40 * MINUTE }),
    shuffle: fc.nat(),
  })
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(arbitrary, { minLength: 1, maxLength: 25 }),
      fc.constantFrom(null, 0, 4 * MINUTE, -4 * MINUTE),
      async (list, clocks) => {
        skew = clocks
        const pass = run++
        const events = list.map((item, id) => ({
          ...item,
          id,
          happened: NOON - item.ago,
          arrived: Math.min(NOON, NOON - item.ago + item.way),
        }))
        const make = (project: string, item: (typeof events)[number], receivedAt: number) =>
          event(item.id, {
            project,
            user: item.user === null ? null : `u${item.user}`,
            // Sentry dates it by its own clock.
            at: item.happened + (clocks ?? 0),
            receivedAt,
          })
        const inOrder = events.toSorted((a, b) => a.happened - b.happened)
        const asTheyCame = events.toSorted((a, b) => a.arrived - b.arrived || a.shuffle - b.shuffle)
        for (const item of inOrder) await windows.observe([make(`a${pass}`, item, item.happened)], item.happened)
        for (const item of asTheyCame) await windows.observe([make(`b${pass}`, item, item.arrived)], item.arrived)
        // Handled long after it came: a queue, or a worker that was away.
        await windows.observe(
          asTheyCame.map(item => make(`c${pass}`, item, item.arrived)),
          NOON,
        )
        const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(name => read(`${name}${pass}`, NOON)))
        t.same({ ...b, feedSince: 0, feedLive: true }, { ...a, feedSince: 0, feedLive: true })
        t.same({ ...c, feedSince: 0, feedLive: true }, { ...a, feedSince: 0, feedLive: true })
        const users = events.filter(({ ago, user }) => user !== null && ago < HOUR).map(({ user }) => user)
        t.equal(a?.users, new Set(users).size)
        const flow = events.filter(({ ago, user }) => user !== null && ago < 5 * MINUTE).map(({ user }) => user)
        t.equal(a?.flowUsers, new Set(flow).size)
      },
    ),
    { numRuns: 40 },
  )
})

for (const [name, clocks] of [
  ['our clock is four minutes ahead', -4 * MINUTE],
  ['our clock is four minutes behind', 4 * MINUTE],
] as const) {
  t.test(`${name}: the five minutes of a core flow are five minutes`, async t => {
    const project = `flow${clocks}`
    const failing = (users: number, ago: number) =>
      Array.from({ length: users }, (_, n) =>
        event(ago * 100 + n, { project, at: NOON - ago * MINUTE + clocks, receivedAt: NOON - ago * MINUTE }),
      )
    skew = clocks
    await windows.observe([...failing(2, 4), ...failing(3, 1), ...failing(1, 6)], NOON)
    t.match(await read(project, NOON), { flowUsers: 5, flowEvents: 5, users: 6 })
    t.match(await read(project, NOON + 2 * MINUTE), { flowUsers: 3 })
    skew = null
    const unknown = `unknown${clocks}`
    await windows.observe(
      failing(5, 2).map(one => ({ ...one, project: unknown })),
      NOON,
    )
    t.equal((await read(unknown, NOON)).flowUsers, clocks < 0 ? 0 : 5, 'what it was without knowing')
  })
}

t.test('an event counts once, whatever is thought of the clocks in between', async t => {
  const one = event(1, { project: 'once', at: NOON - 3 * MINUTE, receivedAt: NOON })
  for (const [index, clocks] of [null, -3 * MINUTE, -4 * MINUTE, 2 * HOUR, 0].entries()) {
    skew = clocks
    const [counts] = await windows.observe([one], NOON + index)
    t.match(counts, { users: 1, events: 1, duplicate: index > 0 })
  }
})

t.test('clocks that are too far apart are not reckoned with: the arrival counts', async t => {
  skew = -(MOST_SKEW_MS + 1)
  const old = event(1, { project: 'apart', at: NOON - 2 * HOUR, receivedAt: NOON - MINUTE })
  const [counts] = await windows.observe([old], NOON)
  t.match(counts, { users: 1, flowUsers: 1, tooOld: false })
  skew = null
  const [without] = await windows.observe([{ ...old, project: 'together' }], NOON)
  t.match(without, { users: 0, tooOld: true })
})

t.test('no correction puts an event after its arrival or before sense', async t => {
  fc.assert(
    fc.property(
      fc.integer({ min: -2 * HOUR, max: 2 * HOUR }),
      fc.integer({ min: 0, max: HOUR }),
      fc.option(fc.integer({ min: -HOUR, max: HOUR }), { nil: null }),
      (offset, waited, clocks) => {
        const receivedAt = NOON - waited
        const at = Number(windowArguments(event(1, { at: NOON + offset, receivedAt }), NOON, clocks)[2])
        t.ok(at <= receivedAt && at <= NOON)
        t.ok(
          Math.abs(at - Math.min(NOON + offset, receivedAt)) <=
            Math.max(MOST_SKEW_MS, Math.abs(receivedAt - NOON - offset)),
        )
      },
    ),
  )
})
