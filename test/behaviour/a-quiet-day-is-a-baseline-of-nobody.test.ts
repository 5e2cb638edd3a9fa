import t from 'tap'
import { alertNow, ISSUE, MINUTE } from '../support/one-issue.ts'
import { startWorld } from '../support/world.ts'

const DAY = 24 * 60 * MINUTE

for (const usualUsers of [0, 1]) {
  t.test(`an old issue with ${usualUsers} users in its usual hour hurts 400 now: P1`, async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    const firstSeen = world.clock.now() - 20 * DAY
    const old = { project: 'web-shop', firstSeen, substatus: 'ongoing', usualUsers }
    world.sentry.world.issues[ISSUE] = { ...old, users: 400, events: 900 }
    t.match(await world.tell('event_alert', alertNow(world)), { outcome: 'opened', severity: 'P1' })
  })
}
