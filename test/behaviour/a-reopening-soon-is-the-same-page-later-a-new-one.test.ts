import t from 'tap'
import { alertNow, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test(
  'back within ten minutes it is the same page generation, later a new one; older events never reopen',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    numbers(world, 9)
    const { incident } = await world.tell(
      'event_alert',
      alertNow(world, { tags: { data_loss: 'true' }, release: 'web-shop@2.4.0' }),
    )
    const id = incident ?? ''
    await until(() => world.pagerduty.openAlerts().length === 1)
    const late = alertNow(world, { tags: { data_loss: 'true' }, release: 'web-shop@2.4.0' })
    world.clock.wind(MINUTE)
    await world.tell('issue', lifecycle(world, 'resolved', { status: 'resolved' }))
    await until(() => world.pagerduty.openAlerts().length === 0)
    t.match(await world.tell('event_alert', { ...(late as object), again: 1 }), {
      outcome: 'attached',
      reason: /stays resolved/,
    })
    t.equal((await world.incident(id)).status, 'resolved')

    world.clock.wind(5 * MINUTE)
    await world.tell('issue', lifecycle(world, 'unresolved', { substatus: 'regressed' }))
    await until(() => world.pagerduty.openAlerts().length === 1)
    t.match(await world.incident(id), { status: 'triggered', generation: 1 })
    world.clock.wind(MINUTE)
    await world.tell('issue', lifecycle(world, 'resolved', { status: 'resolved' }))
    await until(() => world.pagerduty.openAlerts().length === 0)
    world.clock.wind(11 * MINUTE)
    await world.tell('event_alert', alertNow(world, { tags: { data_loss: 'true' } }))
    await until(() => world.pagerduty.openAlerts().length === 1)
    t.match(await world.incident(id), { status: 'triggered', generation: 2 })
    const keys = world.pagerduty.alerts.map(alert => alert.dedupKey)
    t.equal(keys[0], keys[1])
    t.not(keys[1], keys[2])
  },
)
