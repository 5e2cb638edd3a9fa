import t from 'tap'
import { STAND_IN_PERSON } from '../../src/sandbox/pagerduty-incidents.ts'
import { lifecycle, MINUTE } from '../support/one-issue.ts'
import { said, silence } from '../support/silencing.ts'
import { paged, settled, startTwoWays, triggers } from '../support/two-ways.ts'
import { until } from '../support/until.ts'
import type { World } from '../support/world.ts'

const acknowledgements = (world: World) =>
  world.pagerduty.requests.filter(({ body }) => (body as { event_action?: string }).event_action === 'acknowledge')
    .length

for (const [how, quiet] of [
  ['silenced', (world: World) => silence(world, { coversDataLoss: true, duration: 'PT6H' })],
  ['archived', (world: World) => world.tell('issue', lifecycle(world, 'ignored'))],
] as const) {
  t.test(`${how}: whenever the acknowledgement times out there, it is given again, once`, async t => {
    const world = await startTwoWays()
    t.teardown(world.stop)
    const { id, there } = await paged(world)
    await quiet(world)
    await until(() => there.status === 'acknowledged')
    await settled(world)
    const [before, paging] = [acknowledgements(world), triggers(world)]
    for (const times of [1, 2]) {
      await world.wind(31 * MINUTE)
      world.pagerduty.incidents.unacknowledge(there.id)
      await until(() => there.status === 'acknowledged')
      await settled(world)
      t.equal(acknowledgements(world), before + times)
    }
    t.equal(triggers(world), paging)
    t.equal((await world.incident(id)).status, 'triggered', 'nobody answers for it by that')
    const trail = (await world.api('GET', '/audit')).body.items as { operation: string }[]
    t.notOk(
      trail.some(({ operation }) => operation.startsWith('pagerduty')),
      'a timer is nobody',
    )
    t.equal((await said(world, id, 'synced')).filter(line => line.includes(`it is still ${how}`)).length, 2)
  })
}

t.test('somebody answered there before it was silenced: their acknowledgement ends, and nobody is called', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  world.pagerduty.incidents.acknowledge(there.id)
  await until(async () => (await world.incident(id)).status === 'acknowledged')
  await silence(world, { coversDataLoss: true })
  await world.wind(31 * MINUTE)
  world.pagerduty.incidents.unacknowledge(there.id)
  await until(async () => (await world.incident(id)).status === 'triggered')
  await until(() => there.status === 'acknowledged')
})

t.test('a person who takes it back there by hand has it call', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  const { there } = await paged(world)
  await silence(world, { coversDataLoss: true })
  await until(() => there.status === 'acknowledged')
  await settled(world)
  const before = acknowledgements(world)
  world.clock.wind(MINUTE)
  world.pagerduty.incidents.unacknowledge(there.id, STAND_IN_PERSON)
  await settled(world)
  await world.wind(4 * MINUTE)
  await settled(world)
  t.equal(there.status, 'triggered')
  t.equal(acknowledgements(world), before)
})

t.test('what no webhook told is found by asking, and quieted', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  const { there } = await paged(world)
  await silence(world, { coversDataLoss: true })
  await until(() => there.status === 'acknowledged')
  await settled(world)
  world.pagerduty.webhooks.hold(true)
  await world.wind(31 * MINUTE)
  world.pagerduty.incidents.unacknowledge(there.id)
  await world.wind(4 * MINUTE)
  await until(() => there.status === 'acknowledged')
})

t.test('after the silence has ended it calls again', async t => {
  const world = await startTwoWays({ token: true })
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  await silence(world, { coversDataLoss: true })
  await until(() => there.status === 'acknowledged')
  await settled(world)
  await world.wind(31 * MINUTE)
  world.pagerduty.incidents.unacknowledge(there.id)
  await until(() => there.status === 'acknowledged')
  await settled(world)
  await world.wind(2 * 60 * MINUTE)
  await until(async () => (await world.incident(id)).silenced === null)
  await until(() => world.pagerduty.openAlerts().some(({ status }) => status === 'triggered'))
})
