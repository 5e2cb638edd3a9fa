import { createServer } from 'node:net'
import type { Test } from 'tap'
import { every } from '../../src/platform/every.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { startService } from '../../src/service.ts'
import { startTestRedis, type TestRedis } from './redis.ts'
import { startWorld, type World } from './world.ts'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A world whose Redis is apart, so that it can be killed and shared. */
export async function startOnSharedRedis(
  t: Test,
  env: Record<string, string> = {},
): Promise<{ world: World; redis: TestRedis }> {
  const port = await freePort()
  const redis = await startTestRedis({ settings: ['--port', String(port), '--bind', '127.0.0.1'] })
  t.teardown(redis.stop)
  const world = await startWorld({ env: { ROLE: 'server', REDIS_URL: `redis://127.0.0.1:${port}`, ...env } })
  t.teardown(world.stop)
  return { world, redis }
}

/** The same service again as another process would be: its own connections and memory, the same Redis. Its address. */
export async function startSecondServer(t: Test, world: World): Promise<string> {
  const service = await startService({
    config: { ...world.service().config, role: 'server', port: 0 },
    clock: world.clock,
    log: createLogger('debug', () => [], { write: line => void world.logged.push(line) }),
    pid: process.pid,
    random: Math.random,
    every,
    onSecrets() {},
  })
  t.teardown(service.stop)
  if (service.url === null) throw new Error('it listens')
  return service.url
}
