import { Queue, Worker } from 'bullmq'
import type { Delivery } from '../signals/delivery.ts'
import type { Clock } from './clock.ts'
import type { Log } from './logger.ts'
import type { QueueDepth } from './metrics.ts'
import { queueDepth } from './queue-depth.ts'
import { PATIENT_LOCKS, QUICK_LOCKS, queueOptions, workerOptions } from './queue-settings.ts'
import type { RedisLike } from './redis.ts'

/** Two lanes, so that a flood of error events never delays an alert. */
export type Lane = 'alerts' | 'errors'

export interface LaneQueue {
  /**
   * Stores one job with all of `deliveries`, and resolves when Redis has it; none: nothing. A `jobId` dedupes only while
   * its job exists; it must not contain `:` nor be all digits.
   */
  add(deliveries: readonly Delivery[], options?: { delayMs?: number; jobId?: string }): Promise<void>
  depth(): Promise<QueueDepth>
  /** Makes every delayed job due now; how many there were. For tests that wind the clock. */
  promoteDelayed(): Promise<number>
  close(): Promise<void>
}

export interface LaneWorker {
  /** Takes no more jobs and waits for those in hand; `force`: leaves them to be taken over when their locks end. */
  close(force?: boolean): Promise<void>
}

const QUEUE = 'deliveries'

interface Job {
  deliveries: readonly Delivery[]
}

function prefixOf(lane: Lane): string {
  return `tocsin:${lane}`
}

/** The writing end of a lane. `redis` stays the caller's; with a `door` connection `add` fails fast. */
export function createLaneQueue(redis: RedisLike, lane: Lane, deps: { clock: Clock; log: Log }): LaneQueue {
  const queue = new Queue<Job>(QUEUE, { connection: redis, ...queueOptions(prefixOf(lane)) })
  queue.on('error', error => deps.log.warn({ err: error, lane }, 'the queue of a lane reports an error'))
  return {
    async add(deliveries, options = {}) {
      if (deliveries.length === 0) return
      await queue.add('deliveries', { deliveries }, { delay: options.delayMs ?? 0, ...jobId(options.jobId) })
    },
    depth: () => queueDepth(queue, redis, deps.clock),
    async promoteDelayed() {
      const delayed = await queue.getDelayedCount()
      await queue.promoteJobs()
      return delayed
    },
    close: () => queue.close(),
  }
}

/**
 * The working end of a lane. `handle` gets what one job carries and settles each delivery by itself; when it throws, the
 * whole group is tried again, without end: then the store is at fault, not a delivery. Handled at least once.
 */
export function startLaneWorker(
  redis: RedisLike,
  lane: Lane,
  handle: (deliveries: Delivery[]) => Promise<void>,
  deps: { concurrency: number; log: Log },
): LaneWorker {
  const worker = new Worker<Job>(QUEUE, async job => handle([...job.data.deliveries]), {
    connection: redis,
    concurrency: deps.concurrency,
    ...workerOptions(prefixOf(lane), lane === 'alerts' ? QUICK_LOCKS : PATIENT_LOCKS),
  })
  worker.on('error', error => deps.log.warn({ err: error, lane }, 'the worker of a lane reports an error'))
  worker.on('failed', (job, error) => {
    const deliveries = job?.data.deliveries.map(delivery => delivery.id)
    deps.log.error({ err: error, lane, job: job?.id, deliveries }, 'a group of deliveries failed; it is tried again')
  })
  worker.on('stalled', job => deps.log.warn({ lane, job }, 'a job of a worker that is gone is taken over'))
  return { close: force => worker.close(force) }
}

function jobId(id: string | undefined): { jobId?: string } {
  return id === undefined ? {} : { jobId: id }
}
