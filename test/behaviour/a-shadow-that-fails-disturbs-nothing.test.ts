import t from 'tap'
import { alertNow, MINUTE, numbers } from '../support/one-issue.ts'
import { startTestRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('a shadow that cannot be read is counted and said; signals are judged and told as ever', async t => {
  const port = 20_000 + (process.pid % 20_000)
  const server = await startTestRedis({ settings: ['--port', String(port)] })
  const redis = server.client()
  const world = await startWorld({ env: { REDIS_URL: `redis://127.0.0.1:${port}` } })
  t.teardown(async () => {
    await world.stop()
    redis.disconnect()
    await server.stop()
  })
  const asked = { against: 'current', until: new Date(world.clock.now() + 60 * MINUTE).toISOString() }
  t.equal((await world.api('PUT', '/rules/shadow', asked)).status, 200)
  await redis.hset('tocsin:{shadow}:now', { id: 'of-another-version', shadow: '{"document":' })
  await world.service().catchUp()

  numbers(world, 320)
  const came = await world.tell('event_alert', alertNow(world))
  t.equal(came.severity, 'P1')
  await world.service().settled()
  await until(async () => (await world.notifications(came.incident ?? '')).some(({ status }) => status === 'sent'))
  await world.service().catchUp()
  t.equal(world.logged.filter(line => line.includes('the shadow rules failed')).length, 1, 'said once')
  t.equal((await world.api('GET', '/rules/shadow')).status, 404)

  const begun = await world.api('PUT', '/rules/shadow', asked)
  t.equal(begun.status, 200, 'another can be begun')
  await world.tell('event_alert', alertNow(world, { issue: '7400000399' }))
  await world.service().catchUp()
  t.match((await world.api('GET', '/rules/shadow')).body.counts, { signals: 1, failed: 0 })
})
