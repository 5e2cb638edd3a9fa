import { createServer } from 'node:http'
import { type AddressInfo, createServer as createSocket } from 'node:net'
import t from 'tap'
import { openP0, stepsTold, windAndSettle } from '../support/escalating.ts'
import { MINUTE } from '../support/one-issue.ts'
import { startTestRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

async function freePort(): Promise<number> {
  const socket = createSocket()
  await new Promise<void>(resolve => socket.listen(0, '127.0.0.1', resolve))
  const { port } = socket.address() as AddressInfo
  await new Promise(resolve => socket.close(resolve))
  return port
}

t.test(
  'a timer that was lost is found within a minute, the step is told, and no heartbeat leaves meanwhile',
  async t => {
    let beats = 0
    const waiting = createServer((_, response) => {
      beats += 1
      response.end()
    })
    await new Promise<void>(resolve => waiting.listen(0, '127.0.0.1', resolve))
    t.teardown(() => waiting.close())
    const port = await freePort()
    const redis = await startTestRedis({ settings: ['--port', String(port), '--bind', '127.0.0.1'] })
    t.teardown(redis.stop)
    const world = await startWorld({
      env: {
        REDIS_URL: `redis://127.0.0.1:${port}`,
        HEARTBEAT_URL: `http://127.0.0.1:${(waiting.address() as AddressInfo).port}/`,
      },
    })
    t.teardown(world.stop)
    const metric = async (name: string) => {
      const text = await (await fetch(`${world.url()}/metrics`)).text()
      return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
    }
    const id = await openP0(world)
    await windAndSettle(world, id, 2 * MINUTE)
    // One as it started, one after the minute.
    await until(() => beats === 2)

    const store = redis.client()
    t.equal(await store.zrem('tocsin:{incidents}:steps', id), 1)
    await windAndSettle(world, id, 2 * MINUTE)
    await until(async () => (await metric('tocsin_escalation_repairs_total\\{what="no-timer"\\}')) === 1)
    t.equal(beats, 2, 'held back')
    t.ok(await store.zscore('tocsin:{incidents}:steps', id), 'there again')
    await windAndSettle(world, id, 2 * MINUTE)
    await until(() => beats === 3)

    await store.zrem('tocsin:{incidents}:steps', id)
    await windAndSettle(world, id, 20 * MINUTE)
    await until(async () => (await metric('tocsin_escalation_repairs_total\\{what="overdue"\\}')) === 1)
    t.same(await stepsTold(world, id), ['1 slack-incidents'], 'what is overdue by then is told at once')
  },
)
