import t from 'tap'
import { paged, settled, startTwoWays } from '../support/two-ways.ts'
import { until } from '../support/until.ts'

t.test('who answers in PagerDuty stands in the trail, once, however often it is told', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  world.pagerduty.incidents.acknowledge(there.id)
  await until(async () => (await world.incident(id)).status === 'acknowledged')
  await settled(world)
  const { items } = (await world.api('GET', '/audit')).body
  t.match(items, [
    {
      operation: 'pagerduty: acknowledge',
      what: `incident ${id}: acknowledge`,
      before: { status: 'triggered', acknowledgedBy: null },
      after: { status: 'acknowledged', acknowledgedBy: { via: 'pagerduty' } },
      caller: { role: null, via: 'pagerduty' },
    },
  ])
  t.equal(items.length, 1)
  t.match(await world.api('GET', '/audit/verify'), { body: { valid: true, entries: 1 } })
})
