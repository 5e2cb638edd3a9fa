import t from 'tap'
import { alertNow, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { openP0, paged, settled, startTwoWays, triggers } from '../support/two-ways.ts'
import { until } from '../support/until.ts'
import type { World } from '../support/world.ts'

/** PagerDuty answers the next event as if it had taken it, and keeps nothing. */
const loseNext = (world: World, times = 1) =>
  world.pagerduty.fail({ kind: 'status', status: 202, body: '{"status":"success","message":"Event processed"}' }, times)

t.test('accepted and never seen again: it is sent again under its key, and only once', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  loseNext(world)
  const id = await openP0(world)
  await until(async () =>
    (await world.notifications(id)).some(one => one.destination === 'pagerduty-oncall' && one.status === 'sent'),
  )
  t.same(world.pagerduty.alerts, [])
  await world.wind(4 * MINUTE)
  await until(() => world.pagerduty.openAlerts().length === 1)
  await settled(world)
  t.ok((await world.timeline(id)).some(({ what }) => what === 'notified'))
  const sent = triggers(world)
  await world.wind(4 * MINUTE)
  await settled(world)
  t.equal(triggers(world), sent, 'it is there now')
  const [alert] = world.pagerduty.alerts
  world.pagerduty.incidents.acknowledge(world.pagerduty.incidents.of(alert?.dedupKey ?? '').id)
  await until(async () => (await world.incident(id)).status === 'acknowledged')
})

t.test('not to be found again: people are told so once, and it is not sent for ever', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  world.pagerduty.webhooks.hold(true)
  const id = await openP0(world)
  await until(() => world.pagerduty.openAlerts().length === 1)
  await settled(world)
  // As a token sees it that may not see the service.
  world.pagerduty.incidents.clear()
  for (let n = 0; n < 3; n++) {
    await world.wind(4 * MINUTE)
    await settled(world)
  }
  t.equal(triggers(world), 2)
  t.equal(world.pagerduty.alerts.length, 1, 'what was there all along is paged once')
  const said = (await world.timeline(id)).filter(({ reason }) => /what PAGERDUTY_API_TOKEN may see/.test(reason))
  t.match(said, [{ what: 'delivery-failed' }])
})

t.test('resolved there by somebody, its webhook lost: resolved here, and nobody is paged again', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  world.pagerduty.webhooks.hold(true)
  world.clock.wind(MINUTE)
  world.pagerduty.incidents.resolve(there.id)
  await world.wind(4 * MINUTE)
  await until(async () => (await world.incident(id)).status === 'resolved')
  await settled(world)
  t.equal(triggers(world), 1)
})

t.test('PagerDuty knew of it once and shows it no more: it is not paged again', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  await paged(world)
  world.pagerduty.incidents.clear()
  await world.wind(4 * MINUTE)
  await settled(world)
  t.equal(triggers(world), 1)
})

t.test('somebody answers for it here: what PagerDuty lost is not sent again', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  loseNext(world)
  const id = await openP0(world)
  await until(async () =>
    (await world.notifications(id)).some(one => one.destination === 'pagerduty-oncall' && one.status === 'sent'),
  )
  await world.api('POST', `/incidents/${id}/acknowledge`, {})
  await world.wind(4 * MINUTE)
  await settled(world)
  t.same(world.pagerduty.alerts, [])
})

t.test('reopened soon, and that page lost: the word of before does not end it, and it is sent again', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  world.clock.wind(MINUTE)
  world.pagerduty.incidents.resolve(there.id)
  await until(async () => (await world.incident(id)).status === 'resolved')
  await settled(world)
  world.clock.wind(5 * MINUTE)
  loseNext(world)
  await world.tell('issue', lifecycle(world, 'unresolved'))
  await until(async () => (await world.incident(id)).status === 'triggered')
  await until(() => triggers(world) === 2)
  await settled(world)
  t.same(world.pagerduty.openAlerts(), [])
  await world.wind(4 * MINUTE)
  await until(() => world.pagerduty.openAlerts().length === 1)
  t.equal((await world.incident(id)).status, 'triggered')
})

t.test('reopened soon, and its policy pages only later: nobody is paged before', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  numbers(world, 320)
  const { incident } = await world.tell('event_alert', alertNow(world))
  const id = incident ?? ''
  await world.api('POST', `/incidents/${id}/escalate`, {})
  await until(() => world.pagerduty.openAlerts().length === 1)
  await settled(world)
  world.clock.wind(MINUTE)
  world.pagerduty.incidents.resolve(world.pagerduty.incidents.all[0]?.id ?? '')
  await until(async () => (await world.incident(id)).status === 'resolved')
  await settled(world)
  world.clock.wind(5 * MINUTE)
  await world.tell('issue', lifecycle(world, 'unresolved'))
  await until(async () => (await world.incident(id)).status === 'triggered')
  await settled(world)
  for (let n = 0; n < 3; n += 1) await world.wind(4 * MINUTE)
  await settled(world)
  t.equal((await world.incident(id)).status, 'triggered')
  t.equal(triggers(world), 1)
})
