import { pino } from 'pino'
import t from 'tap'
import { createDelivery } from '../../src/deliver/deliver-notification.ts'
import { type Destination, destinationSchema } from '../../src/deliver/destination.ts'
import type { Notification } from '../../src/deliver/notification.ts'
import { createNotificationStore } from '../../src/deliver/notification-store.ts'
import type { Notifier, SendResult } from '../../src/deliver/notifier.ts'
import { createPacingStore } from '../../src/deliver/pacing-store.ts'
import { createIncidentStore } from '../../src/incidents/incident-store.ts'
import { createDispatch } from '../../src/pipeline/dispatch.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { MINUTE, makeIncident, makeNotification, SECOND, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

const server = await startTestRedis()
t.teardown(() => server.stop())
const redis = server.client()
const incidents = createIncidentStore(redis)
const notifications = createNotificationStore(redis)
const pacing = createPacingStore(redis)

const PAGE = 'pagerduty-oncall'
const DESTINATIONS: readonly Destination[] = [
  destinationSchema.parse({ id: PAGE, name: 'On call', kind: 'pagerduty', fallback: 'slack-incidents' }),
  destinationSchema.parse({ id: 'slack-incidents', name: 'Incidents', kind: 'slack', channel: '#incidents' }),
]
const FAILED: SendResult = {
  outcome: 'retry',
  code: 'http_500',
  message: 'it answered 500',
  retryAfterMs: null,
  ambiguous: false,
}
const REFUSED: SendResult = { outcome: 'permanent', code: 'bad_key', message: 'unknown key' }

type Queued = { destination: string; notification: string; priority: number; delayMs: number }
let made = 0

/** One process. `answer` is what a provider says; `queued` what waits in the destinations' queues. */
function startProcess(answer: (notification: Notification) => SendResult | Promise<SendResult>, slots = 100) {
  made += 1
  const key = `process-${made}`
  const told: Notification[] = []
  const queued: Queued[] = []
  const notifier: Notifier = {
    kind: 'pagerduty',
    pages: true,
    async send({ notification }) {
      told.push(notification)
      return answer(notification)
    },
    pacing: destination => ({ key: `${key}-${destination.id}`, intervalMs: 1_000, burst: slots }),
    async close() {},
  }
  const clock = woundClock({ now: () => START })
  const deliver = createDelivery({
    incidents,
    notifications,
    pacing,
    notifierOf: () => notifier,
    destinationOf: id => {
      const destination = DESTINATIONS.find(one => one.id === id)
      return destination === undefined ? null : { destination, secret: {} }
    },
    rules: () => ({ fallbackAfterMs: MINUTE, giveUpAfterMs: 60 * MINUTE }),
    lastResort: () => null,
    incidentUrl: id => id,
    clock,
    random: () => 0,
    onSettled: () => {},
  })
  const dispatch = createDispatch({
    deliver,
    incidents,
    notifications,
    async enqueue(destination, { notification }, options) {
      queued.push({ destination, notification, ...options })
    },
    log: pino({ level: 'silent' }),
  })
  return { ...dispatch, told, queued, clock }
}
const takes = (): SendResult => ({ outcome: 'sent', reference: null, detail: 'taken' })

/** An incident that owes these, marked as a commit would. */
async function owing(...changes: Partial<Notification>[]) {
  made += 1
  const id = `inc_${made.toString(16).padStart(20, '0')}`
  const owed = changes.map((change, i) => makeNotification({ incident: id, seq: i + 1, ...change }))
  const mark = await incidents.markDirty(id)
  await incidents.commit({ expected: 0, next: makeIncident({ id }), entries: [], owed, signal: null, judgedBy: null })
  return { id, owed, mark }
}
const isDirty = async (id: string) => (await incidents.dirty()).some(one => one.id === id)
const statusesOf = async (id: string) => (await notifications.list(id)).map(one => one.status)

t.test('with a free slot it leaves at once, without the queue, and the mark is taken back', async t => {
  const process = startProcess(takes)
  const { id, owed, mark } = await owing({}, { destination: 'slack-incidents' })
  process.dispatch(id, owed, mark)
  await process.idle()
  t.same(await statusesOf(id), ['sent', 'sent'])
  t.same(process.queued, [])
  t.equal(await isDirty(id), false)
})

t.test('to one destination they leave in order', async t => {
  const process = startProcess(takes)
  const { id, owed, mark } = await owing({}, { kind: 'edit' }, { kind: 'raise' })
  process.dispatch(id, owed, mark)
  await process.idle()
  t.same(
    process.told.map(one => one.kind),
    ['open', 'edit', 'raise'],
  )
})

t.test('without one it waits in its destination’s queue, the most severe first', async t => {
  const process = startProcess(takes, 1)
  const first = await owing({})
  process.dispatch(first.id, first.owed, first.mark)
  await process.idle()
  const { id, owed, mark } = await owing({ severity: 'P0' })
  process.dispatch(id, owed, mark)
  await process.idle()
  t.same(process.queued, [{ destination: PAGE, notification: owed[0]?.id, priority: 1, delayMs: 0 }])
  t.same(await statusesOf(id), ['owed'])
  t.equal(await isDirty(id), true, 'it is marked for as long as it is owed')
  t.match(
    (await Promise.all((['P1', 'P2', 'P3'] as const).map(severity => owing({ severity })))).map(one => {
      process.dispatch(one.id, one.owed, one.mark)
      return one.owed.length
    }),
    [1, 1, 1],
  )
  await process.idle()
  t.same(
    process.queued.map(one => one.priority).toSorted((a, b) => a - b),
    [1, 2, 3, 4],
  )
})

