import t from 'tap'
import { alertNow, ISSUE, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('found by polling and paged; its webhooks come after all: one incident, one page', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const created = lifecycle(world, 'created')
  const alert = alertNow(world, { transaction: 'POST /checkout/pay' })
  const hookAt = world.clock.now()
  numbers(world, 60)
  Object.assign(world.sentry.world.issues[ISSUE] ?? {}, {
    firstSeen: hookAt,
    recentUsers: 60,
    latest: { transaction: 'POST /checkout/pay', handled: false },
  })
  await world.wind(MINUTE)
  await until(() => world.pagerduty.openAlerts().length === 1)
  const [found] = await world.incidents()
  t.match(found, { issue: ISSUE, severity: 'P0', status: 'triggered', signals: 1 })

  t.match(await world.tell('issue', created, { hookAt }), { outcome: 'attached', incident: found?.id })
  t.match(await world.tell('event_alert', alert, { hookAt }), { outcome: 'attached', incident: found?.id })
  await world.wind(3 * MINUTE)
  t.equal((await world.incidents()).length, 1)
  t.equal(world.pagerduty.alerts.length, 1)
  t.equal(world.pagerduty.openAlerts().length, 1)
  const metrics = await (await fetch(`${world.url()}/metrics`)).text()
  t.notMatch(metrics, /tocsin_missed_total\{/, 'late is not missed')
})

t.test('told by webhook, then seen by polling: nothing is found twice', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 30)
  const { incident } = await world.tell('event_alert', alertNow(world, { handled: true }))
  for (let n = 0; n < 4; n++) await world.wind(MINUTE)
  const timeline = await world.timeline(incident ?? '')
  t.same(
    timeline.filter(({ signal }) => signal?.startsWith('poll-')),
    [],
  )
  t.equal((await world.incidents()).length, 1)
})

t.test('found and found resolved by polling; its first webhook comes last: nothing comes back', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 320)
  await world.wind(MINUTE)
  t.match(await world.incidents(), [{ severity: 'P1', status: 'triggered' }])
  Object.assign(world.sentry.world.issues[ISSUE] ?? {}, { status: 'resolved', lastSeen: world.clock.now() })
  for (let n = 0; n < 3; n++) await world.wind(MINUTE)
  t.match(await world.incidents(), [{ status: 'resolved' }])
  // Sentry reads the issue when it sends: that it is resolved stands in the late webhook.
  await world.tell('issue', lifecycle(world, 'created', { status: 'resolved' }))
  t.match(await world.incidents(), [{ status: 'resolved', generation: 1 }])
})
