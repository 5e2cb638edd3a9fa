import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

interface Sent {
  event_action: string
  dedup_key: string
  payload?: { custom_details?: { storm?: string; suspects?: string[] } }
}

/** The same payment error in one project after the other: projects that do not speak for each other. */
async function failingPayments(world: World, from: number, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let n = from; n < from + count; n++) {
    const [issue, project] = [`78000000${String(n).padStart(2, '0')}`, `shop-${n}`]
    world.sentry.world.issues[issue] = {
      ...{ users: 12, events: 20, recentUsers: 9, recentEvents: 9, project, substatus: 'new' },
      firstSeen: world.clock.now() - 60_000,
    }
    const payload = eventPayload({
      ...{ now: world.clock.now(), issue, project, transaction: 'POST /checkout/pay' },
      ...{ errorClass: 'PaymentProcessingError', handled: false },
    })
    const { incident, severity } = await world.tell('event_alert', eventAlert(payload, 'Payments'))
    if (severity !== 'P0') throw new Error(`issue ${issue} is ${severity}`)
    ids.push(incident ?? '')
  }
  await world.service().settled()
  return ids
}

const sentTo = (world: World, dedupKey: string): Sent[] =>
  world.pagerduty.requests.map(({ body }) => body as Sent).filter(({ dedup_key }) => dedup_key === dedupKey)

async function updated(world: World, dedupKey: string, members: number): Promise<void> {
  await until(async () => {
    await world.wind(11_000)
    return sentTo(world, dedupKey).at(-1)?.payload?.custom_details?.storm?.includes(`${members} more`) === true
  })
}

t.test(
  'from the fifth page on nobody else is paged: the first page lists the others, and wakes nobody anew',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    const ids = await failingPayments(world, 0, 6)
    await until(async () => (await world.incidents()).some(({ storm }) => storm?.members === 5))
    t.equal(world.pagerduty.alerts.length, 4, 'it was no storm until the fifth')
    const speaker = (await world.incidents()).find(({ storm }) => storm !== null)
    t.equal(speaker?.id, ids[0])
    const key = world.pagerduty.alerts[0]?.dedupKey ?? ''
    await updated(world, key, 5)
    t.equal(sentTo(world, key).at(-1)?.payload?.custom_details?.suspects?.length, 5)

    await failingPayments(world, 6, 3)
    await updated(world, key, 8)
    t.equal(world.pagerduty.alerts.length, 4, 'one alert each, however often it is told more')
    t.equal(world.pagerduty.incidents.of(key).status, 'triggered')
    const news = sentTo(world, key).length
    t.ok(news <= 4, `what came together is told together: ${news} times`)

    await world.api('POST', `/incidents/${ids[0]}/resolve`)
    await until(() => !world.pagerduty.openAlerts().some(({ dedupKey }) => dedupKey === key))
    for (let i = 0; i < 3; i++) await world.wind(11_000)
    t.equal(sentTo(world, key).at(-1)?.event_action, 'resolve', 'what is over is told no more')
  },
)
