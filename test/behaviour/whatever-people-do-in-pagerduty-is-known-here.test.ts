import t from 'tap'
import { MINUTE } from '../support/one-issue.ts'
import { paged, settled, startTwoWays } from '../support/two-ways.ts'
import { until } from '../support/until.ts'
import type { World } from '../support/world.ts'

const GRACE = { id: 'PGRACE1', type: 'user_reference', summary: 'Grace Hopper' }

/** Says in the rules who is who. */
async function introduce(world: World, people: object[]): Promise<void> {
  const { body, headers } = await world.api('GET', '/rules')
  const put = await world.api('PUT', '/rules', { ...body.document, people }, { 'if-match': headers.get('etag') ?? '' })
  if (put.status !== 200) throw new Error(JSON.stringify(put.body))
}

t.test('reassigned there: owned here, and assigned in Sentry to whom the rules name', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  await introduce(world, [{ name: 'Grace H.', pagerduty: GRACE.id, sentry: '42' }])
  const { id, there } = await paged(world)
  world.pagerduty.incidents.reassign(there.id, GRACE)
  await until(async () => (await world.incident(id)).owner?.name === 'Grace H.')
  t.equal((await world.incident(id)).status, 'triggered', 'owned is not answered for')
  const writes = (await world.notifications(id)).filter(({ kind }) => kind === 'write')
  t.match(writes, [{ write: { kind: 'assign', to: { type: 'user', id: '42' } } }])
})

t.test('whom only PagerDuty knows has no id in Sentry', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  world.pagerduty.incidents.reassign(there.id, GRACE)
  await until(async () => (await world.incident(id)).owner !== null)
  t.match(await world.incident(id), { owner: { type: 'user', id: null, name: 'Grace Hopper' } })
})

t.test('who answers there bears the name that the rules give', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  await introduce(world, [{ name: 'Ada L.', pagerduty: 'PADA001', slack: 'U0ADA' }])
  const { id, there } = await paged(world)
  world.pagerduty.incidents.acknowledge(there.id)
  await until(async () => (await world.incident(id)).status === 'acknowledged')
  t.match(await world.incident(id), { acknowledgedBy: { via: 'pagerduty', id: 'PADA001', name: 'Ada L.' } })
})

t.test('notes, escalations and priorities there are in the timeline here', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  const { incidents } = world.pagerduty
  incidents.annotate(there.id, 'rolled back payments-api')
  incidents.escalate(there.id, GRACE)
  incidents.prioritize(there.id, 'P1')
  await settled(world)
  const noted = (await world.timeline(id)).filter(({ what }) => what === 'noted').map(({ reason }) => reason)
  for (const said of [
    /rolled back payments-api/,
    /escalated in PagerDuty to Grace Hopper/,
    /priority in PagerDuty: P1/,
  ])
    t.ok(
      noted.some(reason => said.test(reason)),
      String(said),
    )
})

t.test('reopened there: open here under the same page, and nothing opens a second one', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  world.clock.wind(1_000)
  world.pagerduty.incidents.resolve(there.id)
  await until(async () => (await world.incident(id)).status === 'resolved')
  await settled(world)
  world.clock.wind(2 * MINUTE)
  world.pagerduty.incidents.reopen(there.id)
  await until(async () => (await world.incident(id)).status === 'triggered')
  await settled(world)
  t.equal(world.pagerduty.alerts.length, 1)
  t.equal(world.pagerduty.openAlerts().length, 1)
})

t.test('reopened there long after: still one open alert, and an answer to it counts', async t => {
  const world = await startTwoWays()
  t.teardown(world.stop)
  const { id, there } = await paged(world)
  world.clock.wind(1_000)
  world.pagerduty.incidents.resolve(there.id)
  await until(async () => (await world.incident(id)).status === 'resolved')
  await settled(world)
  world.clock.wind(60 * MINUTE)
  world.pagerduty.incidents.reopen(there.id)
  await until(async () => (await world.incident(id)).status === 'triggered')
  await settled(world)
  t.equal(world.pagerduty.openAlerts().length, 1, 'nobody has two open alerts of one thing')
  const [open] = world.pagerduty.openAlerts()
  world.clock.wind(1_000)
  world.pagerduty.incidents.acknowledge(world.pagerduty.incidents.of(open?.dedupKey ?? '').id)
  await until(async () => (await world.incident(id)).status === 'acknowledged')
  t.match(await world.incident(id), { generation: 1 })
})
