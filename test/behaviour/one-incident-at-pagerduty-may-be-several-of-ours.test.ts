import t from 'tap'
import type { StandInIncident } from '../../src/sandbox/pagerduty-incidents.ts'
import { alertNow, MINUTE } from '../support/one-issue.ts'
import { silence } from '../support/silencing.ts'
import { paged, settled, startTwoWays, triggers } from '../support/two-ways.ts'
import { until } from '../support/until.ts'
import type { World } from '../support/world.ts'

/** A second P0, of another issue and project. */
async function pagedToo(world: World): Promise<{ id: string; there: StandInIncident }> {
  const before = world.pagerduty.alerts.length
  const about = { issue: '7400000002', project: 'ledger', tags: { data_loss: 'true' } }
  const { incident } = await world.tell('event_alert', alertNow(world, about))
  await until(() => world.pagerduty.alerts.length > before)
  await settled(world)
  return { id: incident ?? '', there: world.pagerduty.incidents.of(world.pagerduty.alerts.at(-1)?.dedupKey ?? '') }
}

/** As alert grouping does it: the alert of the second goes into the first, and no incident of its own is told of. */
function group(world: World, first: StandInIncident, second: StandInIncident): void {
  first.alerts.push(...second.alerts.splice(0))
  const { all } = world.pagerduty.incidents
  all.splice(all.indexOf(second), 1)
}

const statusOf = async (world: World, id: string) => (await world.incident(id)).status

t.test('merged there: acknowledged once, resolved once, and both of ours know', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const [one, two] = [await paged(world), await pagedToo(world)]
  world.clock.wind(1_000)
  world.pagerduty.incidents.merge(two.there.id, one.there.id)
  await settled(world)
  t.equal(await statusOf(world, two.id), 'triggered')
  world.clock.wind(1_000)
  world.pagerduty.incidents.acknowledge(one.there.id)
  for (const { id } of [one, two]) await until(async () => (await statusOf(world, id)) === 'acknowledged')
  const before = triggers(world)
  for (let n = 0; n < 3; n++) await world.wind(16 * MINUTE)
  await settled(world)
  t.equal(triggers(world), before, 'nobody is paged for either')
  world.pagerduty.incidents.resolve(one.there.id)
  for (const { id } of [one, two]) await until(async () => (await statusOf(world, id)) === 'resolved')
})

t.test('merged into one that somebody answers for already: they answer for both', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const [one, two] = [await paged(world), await pagedToo(world)]
  world.clock.wind(1_000)
  world.pagerduty.incidents.acknowledge(one.there.id)
  await until(async () => (await statusOf(world, one.id)) === 'acknowledged')
  world.clock.wind(1_000)
  world.pagerduty.incidents.merge(two.there.id, one.there.id)
  await until(async () => (await statusOf(world, two.id)) === 'acknowledged')
  t.match(await world.incident(two.id), { acknowledgedBy: { via: 'pagerduty', name: 'Ada Lovelace' } })
})

t.test('grouped there from the start: an answer counts for every alert that it holds', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  const one = await paged(world)
  world.pagerduty.webhooks.hold(true)
  const two = await pagedToo(world)
  group(world, one.there, two.there)
  world.pagerduty.webhooks.hold(false)
  world.clock.wind(1_000)
  world.pagerduty.incidents.acknowledge(one.there.id)
  for (const { id } of [one, two]) await until(async () => (await statusOf(world, id)) === 'acknowledged')
  t.equal(world.pagerduty.incidents.all.length, 1)
})

t.test('grouped there, and PagerDuty could not be asked whose they are: the next look puts it right', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  const one = await paged(world)
  world.pagerduty.webhooks.hold(true)
  const two = await pagedToo(world)
  group(world, one.there, two.there)
  world.pagerduty.webhooks.hold(false)
  world.clock.wind(1_400)
  world.pagerduty.fail({ kind: 'status', status: 500 })
  world.pagerduty.incidents.acknowledge(one.there.id)
  await until(async () => (await statusOf(world, one.id)) === 'acknowledged')
  world.pagerduty.heal()
  t.equal(await statusOf(world, two.id), 'triggered')
  await world.wind(4 * MINUTE)
  await until(async () => (await statusOf(world, two.id)) === 'acknowledged')
})

t.test('one of ours ends: the other stays open there and here', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const [one, two] = [await paged(world), await pagedToo(world)]
  world.pagerduty.incidents.merge(two.there.id, one.there.id)
  await settled(world)
  await world.api('POST', `/incidents/${one.id}/resolve`, {})
  await until(() => world.pagerduty.openAlerts().length === 1)
  await settled(world)
  t.equal(world.pagerduty.incidents.get(one.there.id).status, 'triggered')
  t.equal(await statusOf(world, two.id), 'triggered')
})

t.test('one of them silenced: when the acknowledgement times out there, it calls for the other', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  const [one, two] = [await paged(world), await pagedToo(world)]
  world.clock.wind(1_000)
  world.pagerduty.incidents.merge(two.there.id, one.there.id)
  await settled(world)
  world.clock.wind(1_000)
  world.pagerduty.incidents.acknowledge(one.there.id)
  for (const { id } of [one, two]) await until(async () => (await statusOf(world, id)) === 'acknowledged')
  await silence(world, { coversDataLoss: true })
  await world.wind(10 * MINUTE)
  world.pagerduty.incidents.unacknowledge(one.there.id)
  for (const { id } of [one, two]) await until(async () => (await statusOf(world, id)) === 'triggered')
  await settled(world)
  await world.wind(4 * MINUTE)
  await settled(world)
  t.equal(one.there.status, 'triggered')
  t.match([await world.incident(one.id), await world.incident(two.id)], [{ silenced: { by: /./ } }, { silenced: null }])
})
