import fc from 'fast-check'
import t from 'tap'
import { createPacingStore, type Pace } from '../../src/deliver/pacing-store.ts'
import { SECOND, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

const server = await startTestRedis()
t.teardown(() => server.stop())
const stores = [createPacingStore(server.client()), createPacingStore(server.client())] as const
const [store] = stores

let made = 0
const pace = (intervalMs: number, burst: number): Pace => ({ key: `k${made++}`, intervalMs, burst })

/** Never more than `burst + elapsed / interval` in any window of time. */
function keepsPace(times: readonly number[], { intervalMs, burst }: Pace): boolean {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted.every((from, i) =>
    sorted.slice(i).every((to, more) => more + 1 <= burst + Math.floor((to - from) / intervalMs)),
  )
}

t.test('after a rest a burst may leave at once, then one every interval', async t => {
  const slow = pace(SECOND, 3)
  const waits: number[] = []
  for (let i = 0; i < 6; i++) waits.push(await store.reserve(slow, START))
  t.same(waits, [0, 0, 0, SECOND, 2 * SECOND, 3 * SECOND])
  t.equal(await store.reserve(slow, START + 10 * SECOND), 0)
})

t.test('a slot is taken only when it is free now, and a refusal costs nothing', async t => {
  const slow = pace(SECOND, 1)
  t.equal(await store.take(slow, START), true)
  for (let i = 0; i < 5; i++) t.equal(await store.take(slow, START + SECOND - 1), false)
  t.equal(await store.take(slow, START + SECOND), true)
})

t.test('keys do not wait for each other', async t => {
  const [one, two] = [pace(SECOND, 1), pace(SECOND, 1)]
  t.equal(await store.take(one, START), true)
  t.equal(await store.take(two, START), true)
})

t.test('a pace that no longer says anything is forgotten', async t => {
  const slow = pace(20, 1)
  await store.reserve(slow, START)
  const ttl = await server.client().pttl(`tocsin:{pace:${slow.key}}`)
  t.ok(ttl > 0 && ttl <= 1_020)
})

t.test('reserved slots are spaced, from whichever process and however time goes', async () => {
  const steps = fc.array(fc.tuple(fc.nat(400), fc.nat(1)), { minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 6 }),
      steps,
      async (interval, burst, taken) => {
        const slow = pace(interval, burst)
        let now = START
        const leave: number[] = []
        for (const [passed, which] of taken) {
          now += passed
          leave.push(now + (await (stores[which] ?? store).reserve(slow, now)))
        }
        return keepsPace(leave, slow)
      },
    ),
    { numRuns: 60 },
  )
})

t.test('never more than the burst and what time allows, taken at once by two processes', async () => {
  const times = fc.array(fc.nat(3_000), { minLength: 1, maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 50, max: 900 }),
      fc.integer({ min: 1, max: 5 }),
      times,
      async (interval, burst, after) => {
        const slow = pace(interval, burst)
        // Clocks of two processes differ and their calls cross: asked in any order.
        const asked = await Promise.all(
          after.map(async (ms, i) => ({
            at: START + ms,
            taken: await (stores[i % 2] ?? store).take(slow, START + ms),
          })),
        )
        return keepsPace(
          asked.filter(one => one.taken).map(one => one.at),
          slow,
        )
      },
    ),
    { numRuns: 60 },
  )
})
