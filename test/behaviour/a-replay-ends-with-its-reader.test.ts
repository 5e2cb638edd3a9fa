import type { Redis } from 'ioredis'
import t from 'tap'
import { createKeptStore } from '../../src/whatif/kept-store.ts'
import { alertNow, numbers } from '../support/one-issue.ts'
import { startTestRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { SECRETS, startWorld, type World } from '../support/world.ts'

const DAY_MS = 86_400_000

/** One alert as it was kept, so often that replaying it takes a while. */
async function keepMany(world: World, redis: Redis, count: number): Promise<void> {
  numbers(world, 320)
  await world.tell('event_alert', alertNow(world))
  await world.service().catchUp()
  const kept = createKeptStore(redis)
  const now = world.clock.now()
  const lines: string[] = []
  for await (const some of kept.read(now, now)) lines.push(...some)
  const line = lines.find(text => !text.includes('"recorded":null'))
  if (line === undefined) throw new Error('the alert was not kept')
  for (let n = 0; n < count; n += 500) {
    const again = Array.from({ length: 500 }, (_, i) => line.replace('"id":"', `"id":"again-${n + i}-`))
    await kept.append(again, now, DAY_MS)
    await kept.pack(now)
  }
}

t.test('who leaves in the middle of a replay keeps nobody from asking for the next', async t => {
  const port = 20_000 + (process.pid % 20_000)
  const server = await startTestRedis({ settings: ['--port', String(port)] })
  const redis = server.client()
  const world = await startWorld({ env: { REDIS_URL: `redis://127.0.0.1:${port}` } })
  t.teardown(async () => {
    await world.stop()
    redis.disconnect()
    await server.stop()
  })
  await keepMany(world, redis, 20_000)
  const asked = { against: 'current', days: 1 }
  const leaving = new AbortController()
  const response = await fetch(`${world.url()}/api/v1/rules/replay`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRETS.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify(asked),
    signal: leaving.signal,
  })
  const reader = response.body?.getReader()
  await reader?.read()
  const other = await world.api('POST', '/rules/replay', asked)
  t.equal(other.status, 409, 'one at a time')
  leaving.abort()
  // The other is refused for as long as the first runs: it is not run to its end for nobody.
  const ask = () => world.api('POST', '/rules/replay', { ...asked, days: 0 }, { accept: 'application/json' })
  await until(async () => (await ask()).status === 200)
})
