import t from 'tap'
import { ISSUE, MINUTE, numbers } from '../support/one-issue.ts'
import { startWorld } from '../support/world.ts'

t.test('answers that come too late for a verdict are in time for polling', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 320)
  Object.assign(world.sentry.world.issues[ISSUE] ?? {}, { firstSeen: world.clock.now() })
  // Verdicts wait 1.8 s for an answer, polling five times as long.
  world.sentry.world.latencyMs = 2_000
  for (let n = 0; n < 3; n++) await world.wind(MINUTE)
  const { behindSeconds } = (await world.api('GET', '/sources/default')).body.health
  t.ok(behindSeconds < 130, `${behindSeconds} s behind`)
})
