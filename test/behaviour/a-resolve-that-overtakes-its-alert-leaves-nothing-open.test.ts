import t from 'tap'
import { lifecycle, numbers } from '../support/one-issue.ts'
import { startWorld } from '../support/world.ts'

t.test('a resolve that overtakes its alert, whose judging waits for Sentry, leaves nothing open', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.sentry.world.latencyMs = 900
  numbers(world, 30)
  const created = await world.send('issue', lifecycle(world, 'created'))
  world.clock.wind(2_000)
  t.match(await world.tell('issue', lifecycle(world, 'resolved', { status: 'resolved' })), { outcome: 'nothing-to-do' })
  t.match(await world.outcome(created.delivery), {
    outcome: 'nothing-to-do',
    reason: /resolved in Sentry before/,
  })
  t.same(await world.incidents(), [])
})
