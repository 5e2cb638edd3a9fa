import t from 'tap'
import { alertNow, ISSUE, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { said, silence } from '../support/silencing.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('silenced while open, its escalation stops, and its resolve reaches whoever was told before', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 9)
  Object.assign(world.sentry.world.issues[ISSUE] ?? {}, { recentUsers: 9, recentEvents: 9 })
  const payments = { transaction: 'POST /checkout/pay', errorClass: 'PaymentProcessingError', handled: false }
  const opened = await world.tell('event_alert', alertNow(world, payments))
  const id = opened.incident ?? ''
  await until(() => world.pagerduty.openAlerts().length === 1)
  await world.service().settled()

  const { id: silenceId } = await silence(world, { duration: 'PT6H' })
  t.match(await world.incident(id), { silenced: { through: { id: silenceId } } }, 'in force when it is answered')
  t.match(await said(world, id, 'silenced'), [/silence sil_\w+ of Ada \(admin\) keeps it quiet until/])
  await until(() => world.pagerduty.alerts[0]?.status === 'acknowledged')
  for (let i = 0; i < 4; i++) await world.wind(15 * MINUTE)
  t.equal(world.slack.messages('incidents').length, 0, 'no further step is told')
  t.equal(world.pagerduty.alerts.length, 1)

  world.sentry.world.issues = {}
  await world.tell('issue', lifecycle(world, 'resolved'))
  await until(() => world.pagerduty.openAlerts().length === 0)
  t.equal((await world.incident(id)).status, 'resolved')
})
