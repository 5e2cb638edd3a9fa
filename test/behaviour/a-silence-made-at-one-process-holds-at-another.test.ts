import { createServer } from 'node:net'
import t from 'tap'
import { every } from '../../src/platform/every.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { startService } from '../../src/service.ts'
import { alertNow, numbers } from '../support/one-issue.ts'
import { startTestRedis } from '../support/redis.ts'
import { silence } from '../support/silencing.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

t.test('the server takes it, the worker keeps to it; ended at the server, what is open speaks once', async t => {
  const port = await freePort()
  const redis = await startTestRedis({ settings: ['--port', String(port), '--bind', '127.0.0.1'] })
  t.teardown(redis.stop)
  const world = await startWorld({ env: { ROLE: 'server', REDIS_URL: `redis://127.0.0.1:${port}` } })
  t.teardown(world.stop)
  const worker = await startService({
    config: { ...world.service().config, role: 'worker', publicUrl: world.url() },
    clock: world.clock,
    log: createLogger('debug', () => [], { write: line => void world.logged.push(line) }),
    pid: process.pid,
    random: Math.random,
    every,
    onSecrets() {},
  })
  t.teardown(() => worker.stop())

  const { id: silenceId } = await silence(world)
  numbers(world, 320)
  const { incident } = await world.tell('event_alert', alertNow(world))
  await worker.settled()
  t.match(await world.incident(incident ?? ''), { silenced: { through: { id: silenceId } } })
  t.equal(world.slack.posts.length, 0)
  t.match((await world.api('GET', `/silences/${silenceId}`)).body, { hid: 1 })

  await world.api('POST', `/silences/${silenceId}/expire`)
  await until(() => world.slack.messages('incidents').length === 1)
  await worker.catchUp()
  await worker.settled()
  t.equal(world.slack.messages('incidents').length, 1)
})
