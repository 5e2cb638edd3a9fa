import type { Queue } from 'bullmq'
import type { Clock } from './clock.ts'
import type { QueueDepth } from './metrics.ts'
import type { RedisLike } from './redis.ts'

/** One per severity. */
const LOWEST_PRIORITY = 4

/** Counts a queue's jobs, and the age of the oldest that waits or is being worked on. Reads no job's data. */
export async function queueDepth(queue: Queue, redis: RedisLike, clock: Clock): Promise<QueueDepth> {
  const counts = await queue.getJobCounts('wait', 'prioritized', 'delayed', 'active', 'failed')
  const oldest = [
    await redis.lindex(queue.toKey('wait'), -1),
    await redis.lindex(queue.toKey('active'), -1),
    ...(await heads(queue, redis)),
  ]
  let oldestAgeMs = 0
  for (const id of oldest) {
    const since = id === null ? null : await redis.hget(queue.toKey(id), 'timestamp')
    if (since !== null) oldestAgeMs = Math.max(oldestAgeMs, clock.now() - Number(since))
  }
  return {
    waiting: (counts.wait ?? 0) + (counts.prioritized ?? 0),
    delayed: counts.delayed ?? 0,
    active: counts.active ?? 0,
    failed: counts.failed ?? 0,
    oldestAgeMs,
  }
}

/** The first of each priority. BullMQ scores `priority * 2^32 + counter` (its getPriorityScore.lua). */
async function heads(queue: Queue, redis: RedisLike): Promise<string[]> {
  const found: string[] = []
  for (let priority = 1; priority <= LOWEST_PRIORITY; priority += 1) {
    const [from, to] = [priority * 2 ** 32, (priority + 1) * 2 ** 32 - 1]
    found.push(...(await redis.zrangebyscore(queue.toKey('prioritized'), from, to, 'LIMIT', 0, 1)))
  }
  return found
}
