import { createServer } from 'node:net'
import { Cluster } from 'ioredis'
import t from 'tap'
import { systemClock } from '../../src/platform/clock.ts'
import { createDestinationQueues } from '../../src/platform/destination-queues.ts'
import { checkDurability } from '../../src/platform/durability.ts'
import { createLaneQueue, startLaneWorker } from '../../src/platform/lane-queues.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { connectRedis, reconnectDelay, untilReached } from '../../src/platform/redis.ts'
import type { Delivery } from '../../src/signals/delivery.ts'
import { startTestRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

const log = createLogger('silent', () => [])

/** Two ports that nobody uses right now. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(0, '127.0.0.1')]
  const ports = servers.map(async server => {
    await new Promise(resolve => server.once('listening', resolve))
    const address = server.address()
    await new Promise(resolve => server.close(resolve))
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  const [one = 0, two = 0] = await Promise.all(ports)
  return [one, two]
}

t.test('a store connection rides out a restart of Redis; an outage is logged once, and its end', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const lines: string[] = []
  const told = createLogger('info', () => [], { write: line => void lines.push(line) })
  const store = connectRedis({ path: redis.path }, 'store', told)
  t.teardown(() => store.disconnect())
  await store.set('a', '1')
  await redis.kill()
  const answer = store.get('a')
  await redis.start()
  t.equal(await answer, '1')
  await until(() => lines.some(line => line.includes('Redis is back')))
  t.equal(lines.filter(line => line.includes('cannot be reached')).length, 1)
  t.same([1, 10, 1000].map(reconnectDelay), [25, 250, 500])
})

t.test('a door connection gives up within its second when Redis hangs', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const door = connectRedis({ path: redis.path }, 'door', log)
  t.teardown(() => door.disconnect())
  await until(() => door.status === 'ready')
  await redis.client().call('CLIENT', 'PAUSE', '60000', 'ALL')
  await t.rejects(door.set('a', '1'), /timed out/)
  await redis.kill()
  await t.rejects(door.set('a', '1'))
})

t.test('weaker settings are named, each with what it risks', async t => {
  const settings = ['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru']
  const redis = await startTestRedis({ settings })
  t.teardown(() => redis.stop())
  const client = redis.client()
  t.match(await checkDurability(client), [
    { name: 'appendonly', ok: false, reason: /is no, should be yes: .*loses/ },
    { name: 'appendfsync', ok: false, reason: /is everysec, should be always/ },
    { name: 'maxmemory-policy', ok: false, reason: /is allkeys-lru, should be noeviction/ },
  ])
  await client.call('ACL', 'SETUSER', 'default', '-config')
  t.match(await checkDurability(client), [
    { ok: false, reason: /not known, CONFIG GET failed: .*permission/i },
    { ok: false },
    { ok: false },
  ])
})

t.test('on a Redis Cluster every script of the queues stays in one slot', async t => {
  const [port, bus] = await freePorts()
  const settings = [
    '--port',
    String(port),
    '--cluster-enabled',
    'yes',
    '--cluster-port',
    String(bus),
    '--cluster-announce-ip',
    '127.0.0.1',
    '--appendfsync',
    'always',
  ]
  const redis = await startTestRedis({ settings })
  t.teardown(() => redis.stop())
  const node = redis.client()
  await node.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  await until(async () => String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok'))

  const url = [`redis://127.0.0.1:${port}`, `redis://127.0.0.1:${port}/`]
  const open: { disconnect(): void }[] = []
  t.teardown(() => {
    for (const one of open) one.disconnect()
  })
  const connect = (purpose: 'store' | 'queue' | 'worker') => {
    const connection = connectRedis({ url }, purpose, log)
    open.push(connection)
    return connection
  }
  const store = connect('store')
  t.ok(store instanceof Cluster)
  await store.set('a', '1')
  t.same(
    (await checkDurability(store)).map(check => check.ok),
    [true, true, true],
  )

  const lane = createLaneQueue(connect('queue'), 'alerts', { clock: systemClock, log })
  const seen: string[] = []
  const handle = async (group: Delivery[]) => void seen.push(...group.map(one => one.id))
  const worker = startLaneWorker(connect('worker'), 'alerts', handle, { concurrency: 1, log })
  const at = { hookTimestamp: null, receivedAt: 1 }
  await lane.add([{ id: 'd-1', source: 's', resource: 'issue', ...at, body: '', encoding: 'utf8', attempt: 0 }])
  await until(() => seen.length === 1)
  t.match(await lane.depth(), { failed: 0 })

  const told: string[] = []
  const queues = createDestinationQueues(
    () => connect('worker'),
    async item => {
      told.push(item.notification)
      return { again: 'no' }
    },
    { log, clock: systemClock, concurrency: 1 },
  )
  await queues.enqueue('slack-incidents', { incident: 'i', notification: 'n' }, { priority: 1, delayMs: 0 })
  await until(() => told.length === 1)
  await queues.close()
  await worker.close()
  await lane.close()
})

t.test('one URL is one server, with its credentials; none is refused', async t => {
  const [port] = await freePorts()
  const redis = await startTestRedis({ settings: ['--port', String(port)] })
  t.teardown(() => redis.stop())
  await redis.client().call('ACL', 'SETUSER', 'app', 'on', '>p@ss', '~*', '+@all')
  const client = connectRedis({ url: [`redis://app:p%40ss@127.0.0.1:${port}/2`] }, 'store', log)
  t.teardown(() => client.disconnect())
  t.equal(await client.call('ACL', 'WHOAMI'), 'app')
  t.throws(() => connectRedis({ url: [] }, 'store', log), /no Redis URL/)
})

t.test('a server that does not answer at the start is told of with its reason, never with its URL', async t => {
  const [port, silent] = await freePorts()
  const redis = await startTestRedis({ settings: ['--port', String(port)] })
  t.teardown(() => redis.stop())
  const reach = async (...url: string[]) => {
    const client = connectRedis({ url }, 'store', log)
    t.teardown(() => client.disconnect())
    await untilReached(client, 1_000)
  }
  await t.resolves(reach(`redis://127.0.0.1:${port}`))
  await redis.client().call('ACL', 'SETUSER', 'default', '>secret', 'resetpass', '>secret')
  const refused = { code: 'STORE_UNAVAILABLE' }
  await t.rejects(reach(`redis://127.0.0.1:${port}`), { ...refused, message: /^REDIS_URL cannot be reached: NOAUTH/ })
  await t.rejects(reach(`redis://:wrong@127.0.0.1:${port}`), { ...refused, message: /: WRONGPASS/ })
  await t.rejects(reach(`redis://127.0.0.1:${silent}`), { ...refused, message: /: connect ECONNREFUSED/ })
  const nodes = [`redis://127.0.0.1:${silent}`, `redis://localhost:${silent}`]
  await t.rejects(reach(...nodes), { ...refused, message: /^REDIS_URL cannot be reached: (?!Failed to refresh)/ })
})
