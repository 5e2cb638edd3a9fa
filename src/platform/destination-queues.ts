import { DelayedError, type Job, Queue, RateLimitError, Worker } from 'bullmq'
import { type Clock, systemClock } from './clock.ts'
import type { Log } from './logger.ts'
import type { QueueDepth } from './metrics.ts'
import { queueDepth } from './queue-depth.ts'
import { QUICK_LOCKS, queueOptions, workerOptions } from './queue-settings.ts'
import type { RedisLike } from './redis.ts'

/** Names a notification; what it says is read when it leaves. */
export interface QueuedNotification {
  incident: string
  notification: string
}

/**
 * `later`: not now, again in `delayMs`. With `pauseDestinationMs` nothing leaves for this destination meanwhile, and the
 * item goes back to the head of its priority.
 */
export type Turn = { again: 'no' } | { again: 'later'; delayMs: number; pauseDestinationMs?: number }

export interface DestinationQueues {
  /** Makes workers for these destinations: what waited before a crash goes on. Harmless to repeat. */
  ensure(destinations: readonly string[]): void
  /**
   * `priority` 1 (P0) leaves first. While an item waits, queueing it again changes nothing: its notification is the job's
   * id. One that is just having its turn may swallow that; what is still owed then is found by the sweep.
   */
  enqueue(
    destination: string,
    item: QueuedNotification,
    options: { priority: 1 | 2 | 3 | 4 | number; delayMs: number },
  ): Promise<void>
  depth(): Promise<Record<string, QueueDepth>>
  /** Makes every delayed item due and ends every pause; how many items. For tests that wind the clock. */
  promoteDelayed(): Promise<number>
  /** Takes no more items and waits for those in hand; `force`: leaves them to be taken over. */
  close(force?: boolean): Promise<void>
}

interface Line {
  queue: Queue<QueuedNotification>
  worker: Worker<QueuedNotification> | null
}

const QUEUE = 'notifications'

/**
 * BullMQ looks at the key of a pause only when a limiter is set. This one never fills; the real pacing is the handler's,
 * because a limiter of 120 a minute bursts and then a P0 waits out the minute.
 */
const NO_LIMIT = { max: 1_000_000_000, duration: 1000 }

/**
 * One queue and one worker per destination, so that a slow one holds up no other. Handled at least once: `handle` is
 * idempotent. When it throws, the item is tried again with backoff, without end.
 * Connections: two shared ones from `connect`, and one for each worker to wait on (100 idle workers cost 2 % of a core).
 */
export function createDestinationQueues(
  connect: () => RedisLike,
  handle: (item: QueuedNotification, destination: string) => Promise<Turn>,
  deps: {
    log: Log
    clock: Clock
    /** Items of one destination at the same time. */
    concurrency: number
    /** false: only puts items in; another process works them off. */
    work?: boolean
  },
): DestinationQueues {
  const { log } = deps
  const redis = connect()
  const lines = new Map<string, Line>()

  function line(destination: string): Line {
    const known = lines.get(destination)
    if (known !== undefined) return known
    const queue = new Queue<QueuedNotification>(QUEUE, { connection: redis, ...queueOptions(prefixOf(destination)) })
    queue.on('error', error => log.warn({ err: error, destination }, 'the queue of a destination reports an error'))
    const made: Line = { queue, worker: deps.work === false ? null : startWorker(destination) }
    lines.set(destination, made)
    return made
  }

  function startWorker(destination: string): Worker<QueuedNotification> {
    const turn = (job: Job<QueuedNotification>, token?: string) => takeTurn(destination, worker, job, token)
    const worker: Worker<QueuedNotification> = new Worker<QueuedNotification>(QUEUE, turn, {
      connection: redis,
      concurrency: deps.concurrency,
      limiter: NO_LIMIT,
      ...workerOptions(prefixOf(destination), QUICK_LOCKS),
    })
    worker.on('error', error => log.warn({ err: error, destination }, 'the worker of a destination reports an error'))
    worker.on('failed', (job, error) => {
      log.error({ err: error, destination, ...job?.data }, 'a notification could not be handled; it is tried again')
    })
    return worker
  }

  async function takeTurn(
    destination: string,
    worker: Worker<QueuedNotification>,
    job: Job<QueuedNotification>,
    token: string | undefined,
  ): Promise<void> {
    const turn = await handle(job.data, destination)
    if (turn.again === 'no') return
    if (turn.pauseDestinationMs !== undefined && turn.pauseDestinationMs > 0) {
      await worker.rateLimit(Math.ceil(turn.pauseDestinationMs))
      throw new RateLimitError()
    }
    // BullMQ's timers run on the system's time, whatever clock the service was given.
    await job.moveToDelayed(systemClock.now() + turn.delayMs, token)
    throw new DelayedError()
  }

  /** A worker sleeps through a pause it has seen; a new one has not seen it. */
  async function endPause(destination: string, { queue, worker }: Line): Promise<void> {
    const paused = (await queue.getRateLimitTtl(NO_LIMIT.max)) > 0
    if (!paused) return
    await queue.removeRateLimitKey()
    if (worker === null) return
    await worker.close()
    lines.set(destination, { queue, worker: startWorker(destination) })
  }

  return {
    ensure(destinations) {
      for (const destination of destinations) line(destination)
    },
    async enqueue(destination, item, options) {
      const { priority, delayMs: delay } = options
      await line(destination).queue.add('notification', item, { priority, delay, jobId: item.notification })
    },
    async depth() {
      const depths = [...lines].map(async ([name, { queue }]) => [name, await queueDepth(queue, redis, deps.clock)])
      return Object.fromEntries(await Promise.all(depths))
    },
    async promoteDelayed() {
      let promoted = 0
      for (const [destination, known] of lines) {
        promoted += await known.queue.getDelayedCount()
        await known.queue.promoteJobs()
        await endPause(destination, known)
      }
      return promoted
    },
    async close(force = false) {
      await Promise.all([...lines.values()].map(({ worker }) => worker?.close(force)))
      await Promise.all([...lines.values()].map(({ queue }) => queue.close()))
      redis.disconnect()
    },
  }
}

function prefixOf(destination: string): string {
  return `tocsin:to:${destination}`
}
