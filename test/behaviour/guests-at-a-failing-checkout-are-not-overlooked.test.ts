import t from 'tap'
import { errorCreated, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

// The rule: "by at least 5 users, or 5 events where users are unknown": one buyer who is signed in does not make the others known.
t.test('forty failures at the checkout, one of them of a user we know, are a page', async t => {
  const world = await startWorld({ env: { SENTRY_AUTH_TOKEN: null } })
  t.teardown(world.stop)
  for (let n = 0; n < 40; n++) {
    const user = n === 3 ? { id: 'u-1' } : null
    const event = eventPayload({
      now: world.clock.now() + n,
      issue: '1',
      project: 'web-shop',
      transaction: 'POST /checkout/pay',
      user,
    })
    await world.tell('error', errorCreated(event))
  }
  await until(() => world.pagerduty.openAlerts().length === 1, 3_000)
})
