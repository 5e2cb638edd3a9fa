import t from 'tap'
import { alertNow, ISSUE, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const CHECKOUT = { transaction: 'POST /checkout/pay', handled: false }

function archived(world: World, status = 'ignored'): void {
  const issue = world.sentry.world.issues[ISSUE]
  if (issue !== undefined) Object.assign(issue, { status, recentUsers: 20, recentEvents: 40 })
}

t.test('events of an issue that was archived before anybody was told of it page nobody', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 200)
  archived(world)
  const quiet = await world.tell('event_alert', alertNow(world, CHECKOUT))
  t.match(quiet, { outcome: 'nothing-to-do', reason: /archived in Sentry/ })
  t.same(await world.incidents(), [])

  const lost = await world.tell('event_alert', alertNow(world, { tags: { data_loss: 'true' } }))
  t.match(lost, { outcome: 'opened', severity: 'P0' }, 'lost data is told all the same')
})

t.test('the archiving alone is enough while Sentry cannot be asked; unresolved brings it back', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 200)
  archived(world)
  world.sentry.fail({ kind: 'status', status: 503 })
  await world.tell('issue', lifecycle(world, 'archived', { status: 'ignored' }))
  world.clock.wind(10 * MINUTE)
  t.match(await world.tell('event_alert', alertNow(world, CHECKOUT)), { outcome: 'nothing-to-do' })
  world.sentry.heal()
  archived(world, 'unresolved')
  world.clock.wind(MINUTE)
  const back = await world.tell('issue', lifecycle(world, 'unresolved', { substatus: 'escalating' }))
  t.match(back, { outcome: 'opened' })
  await world.tell('event_alert', alertNow(world, CHECKOUT))
  await until(() => world.pagerduty.openAlerts().length === 1)
})
