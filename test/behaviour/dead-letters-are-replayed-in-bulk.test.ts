import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('dead letters are counted first, then sent again together, once, however often it is asked', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.pagerduty.fail({ kind: 'status', status: 400 })
  const since = new Date(world.clock.now()).toISOString()
  const issues = ['7400000001', '7400000002', '7400000003']
  for (const issue of issues) {
    const payload = eventPayload({
      now: world.clock.now(),
      issue,
      project: 'payments-api',
      transaction: 'order.persist',
      tags: { data_loss: 'true' },
    })
    await world.tell('event_alert', eventAlert(payload, 'Data loss'))
  }
  const dead = async () =>
    (await world.api('GET', '/notifications?status=dead&destination=pagerduty-oncall')).body.items.length
  await until(async () => (await dead()) === 3)
  world.pagerduty.heal()

  const which = { destination: 'pagerduty-oncall', since }
  const preview = await world.api('POST', '/notifications/retry', { ...which, preview: true })
  t.match(preview, { status: 200, body: { matched: 3, retried: 0, byDestination: { 'pagerduty-oncall': 3 } } })
  t.equal(await dead(), 3, 'a preview sends nothing')
  t.match(await world.api('POST', '/notifications/retry', { ...which, destination: 'backlog' }), {
    status: 202,
    body: { matched: 0, retried: 0 },
  })

  const key = { 'idempotency-key': 'replay-the-night-0001' }
  const both = await Promise.all([
    world.api('POST', '/notifications/retry', which, key),
    world.api('POST', '/notifications/retry', which),
  ])
  t.equal(
    both.reduce((sum, { body }) => sum + body.retried, 0),
    3,
    'of two that ask at once each letter is sent again by one',
  )
  const again = await world.api('POST', '/notifications/retry', which, key)
  t.same(again.body, both[0]?.body, 'the same request is answered the same')
  await until(() => world.pagerduty.openAlerts().length === 3)
  t.equal(await dead(), 0)

  t.match(await world.api('POST', '/notifications/retry', {}), { status: 422 }, 'nobody replays everything by mistake')
  t.match(await world.api('POST', '/notifications/retry', { ids: ['n-unknown'] }), { body: { matched: 0 } })
})
