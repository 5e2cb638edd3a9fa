import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('a P0 enters a queue of 200 waiting P2 posts and leaves first', async t => {
  // Without PagerDuty both severities go to Slack; here into one channel, so that they share a queue.
  const world = await startWorld({ env: { PAGERDUTY_ROUTING_KEY: null } })
  t.teardown(world.stop)
  const rules = await world.api('GET', '/rules')
  const policies = rules.body.document.policies.map((policy: { id: string }) =>
    policy.id === 'p2'
      ? { ...policy, steps: [{ after: 'PT0S', targets: [{ destination: 'slack-incidents', mention: null }] }] }
      : policy,
  )
  const published = await world.api(
    'PUT',
    '/rules',
    { ...rules.body.document, policies },
    { 'if-match': rules.headers.get('etag') ?? '' },
  )
  t.equal(published.status, 200, JSON.stringify(published.body))

  const now = world.clock.now()
  const sent = await Promise.all(
    Array.from({ length: 200 }, (_, n) => {
      const issue = `73000000${String(n).padStart(3, '0')}`
      world.sentry.world.issues[issue] = {
        users: 5,
        events: 9,
        project: 'web-shop',
        firstSeen: now - 60_000,
        substatus: 'new',
      }
      return world.send(
        'event_alert',
        eventAlert(eventPayload({ now, issue, project: 'web-shop', handled: true }), 'Errors'),
      )
    }),
  )
  for (const one of sent) await world.outcome(one.delivery)
  const alert = eventAlert(
    eventPayload({
      now,
      issue: '7399999999',
      project: 'web-shop',
      transaction: 'order.persist',
      tags: { data_loss: 'true' },
    }),
    'Data loss',
  )
  const before = world.slack.posts.length
  await world.tell('event_alert', alert)
  const isPage = (post: { text: string }) => post.text.includes('[P0]')
  await until(() => world.slack.posts.some(isPage), 30_000)
  const place = world.slack.posts.findIndex(isPage)
  t.ok(place - before <= 2, `it left as number ${place + 1}, after ${before} had gone and at most the one in hand`)
})
