import t from 'tap'
import { errorCreated, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { ISSUE } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('error events only feed the windows until one makes a threshold fall', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const now = world.clock.now()
  world.sentry.world.issues[ISSUE] = {
    users: 5,
    events: 5,
    recentUsers: 5,
    recentEvents: 5,
    project: 'web-shop',
    firstSeen: now,
    substatus: 'new',
  }
  const outcomes: string[] = []
  for (let n = 0; n < 6; n++) {
    const event = eventPayload({
      now: now + n,
      issue: ISSUE,
      project: 'web-shop',
      transaction: 'POST /checkout/pay',
      user: { id: `u${n}` },
    })
    outcomes.push((await world.tell('error', errorCreated(event))).outcome)
  }
  t.same(outcomes.slice(0, 4), ['counted', 'counted', 'counted', 'counted'])
  t.ok(outcomes.includes('opened'), outcomes.join())
  await until(() => world.pagerduty.openAlerts().length === 1)
})
