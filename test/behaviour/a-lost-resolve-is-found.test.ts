import t from 'tap'
import { alertNow, ISSUE, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('resolved in Sentry without a webhook: the page is closed, and a later event is judged anew', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 9)
  const { incident } = await world.tell('event_alert', alertNow(world, { tags: { data_loss: 'true' } }))
  const status = async () => (await world.incident(incident ?? '')).status
  await until(() => world.pagerduty.openAlerts().length === 1)
  await world.wind(2 * MINUTE)
  t.equal(await status(), 'triggered', 'it is unresolved in Sentry too')

  // Who resolves causes no event: it was last seen long before.
  Object.assign(world.sentry.world.issues[ISSUE] ?? {}, {
    status: 'resolved',
    substatus: null,
    statusDetails: { inRelease: 'web-shop@2.5.0' },
    lastSeen: world.clock.now() - 20 * MINUTE,
  })
  await world.wind(MINUTE)
  await world.wind(MINUTE)
  await until(() => world.pagerduty.openAlerts().length === 0)
  t.match(await world.incident(incident ?? ''), { status: 'resolved', resolvedInRelease: 'web-shop@2.5.0' })

  // Its webhook comes after all, and then it comes back.
  t.match(await world.tell('issue', lifecycle(world, 'resolved', { status: 'resolved' })), { outcome: 'nothing-to-do' })
  await world.wind(12 * MINUTE)
  t.equal(await status(), 'resolved')
  await world.tell('issue', lifecycle(world, 'unresolved', { substatus: 'regressed' }))
  await until(async () => (await status()) === 'triggered')
  await world.wind(2 * MINUTE)
  t.equal(await status(), 'triggered')
})
