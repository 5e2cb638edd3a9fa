import t from 'tap'
import { createReconcile } from '../../src/pipeline/reconcile.ts'
import type { Ended, ReconcileRound } from '../../src/pipeline/reconcile-round.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { createPollStore } from '../../src/sentry/poll-store.ts'
import { MINUTE, SECOND } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

const server = await startTestRedis()
t.teardown(() => server.stop())
const redis = server.client()
let serial = 0

/** Reconciling one source in several processes, with rounds that end as they are told. */
function reconciling(
  ends: (state: Parameters<ReconcileRound>[0], how: Parameters<ReconcileRound>[1]) => Promise<Ended>,
) {
  const source = `source-${++serial}`
  const clock = woundClock()
  const polls = createPollStore(redis)
  const outcomes: string[] = []
  const warnings: string[] = []
  const process = () =>
    createReconcile({
      survey: { canAsk: id => id === source },
      polls,
      round: ends,
      lookAtProjects: async () => {},
      sources: () => [
        { id: source, organization: 'acme' },
        { id: 'without-a-token', organization: null },
      ],
      everyMs: () => MINUTE,
      onPolled: (of, outcome) => outcomes.push(`${of === source} ${outcome}`),
      clock,
      random: Math.random,
      log: {
        debug() {},
        info() {},
        warn: (_: unknown, words?: string) => void warnings.push(words ?? ''),
        error() {},
      },
    })
  return { source, clock, polls, outcomes, warnings, process }
}

const done = async (state: Parameters<ReconcileRound>[0]): Promise<Ended> => ({ how: 'done', state })

t.test('each round once, however many run, when it is due; sources that cannot be asked are left alone', async t => {
  let rounds = 0
  const { process, clock, outcomes } = reconciling(state => {
    rounds += 1
    return done({ ...state, through: clock.now() })
  })
  const all = [process(), process(), process()]
  const everyone = () => Promise.all(all.flatMap(one => [one.run(), one.run()]))
  await everyone()
  await everyone()
  t.equal(rounds, 1)
  clock.wind(MINUTE)
  await everyone()
  t.equal(rounds, 2)
  t.same(outcomes, ['true done', 'true done'])
})

t.test(
  'a round that fails keeps its place and is tried again soon, each time a little later, up to a minute',
  async t => {
    let fails = true
    const places: (number | null)[] = []
    const { process, clock, outcomes, polls, source, warnings } = reconciling(async state => {
      places.push(state.through)
      const next = { ...state, through: 1_000 + places.length }
      return fails ? { how: 'failed', state: next, reason: 'Sentry answered 500' } : { how: 'done', state: next }
    })
    const one = process()
    const waits: number[] = []
    for (let n = 0; n < 6; n++) {
      await one.run()
      const before = places.length
      let waited = 0
      while (n < 5 && places.length === before) {
        clock.wind(5 * SECOND)
        waited += 5
        await one.run()
      }
      if (n < 5) waits.push(waited)
    }
    t.same(waits, [10, 20, 40, 60, 60])
    t.same(places.slice(0, 3), [null, 1_001, 1_002], 'it goes on where it was')
    t.equal(warnings.length, 1, 'said once, not each time')
    await polls.refresh([source], clock.now())
    t.equal(polls.view(source, clock.now()).error, 'Sentry answered 500')
    fails = false
    clock.wind(MINUTE)
    await one.run()
    t.equal(outcomes.at(-1), 'true done')
    await polls.refresh([source], clock.now())
    t.match(polls.view(source, clock.now()), { error: null })
  },
)

t.test('what breaks in it is a failure like any other, and does not lose what was written before', async t => {
  const { process, clock, polls, source } = reconciling(async (state, how) => {
    if (state.through !== null) return { how: 'done', state }
    await how.write({ ...state, through: 7 })
    throw new Error('broken')
  })
  const one = process()
  await one.run()
  const lease = await polls.claim(source, { now: clock.now() + MINUTE, everyMs: MINUTE, token: 'x' })
  t.match(lease?.state, { through: 7, failures: 1 })
  await lease?.giveUp()
  clock.wind(MINUTE)
  await one.run()
  await polls.refresh([source], clock.now())
  t.match(polls.view(source, clock.now()), { error: null })
})

t.test('to stop ends the round after what is in hand, and another goes on at once', async t => {
  let begun = 0
  let finish = () => {}
  const { process, outcomes, polls, source, clock } = reconciling(async (state, { going }) => {
    begun += 1
    if (begun > 1) return { how: 'done', state: { ...state, through: 9 } }
    await new Promise<void>(resolve => {
      finish = resolve
    })
    return going() ? { how: 'done', state } : { how: 'interrupted' }
  })
  const [one, other] = [process(), process()]
  await one.start()
  await until(() => begun === 1)
  const stopped = one.stop()
  finish()
  await stopped
  t.same(outcomes, ['true interrupted'])
  await one.run()
  t.equal(begun, 1, 'who has stopped begins nothing')
  await other.run()
  t.equal(begun, 2)
  await polls.refresh([source], clock.now())
  t.equal(polls.view(source, clock.now()).lastPollAt !== null, true)
})

t.test('who lost the turn stops and writes nothing', async t => {
  const { process, polls, source, clock, outcomes } = reconciling(async (state, { write }) => {
    // As if this process had hung for longer than its lease.
    await redis.del(`tocsin:{poll:${source}}:lease`)
    await polls.claim(source, { now: clock.now(), everyMs: MINUTE, token: 'another' })
    return (await write({ ...state, through: 5 })) ? { how: 'done', state } : { how: 'interrupted' }
  })
  await process().run()
  t.same(outcomes, ['true interrupted'])
  t.equal(await redis.get(`tocsin:{poll:${source}}:lease`), 'another')
  t.equal(await redis.hget(`tocsin:{poll:${source}}:state`, 'json'), null)
})
