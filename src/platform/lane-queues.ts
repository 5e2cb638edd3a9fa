import { Queue, Worker } from 'bullmq'
import type { Delivery } from '../signals/delivery.ts'
import type { Clock } from './clock.ts'
import { type LaneJob, packJob, unpackJob } from './lane-job.ts'
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

/** As long as anything is kept: what a crash leaves behind goes then, and a lane that stood still has what it needs. */
const KEEP_BODIES_MS = 35 * 86_400_000

function prefixOf(lane: Lane): string {
  return `tocsin:${lane}`
}

/** The writing end of a lane. `redis` stays the caller's; with a `door` connection `add` fails fast. */
export function createLaneQueue(redis: RedisLike, lane: Lane, deps: { clock: Clock; log: Log }): LaneQueue {
  const queue = new Queue<LaneJob>(QUEUE, { connection: redis, ...queueOptions(prefixOf(lane)) })
  queue.on('error', error => deps.log.warn({ err: error, lane }, 'the queue of a lane reports an error'))
  return {
    async add(deliveries, options = {}) {
      const [first] = deliveries
      if (first === undefined) return
      const key = `{${prefixOf(lane)}}:bodies:${first.id}:${first.attempt}`
      const { job, bodies } = packJob(deliveries, key)
      // One connection keeps the order, so where there is a job there are its bodies; one fsync pays for both.
      await Promise.all([
        bodies === null ? null : redis.set(key, bodies, 'PX', KEEP_BODIES_MS),
        queue.add('deliveries', job, { delay: options.delayMs ?? 0, ...jobId(options.jobId) }),
      ])
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
  const tidying = new Set<Promise<unknown>>()

  async function work(job: LaneJob): Promise<void> {
    const bodies = job.apart === undefined ? '' : await redis.get(job.apart.key)
    if (bodies !== null) return handle(unpackJob(job, bodies))
    // Only what was handled to its end is taken away: this is the second run of a job whose lock was lost.
    deps.log.warn({ lane, deliveries: job.deliveries.map(({ id }) => id) }, 'a group of deliveries was handled before')
  }

  const worker = new Worker<LaneJob>(QUEUE, job => work(job.data), {
    connection: redis,
    concurrency: deps.concurrency,
    ...workerOptions(prefixOf(lane), lane === 'alerts' ? QUICK_LOCKS : PATIENT_LOCKS),
  })
  worker.on('completed', ({ data: { apart } }) => {
    if (apart === undefined) return
    const gone = redis.unlink(apart.key).catch(() => {}) // it expires
    tidying.add(gone)
    void gone.then(() => tidying.delete(gone))
  })
  worker.on('error', error => deps.log.warn({ err: error, lane }, 'the worker of a lane reports an error'))
  worker.on('failed', (job, error) => {
    const deliveries = job?.data.deliveries.map(delivery => delivery.id)
    deps.log.error({ err: error, lane, job: job?.id, deliveries }, 'a group of deliveries failed; it is tried again')
  })
  worker.on('stalled', job => deps.log.warn({ lane, job }, 'a job of a worker that is gone is taken over'))
  return {
    async close(force) {
      await worker.close(force)
      if (force !== true) await Promise.all(tidying)
    },
  }
}

function jobId(id: string | undefined): { jobId?: string } {
  return id === undefined ? {} : { jobId: id }
}
