import t from 'tap'
import { issuePayload, issueWebhook } from '../../src/sandbox/samples/issue-payload.ts'
import { alertNow, ISSUE, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { startWorld } from '../support/world.ts'

t.test('archived in Sentry mutes, assigned sets the owner, feedback is attached; none of them pages', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 30)
  const { incident } = await world.tell('event_alert', alertNow(world))
  const id = incident ?? ''
  const assignee = { type: 'user', id: '12', name: 'Ada' }
  await world.tell(
    'issue',
    issueWebhook('assigned', issuePayload({ now: world.clock.now(), issue: ISSUE, assignedTo: assignee }), undefined, {
      assignee,
    }),
  )
  t.match(await world.incident(id), { owner: { name: 'Ada' }, status: 'triggered' })
  await world.tell('issue', lifecycle(world, 'archived', { status: 'ignored', substatus: 'archived_forever' }))
  t.ok((await world.incident(id)).muted !== null)
  numbers(world, 500)
  world.clock.wind(MINUTE)
  await world.tell('event_alert', alertNow(world))
  t.match(await world.incident(id), { severity: 'P1' }, 'still recorded')
  t.equal(world.slack.posts.filter(post => post.channelName === 'incidents').length, 0, 'but quiet')
})
