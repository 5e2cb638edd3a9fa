import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { issuePayload, issueWebhook } from '../../src/sandbox/samples/issue-payload.ts'
import { startWorld } from '../support/world.ts'

// Order is by hook timestamp, not by arrival.
t.test('an assignment that arrives late does not undo a newer one', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const now = world.clock.now()
  const { incident } = await world.tell('event_alert', eventAlert(eventPayload({ now, issue: '1' }), 'Errors'))
  world.clock.wind(20_000)
  for (const [name, at] of [
    ['Ada', now + 10_000],
    ['Bob', now + 5_000],
  ] as const) {
    const assignee = { type: 'user', id: name, name }
    const payload = issuePayload({ now: at, issue: '1', assignedTo: assignee })
    await world.tell('issue', issueWebhook('assigned', payload, undefined, { assignee }), { hookAt: at })
  }
  t.match((await world.incident(incident ?? '')).owner, { name: 'Ada' })
})
