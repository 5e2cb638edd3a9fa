import t from 'tap'
import { CLOSED } from '../../src/deliver/circuit.ts'
import { createCircuitStore } from '../../src/deliver/circuit-store.ts'
import { createDelivery, type DeliverDeps } from '../../src/deliver/deliver-notification.ts'
import { type Destination, destinationSchema } from '../../src/deliver/destination.ts'
import type { Notification } from '../../src/deliver/notification.ts'
import { createNotificationStore } from '../../src/deliver/notification-store.ts'
import type { Message, Notifier, SendResult } from '../../src/deliver/notifier.ts'
import { createPacingStore } from '../../src/deliver/pacing-store.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { createIncidentStore } from '../../src/incidents/incident-store.ts'
import { createPagerdutyNotifier } from '../../src/pagerduty/notifier.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { startPagerdutyStandIn } from '../../src/sandbox/pagerduty-stand-in.ts'
import { MINUTE, makeIncident, makeNotification, SECOND, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

const server = await startTestRedis()
t.teardown(() => server.stop())
const redis = server.client()
const incidents = createIncidentStore(redis)
const notifications = createNotificationStore(redis)
const pacing = createPacingStore(redis)

const PAGE = destinationSchema.parse({
  id: 'pagerduty-oncall',
  name: 'On call',
  kind: 'pagerduty',
  fallback: 'slack-incidents',
})
const POST = destinationSchema.parse({ id: 'slack-incidents', name: 'Incidents', kind: 'slack', channel: '#incidents' })
const SENT: SendResult = { outcome: 'sent', reference: null, detail: 'taken' }
const FAILED: SendResult = {
  outcome: 'retry',
  code: 'http_500',
  message: 'it answered 500',
  retryAfterMs: null,
  ambiguous: false,
}

let made = 0
/** One place of its own pace, and what it was told; `answers` are given in turn, then `sent`. */
function startPlace(options: { pages?: boolean; burst?: number; intervalMs?: number; answers?: SendResult[] } = {}) {
  made += 1
  const key = `place-${made}`
  const told: Message[] = []
  const answers = [...(options.answers ?? [])]
  const notifier: Notifier = {
    kind: 'pagerduty',
    pages: options.pages ?? true,
    async send(message) {
      told.push(message)
      return answers.shift() ?? SENT
    },
    pacing: () => ({ key, intervalMs: options.intervalMs ?? 1, burst: options.burst ?? 100 }),
    async close() {},
  }
  const clock = woundClock({ now: () => START })
  const settled: Notification[] = []
  const deps: DeliverDeps = {
    incidents,
    notifications,
    pacing,
    notifierOf: () => notifier,
    destinationOf: id => {
      const destination: Destination | undefined = [PAGE, POST].find(one => one.id === id)
      return destination === undefined ? null : { destination, secret: {} }
    },
    rules: () => ({ fallbackAfterMs: MINUTE, giveUpAfterMs: 60 * MINUTE }),
    lastResort: () => null,
    incidentUrl: id => `https://tocsin.example/incidents/${id}`,
    clock,
    random: () => 0,
    onSettled: notification => void settled.push(notification),
  }
  return { deliver: createDelivery(deps), deps, told, clock, settled }
}

/** An open incident with these notifications owed, in order. */
async function owed(change: Partial<Incident> = {}, ...changes: Partial<Notification>[]) {
  made += 1
  const incident = makeIncident({
    id: `inc_${made.toString(16).padStart(20, '0')}`,
    key: `v1:issue:default:${made}`,
    ...change,
  })
  await incidents.commit({ expected: 0, next: incident, entries: [], owed: [], signal: null, judgedBy: null })
  const all = (changes.length === 0 ? [{}] : changes).map((one, i) =>
    makeNotification({ incident: incident.id, seq: i + 1, ...one }),
  )
  for (const one of all) await notifications.put(one)
  const [first, second = first, third = first] = all
  if (first === undefined || second === undefined || third === undefined) throw new Error('nothing is owed')
  return { incident, first, second, third }
}
const stateOf = (one: Notification) => notifications.read(one.incident, one.id)

t.test('what is owed is sent once, with the incident as it is now, and written down', async t => {
  const place = startPlace()
  const { incident, first } = await owed({ severity: 'P0' })
  t.same(await place.deliver(first, 'now'), { done: true, owed: [] })
  t.equal(place.told.length, 1)
  t.match(place.told[0], {
    incident: { id: incident.id, severity: 'P0' },
    notification: { id: first.id, status: 'sending', attempts: 1 },
    incidentUrl: `https://tocsin.example/incidents/${incident.id}`,
    reference: null,
    now: START,
  })
  t.match(await stateOf(first), { status: 'sent', settledAt: START })
  t.match(await incidents.timeline(incident.id, 0, 10), [{ what: 'notified', notification: first.id }])
  t.match(place.settled, [{ id: first.id, status: 'sent' }])
  t.same(await place.deliver(first, 'now'), { done: true, owed: [] })
  t.equal(place.told.length, 1, 'it is not said twice')
})

t.test('of many senders at once one sends', async t => {
  const place = startPlace()
  const { first } = await owed()
  await Promise.all(Array.from({ length: 10 }, () => place.deliver(first, 'now')))
  t.equal(place.told.length, 1)
})

t.test('without a free slot nothing is sent, and the notification stays owed', async t => {
  const place = startPlace({ burst: 1, intervalMs: 1_000 })
  const one = await owed()
  const two = await owed()
  t.match(await place.deliver(one.first, 'now'), { done: true })
  t.equal(await place.deliver(two.first, 'now'), 'no-slot')
  t.match(await stateOf(two.first), { status: 'owed', attempts: 0 })
  place.clock.wind(SECOND)
  t.match(await place.deliver(two.first, 'now'), { done: true })
})

t.test('with time to wait, the next slot is waited for', async t => {
  const place = startPlace({ burst: 1, intervalMs: 20 })
  const all = await Promise.all([owed(), owed(), owed()])
  for (const { first } of all) t.match(await place.deliver(first, 'wait'), { done: true })
  t.equal(place.told.length, 3)
})

t.test('a failure is owed again after a wait, and what the provider asked for pauses its destination', async t => {
  const place = startPlace({ answers: [FAILED, { ...FAILED, retryAfterMs: 7_000 }] })
  const { incident, first } = await owed()
  t.same(await place.deliver(first, 'now'), { done: false, delayMs: 500, pauseMs: null, owed: [] })
  t.match(await stateOf(first), { status: 'owed', attempts: 1, notBefore: START + 500, error: { code: 'http_500' } })
  t.same(await place.deliver(first, 'now'), { done: false, delayMs: 500, pauseMs: null, owed: [] }, 'too early')
  t.equal(place.told.length, 1)
  place.clock.wind(500)
  t.same(await place.deliver(first, 'now'), { done: false, delayMs: 7_000, pauseMs: 7_000, owed: [] })
  place.clock.wind(7_000)
  t.same(await place.deliver(first, 'now'), { done: true, owed: [] })
  const what = (await incidents.timeline(incident.id, 0, 10)).map(line => line.what)
  t.same(what, ['delivery-failed', 'notified'])
})

t.test('for good: a dead letter, and the fallback is owed and handed back', async t => {
  const place = startPlace({ answers: [{ outcome: 'permanent', code: 'bad_key', message: 'unknown key' }] })
  const { first } = await owed()
  const delivered = await place.deliver(first, 'now')
  t.match(delivered, { done: true, owed: [{ kind: 'fallback', destination: 'slack-incidents', instead: first.id }] })
  t.match(await stateOf(first), { status: 'dead' })
  t.ok((await notifications.recent(true, 0, 100)).includes(first.id))
  const fallback = (await notifications.list(first.incident)).find(one => one.kind === 'fallback')
  if (fallback === undefined) return t.fail('it was not kept')
  t.match(await place.deliver(fallback, 'now'), { done: true })
  t.equal(place.told.at(-1)?.destination.id, 'slack-incidents')
})

t.test('a destination that does not exist is a dead letter that says what to do', async t => {
  const place = startPlace()
  const { first } = await owed({}, { destination: 'gone' })
  t.same(await place.deliver(first, 'now'), { done: true, owed: [] })
  t.match(await stateOf(first), {
    status: 'dead',
    error: { code: 'UNKNOWN_DESTINATION', message: /"gone".*create it/ },
  })
  t.equal(place.told.length, 0)
})

t.test('a page that would overtake its own resolve is dropped, a post of it is not', async t => {
  const over = { status: 'resolved', resolvedAt: START } as const
  for (const change of [over, { generation: 2 }]) {
    const place = startPlace({ pages: true })
    const { first } = await owed(change)
    await place.deliver(first, 'now')
    t.equal(place.told.length, 0)
    t.match(await stateOf(first), { status: 'dropped' })
  }
  const place = startPlace({ pages: false })
  const { first } = await owed(over, { destination: 'slack-incidents' })
  await place.deliver(first, 'now')
  t.equal(place.told.length, 1)
})

t.test('follow-ups are given what was sent before in this generation at that place', async t => {
  const place = startPlace({ pages: false })
  const reference = (ts: string) => ({ provider: 'slack', channel: 'C1', ts }) as const
  const destination = 'slack-incidents'
  const { first } = await owed({ generation: 2 }, { kind: 'edit', destination, generation: 2, seq: 9 })
  const before = (seq: number, change: Partial<Notification>) =>
    notifications.put(
      makeNotification({ incident: first.incident, seq, status: 'sent', destination, generation: 2, ...change }),
    )
  await before(1, { generation: 1, reference: reference('1') })
  await before(2, { reference: reference('2') })
  await before(3, { destination: 'slack-alerts', reference: reference('3') })
  await before(4, { kind: 'raise', reference: reference('4') })
  await place.deliver(first, 'now')
  t.match(place.told[0], { reference: reference('4'), references: [reference('2'), reference('4')] })
})

t.test('an incident that is gone is told of no more; a test by hand needs none', async t => {
  const place = startPlace()
  const gone = makeNotification({ incident: `inc_${'f'.repeat(20)}` })
  await notifications.put(gone)
  await place.deliver(gone, 'now')
  t.match(await stateOf(gone), { status: 'dropped' })
  const test = makeNotification({ incident: 'test', kind: 'test' })
  await notifications.put(test)
  await place.deliver(test, 'now')
  t.match(place.told, [{ incident: null, incidentUrl: null }])
  t.match(await stateOf(test), { status: 'sent' })
})

t.test(
  'at PagerDuty: it fails, then takes the page and hangs up; one alert is open, and the resolve closes it',
  async t => {
    const pagerduty = await startPagerdutyStandIn()
    const notifier = createPagerdutyNotifier({ timeoutMs: 2_000 })
    t.teardown(async () => {
      await notifier.close()
      await pagerduty.close()
    })
    const destination = destinationSchema.parse({ ...PAGE, url: pagerduty.url })
    const place = startPlace()
    const deliver = createDelivery({
      ...place.deps,
      notifierOf: () => notifier,
      destinationOf: () => ({ destination, secret: { routingKey: 'R'.repeat(32) } }),
    })
    const { incident, first, second } = await owed({ severity: 'P0' }, {}, { kind: 'resolve' })
    pagerduty.fail({ kind: 'status', status: 500 })
    t.match(await deliver(first, 'now'), { done: false })
    t.equal(pagerduty.openAlerts().length, 0)
    pagerduty.fail({ kind: 'accept-then-reset' })
    place.clock.wind(MINUTE)
    t.match(await deliver(first, 'now'), { done: false })
    t.match(await stateOf(first), { status: 'owed', ambiguous: true })
    pagerduty.heal()
    place.clock.wind(MINUTE)
    t.match(await deliver(first, 'now'), { done: true })
    t.match(await stateOf(first), { status: 'sent', attempts: 3, ambiguous: false })
    t.equal(pagerduty.openAlerts().length, 1)
    const resolved: Incident = { ...incident, rev: incident.rev + 1, status: 'resolved', resolvedAt: START + MINUTE }
    await incidents.commit({
      expected: incident.rev,
      next: resolved,
      entries: [],
      owed: [],
      signal: null,
      judgedBy: null,
    })
    t.match(await deliver(second, 'now'), { done: true })
    t.equal(pagerduty.openAlerts().length, 0)
    t.equal(pagerduty.alerts.length, 1)
  },
)

t.test('a page that may have arrived before a crash is closed when its incident is over', async t => {
  const place = startPlace()
  const { first } = await owed({ status: 'resolved', resolvedAt: START })
  await notifications.claim(first.incident, first.id, START, SECOND)
  place.clock.wind(SECOND)
  await place.deliver(first, 'now')
  t.match(place.told, [{ notification: { ambiguous: true } }], 'the notifier is asked: it alone can find out')
})

t.test(
  'what waits to be posted is dropped when a storm has come to speak for it; its backlog entry is not',
  async t => {
    const quiet = { speaker: 'inc_s', reason: 'a storm', since: START, holds: 'everything' } as const
    const place = startPlace({ pages: false })
    const { first } = await owed({ quiet }, { destination: 'slack-incidents' })
    await place.deliver(first, 'now')
    t.equal(place.told.length, 0)
    t.match(await stateOf(first), { status: 'dropped', reason: /inc_s speaks for it/ })
    const perhaps = await owed({ quiet }, { destination: 'slack-incidents', ambiguous: true })
    await place.deliver(perhaps.first, 'now')
    t.equal(place.told.length, 1, 'what may have arrived already is looked up all the same')
  },
)

t.test('a step that would page somebody for what is answered by now is dropped', async t => {
  const place = startPlace()
  const { first } = await owed({ status: 'acknowledged' }, { kind: 'step' })
  await place.deliver(first, 'now')
  t.equal(place.told.length, 0)
  t.match(await stateOf(first), { status: 'dropped', reason: 'acknowledged before it was sent' })
  const { first: instead } = await owed({ status: 'acknowledged' }, { kind: 'fallback' })
  await place.deliver(instead, 'now')
  t.match(await stateOf(instead), { status: 'dropped' }, 'nor is another paged in place of who was never reached')
  t.equal(place.told.length, 0)
})

t.test(
  'a destination that fails for long: nothing is sent there, its fallback is owed at once; a test is tried',
  async t => {
    const circuits = createCircuitStore(redis)
    const place = startPlace()
    const turned: string[] = []
    const deliver = createDelivery({
      ...place.deps,
      circuits,
      onCircuit: (destination, what) => void turned.push(`${destination} ${what}`),
    })
    for (let i = 0; i < 5; i++) await circuits.failed(PAGE.id, 'it answered 500', START - 130_000 + i * 30_000)
    const { first } = await owed({ severity: 'P0' })
    const delivered = await deliver(first, 'now')
    t.match(delivered, { done: false, pauseMs: null, owed: [{ kind: 'fallback', destination: POST.id }] })
    t.equal(place.told.length, 0)
    t.match(await stateOf(first), { status: 'owed', fellBack: true, error: { code: 'circuit-open' } })

    const test = makeNotification({ kind: 'test', incident: 'test' })
    await notifications.put(test)
    await deliver(test, 'now')
    t.equal(place.told.length, 1, 'a person finds out that it works again')
    t.same(turned, [`${PAGE.id} closed`])
    place.clock.wind(2 * MINUTE)
    const again = await stateOf(first)
    if (again !== null) await deliver(again, 'wait')
    t.match(await stateOf(first), { status: 'sent' })
  },
)

t.test('while a destination fails, who must wait for an earlier one does not take its try', async t => {
  const circuits = createCircuitStore(redis)
  const place = startPlace({ pages: false })
  const id = `slack-failing-${made}`
  const destination = { ...POST, id }
  const deliver = createDelivery({ ...place.deps, circuits, destinationOf: () => ({ destination, secret: {} }) })
  // Perhaps it was posted: the resolve waits until that is known.
  const open = { kind: 'open' as const, destination: id, ambiguous: true }
  const { first, second } = await owed({ status: 'resolved', resolvedAt: START }, open, {
    kind: 'resolve',
    destination: id,
  })
  for (let i = 0; i < 5; i++) await circuits.failed(id, 'it answered 500', START + i * MINUTE)
  place.clock.wind(5 * MINUTE)
  t.match(await deliver(second, 'wait'), { done: false })
  t.equal(place.told.length, 0)
  t.match(await deliver(first, 'wait'), { done: true })
  t.equal(place.told.length, 1, 'the earlier one is tried')
  t.equal(circuits.view(id).openedAt, null)
})

t.test('what is refused because of what it says does not make its destination a failing one', async t => {
  const circuits = createCircuitStore(redis)
  const refused: SendResult = { outcome: 'permanent', code: 'not_theirs', message: 'not for them', ofItsOwn: true }
  const place = startPlace({ answers: Array.from({ length: 6 }, () => refused) })
  const id = `picky-${made}`
  const destination = { ...PAGE, id }
  const deliver = createDelivery({ ...place.deps, circuits, destinationOf: () => ({ destination, secret: {} }) })
  for (let i = 0; i < 6; i++) {
    const { first } = await owed({}, { destination: id })
    await deliver(first, 'now')
    place.clock.wind(MINUTE)
  }
  t.equal(place.told.length, 6)
  t.same(circuits.view(id), CLOSED)
})

t.test('what was to be written to a source that was removed says so', async t => {
  const place = startPlace()
  const write = { kind: 'resolve' as const, release: null }
  const { first } = await owed({}, { kind: 'write', write, destination: 'sentry-mobile' })
  const deliver = createDelivery({ ...place.deps, destinationOf: () => null, lastResort: () => 'slack-incidents' })
  t.same(await deliver(first, 'now'), { done: true, owed: [] })
  t.match(await stateOf(first), { status: 'dead', error: { message: /source "mobile" does not exist.*retry/ } })
})

t.test('a resolve or an edit that must wait for an earlier one takes no slot from others', async t => {
  const place = startPlace({ pages: false, burst: 1, intervalMs: 60_000 })
  const later = { notBefore: START + MINUTE, destination: POST.id }
  const over = { status: 'resolved', resolvedAt: START } as const
  const maybe = await owed(over, { ...later, ambiguous: true }, { kind: 'resolve', destination: POST.id })
  t.match(await place.deliver(maybe.second, 'wait'), { done: false })
  const posts = await owed({}, { ...later, kind: 'edit' }, { kind: 'edit', generation: 2, destination: POST.id })
  t.match(await place.deliver(posts.second, 'wait'), { done: false })
  t.equal(place.told.length, 0)
  const other = await owed({}, { destination: POST.id })
  t.match(await place.deliver(other.first, 'now'), { done: true }, 'the slot is free')
})
