import t from 'tap'
import { alertNow, MINUTE } from '../support/one-issue.ts'
import { paged, settled, startTwoWays } from '../support/two-ways.ts'
import { until } from '../support/until.ts'
import { SECRETS, startWorld, type World } from '../support/world.ts'

const acknowledge = (world: World, id: string) => world.api('POST', `/incidents/${id}/acknowledge`, {})
const log = (world: World) => world.pagerduty.alerts.flatMap(alert => alert.log.map(({ action }) => action))

t.test('acknowledged over REST: PagerDuty hears of it, and its echo changes nothing', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id } = await paged(world)
  t.equal((await acknowledge(world, id)).status, 200)
  await until(() => world.pagerduty.openAlerts()[0]?.status === 'acknowledged')
  await settled(world)
  t.same(log(world), ['trigger', 'acknowledge'])
  t.equal((await world.timeline(id)).filter(({ what }) => what === 'acknowledged').length, 1)
})

t.test('while PagerDuty is away neither goes out; then the page first', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  world.pagerduty.fail({ kind: 'status', status: 500 })
  const { incident } = await world.tell(
    'event_alert',
    alertNow(world, {
      tags: { data_loss: 'true' },
    }),
  )
  await until(async () => (await world.notifications(incident ?? '')).some(({ attempts }) => attempts > 0))
  await acknowledge(world, incident ?? '')
  world.pagerduty.heal()
  for (let n = 0; n < 5; n++) await world.wind(MINUTE)
  await until(() => world.pagerduty.openAlerts()[0]?.status === 'acknowledged')
  t.equal(log(world)[0], 'trigger')
})

t.test('an acknowledgement that PagerDuty lost is told again', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  await acknowledge(world, id)
  await until(() => world.pagerduty.openAlerts()[0]?.status === 'acknowledged')
  await settled(world)
  // As if it had never arrived.
  there.status = 'triggered'
  there.acknowledgements = []
  await world.wind(4 * MINUTE)
  await until(() => log(world).filter(action => action === 'acknowledge').length === 2)
  t.equal((await world.incident(id)).status, 'acknowledged')
})

t.test('without a webhook secret the door does not exist; with one a forgery is refused', async t => {
  const shut = await startWorld()
  t.teardown(shut.stop)
  const to = (world: World) => `${world.url()}/webhooks/pagerduty`
  t.equal((await fetch(to(shut), { method: 'POST', body: '{}' })).status, 404)
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  world.pagerduty.webhooks.subscribe({ url: to(world), secrets: [SECRETS.client] })
  world.pagerduty.incidents.resolve(there.id)
  await settled(world)
  t.equal(world.pagerduty.webhooks.all.at(-1)?.status, 401)
  t.equal((await world.incident(id)).status, 'triggered')
})
