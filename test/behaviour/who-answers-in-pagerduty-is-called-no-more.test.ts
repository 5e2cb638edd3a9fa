import t from 'tap'
import { MINUTE } from '../support/one-issue.ts'
import { paged, settled, startTwoWays, triggers } from '../support/two-ways.ts'
import { until } from '../support/until.ts'

t.test('acknowledged in PagerDuty: known here and in Slack, and nobody is paged a second time', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  const before = triggers(world)
  world.pagerduty.incidents.acknowledge(there.id)
  await until(async () => (await world.incident(id)).status === 'acknowledged')
  t.match((await world.incident(id)).acknowledgedBy, {
    via: 'pagerduty',
    at: 'pagerduty-oncall',
    id: 'PADA001',
    name: 'Ada Lovelace',
  })
  t.match(
    (await world.timeline(id)).filter(entry => entry.what === 'acknowledged'),
    [{ by: 'Ada Lovelace' }],
  )
  for (let n = 0; n < 4; n++) await world.wind(16 * MINUTE)
  await settled(world)
  t.equal(triggers(world), before)
  t.notOk(
    world.pagerduty.alerts[0]?.log.some(({ action }) => action === 'acknowledge'),
    'what was said there is not said there again',
  )
})

t.test('an acknowledgement that times out there is taken back here', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  world.pagerduty.incidents.acknowledge(there.id)
  await until(async () => (await world.incident(id)).status === 'acknowledged')
  world.pagerduty.incidents.unacknowledge(there.id)
  await until(async () => (await world.incident(id)).status === 'triggered')
  t.equal((await world.incident(id)).acknowledgedBy, null)
})

t.test('resolved in PagerDuty: resolved here and in Slack, and owed to Sentry', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  world.pagerduty.incidents.resolve(there.id)
  await until(async () => (await world.incident(id)).status === 'resolved')
  t.match(await world.incident(id), { resolvedBy: /Ada Lovelace/ })
  const told = await world.notifications(id)
  t.ok(
    told.some(({ kind, write }) => kind === 'write' && write?.kind === 'resolve'),
    'it is written back to Sentry',
  )
  t.same(world.pagerduty.openAlerts(), [])
})
