import { createServer } from 'node:net'
import t from 'tap'
import { every } from '../../src/platform/every.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { startService } from '../../src/service.ts'
import { MINUTE, numbers } from '../support/one-issue.ts'
import { startTestRedis } from '../support/redis.ts'
import { startWorld, type World } from '../support/world.ts'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** The same service again as another process would be: its own connections and memory, the same Redis. */
function startAnother(world: World) {
  return startService({
    config: { ...world.service().config, role: 'worker', publicUrl: world.url() },
    clock: world.clock,
    log: createLogger('debug', () => [], { write: line => void world.logged.push(line) }),
    pid: process.pid,
    random: Math.random,
    every,
    onSecrets() {},
  })
}

t.test('however many run, each round with Sentry is one process’s, and what it finds opens once', async t => {
  const port = await freePort()
  const redis = await startTestRedis({ settings: ['--port', String(port), '--bind', '127.0.0.1'] })
  t.teardown(redis.stop)
  const world = await startWorld({ env: { REDIS_URL: `redis://127.0.0.1:${port}` } })
  t.teardown(world.stop)
  const others = [await startAnother(world), await startAnother(world)]
  for (const other of others) t.teardown(other.stop)

  /** Whole lists that were asked for: by every environment, the first page. */
  const rounds = () =>
    world.sentry.requests.filter(
      ({ path, params }) =>
        path === 'issues/' && params.get('sort') === 'date' && !params.has('environment') && !params.has('group'),
    ).length
  const before = rounds()
  numbers(world, 320)
  const turns = 6
  for (let n = 0; n < turns; n++) {
    world.clock.wind(MINUTE)
    await Promise.all([world.service(), ...others].map(service => service.catchUp()))
  }
  t.equal(rounds() - before, turns)
  const incidents = await world.incidents()
  t.match(incidents, [{ severity: 'P1', signals: 1, generation: 1 }])
  t.equal((await world.notifications(incidents[0]?.id ?? '')).filter(({ kind }) => kind === 'open').length, 1)
})
