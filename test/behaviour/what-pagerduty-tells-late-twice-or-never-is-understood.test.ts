import t from 'tap'
import { windAndSettle } from '../support/escalating.ts'
import { lifecycle, MINUTE } from '../support/one-issue.ts'
import { paged, settled, startTwoWays } from '../support/two-ways.ts'
import { until } from '../support/until.ts'
import type { World } from '../support/world.ts'

const post = async (world: World, index: number) => {
  const webhook = world.pagerduty.webhooks.all.at(index)
  if (webhook === undefined) throw new Error(`no webhook ${index}`)
  const answer = await world.pagerduty.webhooks.post(webhook)
  await world.service().settled()
  return answer
}

t.test('webhooks in the wrong order and several times leave what was said last', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  world.pagerduty.webhooks.hold(true)
  const { id, there } = await paged(world)
  const { incidents } = world.pagerduty
  for (const act of [() => incidents.acknowledge(there.id), () => incidents.unacknowledge(there.id)]) {
    world.clock.wind(1_000)
    act()
  }
  // triggered, acknowledged, unacknowledged: the last comes first, before it is known of whom it speaks.
  for (const index of [2, 1, 0, 1, 2, 1]) t.equal(await post(world, index), 202)
  t.equal((await world.incident(id)).status, 'triggered')
  const changes = (await world.timeline(id)).filter(({ what }) => what === 'acknowledged')
  t.ok(changes.length <= 1)

  world.clock.wind(1_000)
  incidents.acknowledge(there.id)
  await post(world, 3)
  t.equal((await world.incident(id)).status, 'acknowledged')
  await post(world, 3)
  await post(world, 2)
  t.equal((await world.incident(id)).status, 'acknowledged')
})

t.test('what was said before its incident was known counts once it is', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  world.pagerduty.webhooks.hold(true)
  const { id, there } = await paged(world)
  world.clock.wind(1_000)
  world.pagerduty.incidents.acknowledge(there.id)
  await post(world, 1)
  t.equal((await world.incident(id)).status, 'triggered')
  await post(world, 0)
  t.equal((await world.incident(id)).status, 'acknowledged')
})

t.test('merged there: nothing is resolved here, and ours follows the incident it was merged into', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  const { incidents } = world.pagerduty
  const other = incidents.open({
    ...(there.alerts[0] as (typeof there.alerts)[number]),
    dedupKey: 'of-another-monitor',
  })
  incidents.merge(there.id, other.id)
  await settled(world)
  t.equal((await world.incident(id)).status, 'triggered', 'a merge is no word that it is over')
  incidents.acknowledge(other.id)
  await until(async () => (await world.incident(id)).status === 'acknowledged')
})

t.test('closed there by a timer: it stays open here, and says so', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  world.pagerduty.incidents.resolve(there.id, null)
  await settled(world)
  t.equal((await world.incident(id)).status, 'triggered')
  t.ok((await world.timeline(id)).some(({ reason }) => /PagerDuty closed its incident by itself/.test(reason)))
})

t.test('a lost webhook is found by asking: acknowledged, resolved', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  world.pagerduty.webhooks.hold(true)
  const { id, there } = await paged(world)
  await world.wind(4 * MINUTE)
  t.equal((await world.incident(id)).status, 'triggered', 'both agree')
  world.pagerduty.incidents.acknowledge(there.id)
  await world.wind(4 * MINUTE)
  await until(async () => (await world.incident(id)).status === 'acknowledged')
  t.match(await world.incident(id), { acknowledgedBy: { via: 'pagerduty', name: 'Ada Lovelace' } })
  world.pagerduty.incidents.resolve(there.id)
  await world.wind(4 * MINUTE)
  await until(async () => (await world.incident(id)).status === 'resolved')
  const metrics = await (await fetch(`${world.url()}/metrics`)).text()
  t.match(metrics, /tocsin_sweep_repairs_total\{what="pagerduty-acknowledged"\} 1/)
})

t.test('what PagerDuty did not keep of what it was told is told again', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  world.pagerduty.incidents.acknowledge(there.id)
  await until(async () => (await world.incident(id)).status === 'acknowledged')
  world.pagerduty.incidents.resolve(there.id)
  await until(async () => (await world.incident(id)).status === 'resolved')
  await settled(world)
  world.clock.wind(2 * MINUTE)
  // As if the resolve had been lost on the other side.
  world.pagerduty.webhooks.hold(true)
  const alert = there.alerts[0]
  if (alert !== undefined) {
    await fetch(`${world.pagerduty.url}/v2/enqueue`, { method: 'POST', body: JSON.stringify(alert.event) })
  }
  t.equal(world.pagerduty.openAlerts().length, 1)
  await world.wind(4 * MINUTE)
  await until(() => world.pagerduty.openAlerts().length === 0)
  t.ok((await world.timeline(id)).some(({ what }) => what === 'synced'))
})

t.test('the page before the one that goes on is closed there, even when PagerDuty lost that word', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  const { id } = await paged(world)
  const alert = world.pagerduty.alerts[0]
  for (let n = 0; n < 4 && (await world.incident(id)).generation === 1; n += 1)
    await windAndSettle(world, id, 16 * MINUTE)
  await settled(world)
  world.clock.wind(2 * MINUTE)
  world.pagerduty.webhooks.hold(true)
  // As if the resolve of the first had been lost on the other side.
  await fetch(`${world.pagerduty.url}/v2/enqueue`, { method: 'POST', body: JSON.stringify(alert?.event) })
  t.equal(world.pagerduty.openAlerts().length, 2)
  await world.wind(4 * MINUTE)
  await until(() => world.pagerduty.openAlerts().length === 1)
  t.not(world.pagerduty.openAlerts()[0]?.dedupKey, alert?.dedupKey)
  t.equal((await world.incident(id)).status, 'triggered')
})

t.test('told long after: reopened there and acknowledged since, in that order', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  const { incidents, webhooks } = world.pagerduty
  world.clock.wind(1_000)
  incidents.resolve(there.id)
  await until(async () => (await world.incident(id)).status === 'resolved')
  await settled(world)
  webhooks.hold(true)
  world.clock.wind(2 * MINUTE)
  incidents.reopen(there.id)
  world.clock.wind(10_000)
  incidents.acknowledge(there.id)
  world.clock.wind(60 * MINUTE)
  await post(world, -2)
  t.equal((await world.incident(id)).status, 'triggered')
  await post(world, -1)
  await until(async () => (await world.incident(id)).status === 'acknowledged')
})

t.test('an answer from before it was reopened answers for nothing now', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  const { incidents, webhooks } = world.pagerduty
  webhooks.hold(true)
  world.clock.wind(1_000)
  incidents.acknowledge(there.id)
  world.clock.wind(MINUTE)
  await world.tell('issue', lifecycle(world, 'resolved', { status: 'resolved' }))
  await until(() => world.pagerduty.openAlerts().length === 0)
  world.clock.wind(5 * MINUTE)
  await world.tell('issue', lifecycle(world, 'unresolved'))
  await until(() => world.pagerduty.openAlerts().length === 1)
  const late = webhooks.all.findIndex(({ type }) => type === 'incident.acknowledged')
  for (const index of [0, late]) await post(world, index)
  t.equal((await world.incident(id)).status, 'triggered')
})
