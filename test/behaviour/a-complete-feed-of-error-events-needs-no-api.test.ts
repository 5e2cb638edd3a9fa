import t from 'tap'
import { errorCreated, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { ISSUE, lifecycle } from '../support/one-issue.ts'
import { startWorld } from '../support/world.ts'

t.test('an issue younger than the feed is counted by our windows alone: known users, no doubt, P2', async t => {
  const world = await startWorld({ env: { SENTRY_AUTH_TOKEN: null, SENTRY_ORG: null } })
  t.teardown(world.stop)
  const error = (issue: string, user: string) =>
    errorCreated(eventPayload({ now: world.clock.now(), issue, project: 'web-shop', user: { id: user } }))
  await world.tell('error', error('7400000099', 'someone'))
  // Less than a minute: the door was open all the time.
  world.clock.wind(20_000)
  for (const user of ['ada', 'ben', 'eve']) await world.tell('error', error(ISSUE, user))
  const told = await world.tell('issue', lifecycle(world, 'created', { firstSeenAgo: 5_000 }))
  t.match(told, { outcome: 'opened', severity: 'P2' })
  const { verdict, impact } = await world.incident(told.incident ?? '')
  t.equal(verdict.degraded, false)
  t.match(impact.production?.users, { value: 3, source: 'windows' })
})
