import t from 'tap'
import { alertNow, ISSUE, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('while Sentry fails whoever resolves is told so; it is resolved there as soon as it is well', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 200)
  const { incident } = await world.tell('event_alert', alertNow(world))
  const id = incident ?? ''
  world.sentry.fail({ kind: 'status', status: 503 })
  const { body } = await world.api('POST', `/incidents/${id}/resolve`)
  t.match(body.changed, true, 'it is resolved here all the same')
  const there = (answer: typeof body) =>
    answer.reflected.find(({ where }: { where: string }) => where === 'sentry-default')
  t.match(there(body), { status: 'owed', error: /Sentry is in trouble \(503/ })
  const failed = (await world.timeline(id)).filter(({ what }) => what === 'delivery-failed')
  t.match(failed, [{ reason: /write → sentry-default: Sentry is in trouble.*tried again/ }])
  t.equal(failed.length, 1)

  world.sentry.heal()
  await until(async () => {
    await world.wind(MINUTE)
    return world.sentry.world.issues[ISSUE]?.status === 'resolved'
  })
  t.equal(world.sentry.writes.length, 1)
})

t.test('a token that may not write is a dead letter that names the scope, and is replayed once it may', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 200)
  const { incident } = await world.tell('event_alert', alertNow(world))
  const id = incident ?? ''
  world.sentry.fail({ kind: 'status', status: 403 })
  const { body } = await world.api('POST', `/incidents/${id}/resolve`)
  const told = body.reflected.find(({ where }: { where: string }) => where === 'sentry-default')
  t.match(told, { status: 'failed', error: /scope event:write/ })
  world.sentry.heal()
  const dead = (await world.notifications(id)).find(({ kind, status }) => kind === 'write' && status === 'dead')
  t.match(await world.api('POST', `/notifications/${dead?.id}/retry`), { status: 202 })
  await until(() => world.sentry.writes.length === 1)
  t.equal(world.sentry.world.issues[ISSUE]?.status, 'resolved')
})

t.test('where Sentry is written back to is neither made nor named by people', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  t.notOk((await world.api('GET', '/destinations')).body.items.some(({ id }: { id: string }) => /^sentry-/.test(id)))
  const mine = { id: 'sentry-default', name: 'Mine', kind: 'backlog' }
  t.match(await world.api('POST', '/destinations', { ...mine, secret: {} }), {
    status: 422,
    body: { errors: [{ path: '/id', message: /kept for sources/ }] },
  })
  t.equal((await world.api('POST', '/destinations', { ...mine, id: 'x', kind: 'sentry' })).status, 422)
  t.equal((await world.api('POST', '/destinations/sentry-default/test')).status, 404)
})
