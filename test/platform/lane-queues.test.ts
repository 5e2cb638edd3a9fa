import t from 'tap'
import { systemClock, woundClock } from '../../src/platform/clock.ts'
import { createLaneQueue, startLaneWorker } from '../../src/platform/lane-queues.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { retryDelay } from '../../src/platform/queue-settings.ts'
import { connectRedis } from '../../src/platform/redis.ts'
import type { Delivery } from '../../src/signals/delivery.ts'
import { startTestRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

const log = createLogger('silent', () => [])
const redis = await startTestRedis()
t.teardown(() => redis.stop())

function delivery(id: string): Delivery {
  const at = { hookTimestamp: null, receivedAt: 1 }
  return { id, source: 'default', resource: 'issue', ...at, body: '{"é":60.0}', encoding: 'utf8', attempt: 0 }
}

t.test('deliveries added together are handled together, unchanged, and leave nothing behind', async t => {
  const queue = createLaneQueue(redis.client(), 'alerts', { clock: systemClock, log })
  const seen: Delivery[][] = []
  const handle = async (group: Delivery[]) => void seen.push(group)
  const worker = startLaneWorker(redis.client(), 'alerts', handle, { concurrency: 2, log })
  const group = [delivery('a-1'), delivery('a-2')]
  await queue.add(group)
  await queue.add([])
  await until(() => seen.length > 0)
  t.same(seen, [group])
  await until(async () => (await queue.depth()).active === 0)
  t.same(await queue.depth(), { waiting: 0, delayed: 0, active: 0, failed: 0, oldestAgeMs: 0 })
  await worker.close()
  await queue.close()
})

t.test('large groups come through a failure unchanged, and their bodies leave nothing behind', async t => {
  const client = redis.client()
  const queue = createLaneQueue(client, 'errors', { clock: systemClock, log })
  const group = ['a', 'é', '😀'].map((letter, n) => ({ ...delivery(`big-${n}`), body: letter.repeat(9_000) }))
  const seen: Delivery[][] = []
  async function handle(deliveries: Delivery[]) {
    seen.push(deliveries)
    if (seen.length === 1) throw new Error('the store is away')
  }
  await queue.add(group)
  const kept = () => client.keys('{tocsin:errors}:bodies:*')
  t.equal((await kept()).length, 1)
  t.ok((await client.pttl((await kept())[0] ?? '')) > 34 * 86_400_000, 'kept as long as anything is')
  const worker = startLaneWorker(redis.client(), 'errors', handle, { concurrency: 1, log })
  await until(async () => seen.length === 1 && (await queue.depth()).delayed === 1)
  t.equal((await kept()).length, 1, 'still there for the next try')
  await queue.promoteDelayed()
  await until(() => seen.length === 2)
  await worker.close()
  t.strictSame(seen, [group, group])
  t.same(await kept(), [])
  await queue.close()
})

t.test('a group whose lock was lost, and that another worker finished, is not handled without its bodies', async t => {
  const client = redis.client()
  const queue = createLaneQueue(client, 'errors', { clock: systemClock, log })
  await queue.add(['a', 'b'].map(letter => ({ ...delivery(letter), body: letter.repeat(9_000) })))
  await client.unlink(await client.keys('{tocsin:errors}:bodies:*'))
  const seen: Delivery[][] = []
  const handle = async (group: Delivery[]) => void seen.push(group)
  const worker = startLaneWorker(redis.client(), 'errors', handle, { concurrency: 1, log })
  await until(async () => {
    const { waiting, active, delayed } = await queue.depth()
    return waiting + active + delayed === 0
  })
  await worker.close()
  t.same(seen, [])
  await queue.close()
})

t.test('a group that throws is tried again, and is not counted as failed', async t => {
  const queue = createLaneQueue(redis.client(), 'alerts', { clock: systemClock, log })
  let tries = 0
  async function handle() {
    tries += 1
    if (tries === 1) throw new Error('the store is away')
  }
  const worker = startLaneWorker(redis.client(), 'alerts', handle, { concurrency: 1, log })
  await queue.add([delivery('a-1')])
  await until(async () => tries === 1 && (await queue.depth()).delayed === 1)
  t.equal(await queue.promoteDelayed(), 1)
  await until(() => tries === 2)
  await worker.close()
  t.same(await queue.depth(), { waiting: 0, delayed: 0, active: 0, failed: 0, oldestAgeMs: 0 })
  await queue.close()
})

t.test('what a worker held when it was killed goes on elsewhere within seconds, however often', async t => {
  const queue = createLaneQueue(redis.client(), 'alerts', { clock: systemClock, log })
  let started = 0
  let open = () => {}
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  async function handle() {
    started += 1
    if (started < 3) await gate
  }
  await queue.add([delivery('a-1')])
  for (const crash of [1, 2]) {
    const worker = startLaneWorker(redis.client(), 'alerts', handle, { concurrency: 1, log })
    await until(() => started === crash)
    await worker.close(true)
  }
  const last = startLaneWorker(redis.client(), 'alerts', handle, { concurrency: 1, log })
  await until(() => started === 3)
  await until(async () => (await queue.depth()).active === 0)
  await last.close()
  open()
  t.equal((await queue.depth()).waiting, 0)
  await queue.close()
})

t.test('the lanes do not see each other; depth tells counts and the age of the oldest', async t => {
  const clock = woundClock()
  const errors = createLaneQueue(redis.client(), 'errors', { clock, log })
  const alerts = createLaneQueue(redis.client(), 'alerts', { clock, log })
  await errors.add([delivery('e-1')])
  await errors.add([delivery('e-2')], { delayMs: 3_600_000, jobId: 'again-1' })
  await errors.add([delivery('e-2')], { delayMs: 3_600_000, jobId: 'again-1' })
  clock.wind(5000)
  t.match(await errors.depth(), { waiting: 1, delayed: 1, active: 0, failed: 0 })
  const { oldestAgeMs } = await errors.depth()
  t.ok(oldestAgeMs >= 5000 && oldestAgeMs < 60_000, `${oldestAgeMs} ms old`)
  t.match(await alerts.depth(), { waiting: 0, delayed: 0 })
  t.equal(await errors.promoteDelayed(), 1)
  t.match(await errors.depth(), { waiting: 2, delayed: 0 })
  await Promise.all([errors.close(), alerts.close()])
})

t.test('with Redis down a door connection is refused at once; back again, the queue goes on by itself', async t => {
  const own = await startTestRedis()
  const door = connectRedis({ path: own.path }, 'door', log)
  const workerRedis = connectRedis({ path: own.path }, 'worker', log)
  t.teardown(async () => {
    door.disconnect()
    workerRedis.disconnect()
    await own.stop()
  })
  const queue = createLaneQueue(door, 'alerts', { clock: systemClock, log })
  const seen: string[] = []
  const handle = async (group: Delivery[]) => void seen.push(...group.map(one => one.id))
  const worker = startLaneWorker(workerRedis, 'alerts', handle, { concurrency: 1, log })
  await until(() => door.status === 'ready')
  await queue.add([delivery('before')])
  await until(() => seen.includes('before'))
  await own.kill()
  await t.rejects(queue.add([delivery('refused')]))
  await own.start()
  await until(() => door.status === 'ready')
  await queue.add([delivery('after')])
  await until(() => seen.includes('after'))
  t.same(seen, ['before', 'after'])
  await worker.close()
  await queue.close()
})

t.test('a queue made while Redis is down works once Redis is up', async t => {
  const own = await startTestRedis()
  await own.kill()
  const door = connectRedis({ path: own.path }, 'door', log)
  t.teardown(async () => {
    door.disconnect()
    await own.stop()
  })
  const queue = createLaneQueue(door, 'alerts', { clock: systemClock, log })
  await t.rejects(queue.add([delivery('refused')]))
  await own.start()
  await until(() => door.status === 'ready')
  await queue.add([delivery('stored')])
  t.match(await queue.depth(), { waiting: 1 })
  await queue.close()
})

t.test('retries wait longer each time, to half a minute, and are spread', async t => {
  t.same(
    [1, 2, 3, 8, 100].map(attempt => retryDelay(attempt)),
    [250, 500, 1000, 30_000, 30_000],
  )
  const spread = new Set(Array.from({ length: 20 }, (_, n) => retryDelay(8, '', undefined, { id: `job-${n}` })))
  t.ok(spread.size > 10 && Math.min(...spread) >= 22_500)
})