t.test('a failure waits in the queue for as long as its backoff, and its turn sends it', async t => {
  let failing = true
  const process = startProcess(() => (failing ? FAILED : takes()))
  const { id, owed, mark } = await owing({})
  process.dispatch(id, owed, mark)
  await process.idle()
  t.match(process.queued, [{ priority: 3, delayMs: 500 }])
  const item = { incident: id, notification: owed[0]?.id ?? '' }
  t.match(await process.turn(item), { again: 'later' }, 'too early')
  failing = false
  process.clock.wind(SECOND)
  t.same(await process.turn(item), { again: 'no' })
  t.same(await statusesOf(id), ['sent'])
  t.same(await process.turn(item), { again: 'no' }, 'a second turn finds nothing to do')
  t.equal(process.told.length, 2)
})

t.test('what the provider asked to wait for pauses its queue', async t => {
  const process = startProcess(() => ({ ...FAILED, retryAfterMs: 7_000 }))
  const { id, owed } = await owing({})
  const turn = await process.turn({ incident: id, notification: owed[0]?.id ?? '' })
  t.same(turn, { again: 'later', delayMs: 7_000, pauseDestinationMs: 7_000 })
})

t.test('one that cannot be said is told by the fallback at once', async t => {
  const process = startProcess(one => (one.destination === PAGE ? REFUSED : takes()))
  const { id, owed, mark } = await owing({})
  process.dispatch(id, owed, mark)
  await process.idle()
  t.same(
    process.told.map(one => `${one.kind} ${one.destination}`),
    [`open ${PAGE}`, 'fallback slack-incidents'],
  )
  t.same(await statusesOf(id), ['dead', 'sent'])
  t.equal(await isDirty(id), false, 'a dead letter is owed to nobody: a person must act')
})

t.test('a slow destination holds up no other', async t => {
  const slow = Promise.withResolvers<SendResult>()
  const process = startProcess(one => (one.destination === PAGE ? slow.promise : takes()))
  const { id, owed, mark } = await owing({}, { destination: 'slack-incidents' })
  process.dispatch(id, owed, mark)
  await until(async () => (await notifications.list(id)).some(one => one.status === 'sent'))
  t.same(await statusesOf(id), ['sending', 'sent'])
  slow.resolve(takes())
  await process.idle()
  t.same(await statusesOf(id), ['sent', 'sent'])
})

t.test('what a crash left owed is found by the sweep of the next process, and no longer when it is sent', async t => {
  await redis.flushall()
  const { id, owed } = await owing({})
  const process = startProcess(takes)
  t.equal(await process.sweep(), 1)
  t.match(process.queued, [{ destination: PAGE, notification: owed[0]?.id }])
  t.same(await process.turn({ incident: id, notification: owed[0]?.id ?? '' }), { again: 'no' })
  t.equal(await process.sweep(), 0)
  t.equal(await process.sweep(), 0)
  t.equal(await isDirty(id), false)
})

t.test('the sweep leaves alone what is in hand', async t => {
  await redis.flushall()
  const slow = Promise.withResolvers<SendResult>()
  const process = startProcess(() => slow.promise)
  const { id, owed, mark } = await owing({})
  process.dispatch(id, owed, mark)
  t.equal(await process.sweep(), 0)
  t.same(process.queued, [])
  slow.resolve(takes())
  await process.idle()
  t.same(await statusesOf(id), ['sent'])
})

t.test('a mark whose commit may still come is not taken back', async t => {
  await redis.flushall()
  const process = startProcess(takes)
  const mark = await incidents.markDirty('inc_soon')
  await process.sweep()
  t.same(await incidents.dirty(), [{ id: 'inc_soon', mark }])
  await process.sweep()
  t.same(await incidents.dirty(), [], 'one that was there at two sweeps has no commit to come')
})

t.test('what waits in a queue is not queued again by every sweep', async t => {
  await redis.flushall()
  const process = startProcess(takes, 1)
  const all = await Promise.all(Array.from({ length: 5 }, () => owing({})))
  for (const { id, owed, mark } of all) process.dispatch(id, owed, mark)
  await process.idle()
  t.equal(process.queued.length, 4)
  for (let i = 0; i < 5; i++) await process.sweep()
  t.equal(process.queued.length, 4)
})

t.test('a second turn of what has been sent costs its destination no slot', async t => {
  const process = startProcess(takes, 2)
  const sent = await owing({})
  process.dispatch(sent.id, sent.owed, sent.mark)
  await process.idle()
  for (let i = 0; i < 3; i++) await process.turn({ incident: sent.id, notification: sent.owed[0]?.id ?? '' })
  const next = await owing({})
  process.dispatch(next.id, next.owed, next.mark)
  await process.idle()
  t.same(await statusesOf(next.id), ['sent'])
})

t.test('what nobody knows has no turn', async t => {
  const process = startProcess(takes)
  t.same(await process.turn({ incident: 'inc_unknown', notification: 'n-unknown' }), { again: 'no' })
})
