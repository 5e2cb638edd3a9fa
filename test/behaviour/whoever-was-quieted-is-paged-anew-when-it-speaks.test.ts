import t from 'tap'
import { editPolicy, openP0, windAndSettle } from '../support/escalating.ts'
import { alertNow, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const alerts = (world: World) => world.pagerduty.alerts.map(({ status }) => status)

t.test('archived, its page is quiet; back in Sentry, a new page wakes', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await openP0(world)
  const archived = await world.api('POST', `/incidents/${id}/archive`, { reason: 'a crawler causes it' })
  t.match(
    archived.body.reflected.filter(({ what }: { what: string }) => what === 'acknowledge'),
    [{ where: 'pagerduty-oncall', status: 'told' }],
  )
  t.same(alerts(world), ['acknowledged'], 'PagerDuty calls nobody for it either')
  world.clock.wind(MINUTE)
  await world.tell('issue', lifecycle(world, 'unresolved', { substatus: 'escalating' }))
  t.match(await world.incident(id), { muted: null, status: 'triggered' })
  await until(() => world.pagerduty.alerts.length === 2)
  await until(() => alerts(world).join() === 'resolved,triggered')
})

t.test('archived in Sentry, its page is quiet too', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await openP0(world)
  world.clock.wind(MINUTE)
  await world.tell('issue', lifecycle(world, 'archived', { status: 'ignored' }))
  await until(() => alerts(world).join() === 'acknowledged')
})

t.test('silenced, its page is quiet; when the silence ends, a new page wakes', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await openP0(world)
  const end = new Date(world.clock.now() + 30 * MINUTE).toISOString()
  await world.api('POST', `/incidents/${id}/silence`, { until: end, reason: 'being repaired' })
  t.same(alerts(world), ['acknowledged'])
  await windAndSettle(world, id, 31 * MINUTE)
  await until(() => alerts(world).join() === 'resolved,triggered')
})

t.test('no longer acknowledged and raised, the page whose alert was acknowledged is a new one', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await editPolicy(world, 'p2', policy => {
    policy.steps = [{ after: 'PT0S', targets: [{ destination: 'pagerduty-oncall', mention: null }] }]
  })
  numbers(world, 40)
  const opened = await world.tell('event_alert', alertNow(world))
  const id = opened.incident ?? ''
  await until(() => world.pagerduty.alerts.length === 1)
  t.ok((await world.api('POST', `/incidents/${id}/acknowledge`, {})).status < 300)
  t.same(alerts(world), ['acknowledged'])
  t.ok((await world.api('POST', `/incidents/${id}/unacknowledge`, {})).status < 300)
  t.ok((await world.api('POST', `/incidents/${id}/severity`, { severity: 'P0', reason: 'all of them' })).status < 300)
  await until(() => alerts(world).join() === 'resolved,triggered')
})

t.test('acknowledged, lowered, and escalated by hand to whoever had acknowledged, it wakes', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await openP0(world)
  t.ok((await world.api('POST', `/incidents/${id}/acknowledge`, {})).status < 300)
  t.ok((await world.api('POST', `/incidents/${id}/severity`, { severity: 'P1', reason: 'some of them' })).status < 300)
  t.ok((await world.api('POST', `/incidents/${id}/escalate`, { step: 2 })).status < 300)
  await until(() => alerts(world).join() === 'resolved,triggered')
})

t.test('reopened soon after a resolve that had been acknowledged, it is the same page', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await openP0(world)
  for (const act of ['acknowledge', 'resolve', 'reopen'])
    t.ok((await world.api('POST', `/incidents/${id}/${act}`, {})).status < 300, act)
  await until(() => world.pagerduty.openAlerts().length === 1)
  t.match(await world.incident(id), { generation: 1, status: 'triggered' })
  t.equal(world.pagerduty.openAlerts()[0]?.status, 'triggered')
})
