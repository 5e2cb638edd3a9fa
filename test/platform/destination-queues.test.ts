import t from 'tap'
import { systemClock } from '../../src/platform/clock.ts'
import { createDestinationQueues, type QueuedNotification, type Turn } from '../../src/platform/destination-queues.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { startTestRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

const deps = { log: createLogger('silent', () => []), clock: systemClock, concurrency: 1 }
const redis = await startTestRedis()
t.teardown(() => redis.stop())

function item(notification: string): QueuedNotification {
  return { incident: 'i-1', notification }
}

const HOUR = 3_600_000

t.test('a P0 that comes last leaves first; within a severity, the order of coming holds', async t => {
  const queues = createDestinationQueues(
    () => redis.client(),
    async () => ({ again: 'no' }),
    { ...deps, work: false },
  )
  for (let n = 0; n < 5; n += 1) await queues.enqueue('slack-a', item(`p2-${n}`), { priority: 3, delayMs: 0 })
  await queues.enqueue('slack-a', item('p3'), { priority: 4, delayMs: 0 })
  await queues.enqueue('slack-a', item('p0'), { priority: 1, delayMs: 0 })
  t.match(await queues.depth(), { 'slack-a': { waiting: 7, delayed: 0, active: 0, failed: 0 } })
  await queues.close()

  const told: string[] = []
  async function tell(one: QueuedNotification, destination: string): Promise<Turn> {
    told.push(`${destination} ${one.notification}`)
    return { again: 'no' }
  }
  const working = createDestinationQueues(() => redis.client(), tell, deps)
  working.ensure(['slack-a', 'slack-a'])
  await until(() => told.length === 7)
  const order = ['p0', 'p2-0', 'p2-1', 'p2-2', 'p2-3', 'p2-4', 'p3']
  t.same(
    told,
    order.map(name => `slack-a ${name}`),
  )
  await working.close()
})

t.test('later: the item comes back after its delay, with its priority, and others go on meanwhile', async t => {
  const told: string[] = []
  async function tell(one: QueuedNotification): Promise<Turn> {
    told.push(one.notification)
    return told.filter(name => name === 'first').length === 1 && one.notification === 'first'
      ? { again: 'later', delayMs: HOUR }
      : { again: 'no' }
  }
  const queues = createDestinationQueues(() => redis.client(), tell, deps)
  await queues.enqueue('slack-b', item('first'), { priority: 1, delayMs: 0 })
  await queues.enqueue('slack-b', item('second'), { priority: 3, delayMs: 0 })
  await queues.enqueue('slack-b', item('third'), { priority: 3, delayMs: HOUR })
  await until(() => told.length === 2)
  t.same(told, ['first', 'second'])
  await until(async () => (await queues.depth())['slack-b']?.delayed === 2)
  t.equal(await queues.promoteDelayed(), 2)
  await until(() => told.length === 4)
  t.same(told.slice(2).sort(), ['first', 'third'])
  t.match(await queues.depth(), { 'slack-b': { waiting: 0, delayed: 0, failed: 0 } })
  await queues.close()
})

t.test('a short delay passes by itself', async t => {
  const told: string[] = []
  async function tell(one: QueuedNotification): Promise<Turn> {
    told.push(one.notification)
    return told.length === 1 ? { again: 'later', delayMs: 20 } : { again: 'no' }
  }
  const queues = createDestinationQueues(() => redis.client(), tell, deps)
  await queues.enqueue('slack-c', item('x'), { priority: 1, delayMs: 0 })
  await until(() => told.length === 2)
  await queues.close()
  t.same(told, ['x', 'x'])
})

t.test('a paused destination says nothing, then the highest severity first; others are not held up', async t => {
  const told: string[] = []
  let paused = false
  async function tell(one: QueuedNotification, destination: string): Promise<Turn> {
    if (destination === 'slack-slow' && !paused) {
      paused = true
      return { again: 'later', delayMs: HOUR, pauseDestinationMs: HOUR }
    }
    told.push(one.notification)
    return { again: 'no' }
  }
  const queues = createDestinationQueues(() => redis.client(), tell, deps)
  await queues.enqueue('slack-slow', item('p2'), { priority: 3, delayMs: 0 })
  await until(() => paused)
  await queues.enqueue('slack-slow', item('p0'), { priority: 1, delayMs: 0 })
  await queues.enqueue('slack-slow', item('p2-later'), { priority: 3, delayMs: 0 })
  await queues.enqueue('slack-quick', item('elsewhere'), { priority: 4, delayMs: 0 })
  await until(() => told.length === 1)
  t.same(told, ['elsewhere'])
  await until(async () => (await queues.depth())['slack-slow']?.waiting === 3)
  t.equal(await queues.promoteDelayed(), 0)
  await until(() => told.length === 4)
  t.same(told, ['elsewhere', 'p0', 'p2', 'p2-later'], 'who was sent back stands before those who came later')
  await queues.close()
})

t.test('a short pause ends by itself', async t => {
  let turns = 0
  async function tell(): Promise<Turn> {
    turns += 1
    return turns === 1 ? { again: 'later', delayMs: 50, pauseDestinationMs: 50 } : { again: 'no' }
  }
  const queues = createDestinationQueues(() => redis.client(), tell, deps)
  await queues.enqueue('slack-d', item('x'), { priority: 1, delayMs: 0 })
  await until(() => turns === 2)
  await queues.close()
  t.equal(turns, 2)
})

t.test('what a killed process held is told by the next, and the same item queued twice waits once', async t => {
  let turns = 0
  const hanging = createDestinationQueues(
    () => redis.client(),
    () => {
      turns += 1
      return new Promise<Turn>(() => {})
    },
    deps,
  )
  await hanging.enqueue('slack-e', item('x'), { priority: 2, delayMs: 0 })
  await hanging.enqueue('slack-e', item('x'), { priority: 2, delayMs: 0 })
  await until(() => turns === 1)
  await hanging.close(true)
  const told: string[] = []
  async function tell(one: QueuedNotification): Promise<Turn> {
    told.push(one.notification)
    return { again: 'no' }
  }
  const next = createDestinationQueues(() => redis.client(), tell, deps)
  next.ensure(['slack-e'])
  await until(() => told.length === 1)
  // Queued after it: when this one has had its turn, a second turn of the first would have come before.
  await next.enqueue('slack-e', item('y'), { priority: 2, delayMs: 0 })
  await until(() => told.includes('y'))
  await next.close()
  t.same(told, ['x', 'y'])
})

t.test('an item whose handling throws is tried again', async t => {
  let turns = 0
  async function tell(): Promise<Turn> {
    turns += 1
    if (turns === 1) throw new Error('the store is away')
    return { again: 'no' }
  }
  const queues = createDestinationQueues(() => redis.client(), tell, deps)
  await queues.enqueue('slack-f', item('x'), { priority: 1, delayMs: 0 })
  await until(() => turns === 2)
  await queues.close()
  t.equal(turns, 2)
})
