import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { startTestRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

const dataLoss = (now: number) =>
  eventAlert(
    eventPayload({
      now,
      issue: '7100000001',
      project: 'payments-api',
      transaction: 'order.persist',
      tags: { data_loss: 'true' },
    }),
    'Data loss',
  )

t.test('started again without the pager that the rules name: a P0 is told in Slack', async t => {
  const port = 20_000 + (process.pid % 20_000)
  const redis = await startTestRedis({ settings: ['--port', String(port)] })
  t.teardown(redis.stop)
  const REDIS_URL = `redis://127.0.0.1:${port}`
  const before = await startWorld({ env: { REDIS_URL } })
  await before.stop()

  const world = await startWorld({ env: { REDIS_URL, PAGERDUTY_ROUTING_KEY: null } })
  t.teardown(world.stop)
  await world.tell('event_alert', dataLoss(world.clock.now()))
  await until(() => world.slack.posts.length > 0)
  t.match(world.slack.posts, [{ channelName: 'incidents' }])
})

t.test('removed while a page waits for it: another destination is told', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await world.api('POST', '/destinations', {
    id: 'pager-two',
    name: 'Two',
    kind: 'pagerduty',
    url: world.pagerduty.url,
    fallback: 'slack-incidents',
    secret: { routingKey: 'f'.repeat(32) },
  })
  const first = await world.api('GET', '/rules')
  const document = JSON.parse(JSON.stringify(first.body.document).replaceAll('"pagerduty-oncall"', '"pager-two"'))
  const etag = (answer: { headers: Headers }) => ({ 'if-match': answer.headers.get('etag') ?? '' })
  const second = await world.api('PUT', '/rules', document, etag(first))
  t.equal(second.status, 200)
  world.pagerduty.fail({ kind: 'status', status: 500 })
  const told = await world.tell('event_alert', dataLoss(world.clock.now()))
  await until(async () => (await world.notifications(told.incident ?? '')).some(one => one.error !== null))

  await world.api('PUT', '/rules', first.body.document, etag(second))
  const destination = await world.api('GET', '/destinations/pager-two')
  t.equal((await world.api('DELETE', '/destinations/pager-two', undefined, etag(destination))).status, 204)
  world.pagerduty.heal()
  await until(async () => {
    await world.wind(20_000)
    return world.pagerduty.openAlerts().length + world.slack.posts.length > 0
  }, 20_000)
  t.equal(world.pagerduty.openAlerts().length + world.slack.posts.length, 1)
})
