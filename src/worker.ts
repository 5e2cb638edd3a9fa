import type { Pipeline } from './pipeline/pipeline.ts'
import type { Every } from './platform/every.ts'
import { startLaneWorker } from './platform/lane-queues.ts'
import type { Log } from './platform/logger.ts'
import type { RedisLike } from './platform/redis.ts'

export interface WorkerDeps {
  redis: RedisLike
  pipeline: Pipeline
  every: Every
  log: Log
}

export interface Workers {
  /** Takes no more work, finishes what is in hand. */
  stop(): Promise<void>
}

/** Jobs of one lane at the same time; each carries up to 64 deliveries, handled side by side. */
const CONCURRENCY = { alerts: 8, errors: 2 }
const TICK_MS = 1_000
const SWEEP_MS = 5_000
/** How often it is looked whether a round with Sentry is due. */
const POLL_MS = 1_000
/** How often it is looked whether a round with PagerDuty is due. */
const PAGERDUTY_MS = 5_000

/** How long what is kept for replays may wait to be written down. */
const KEEP_MS = 1_000

/** Job → pipeline, and the timers behind it. Decides nothing. */
export function startWorkers({ redis, pipeline, every, log }: WorkerDeps): Workers {
  const alerts = startLaneWorker(redis, 'alerts', pipeline.handleAlerts, { concurrency: CONCURRENCY.alerts, log })
  const errors = startLaneWorker(redis, 'errors', pipeline.handleErrors, { concurrency: CONCURRENCY.errors, log })
  const timers = [
    every(TICK_MS, pipeline.watch.escalate),
    every(TICK_MS, pipeline.watch.tick),
    every(TICK_MS, pipeline.lookAtMutes),
    every(SWEEP_MS, pipeline.watch.sweep),
    every(POLL_MS, pipeline.reconcile.start),
    every(PAGERDUTY_MS, pipeline.reconcilePagerduty.run),
    every(KEEP_MS, pipeline.keep),
  ]
  return {
    async stop() {
      await Promise.all([alerts.close(), errors.close(), ...timers.map(timer => timer.stop())])
      await pipeline.reconcile.stop()
      await pipeline.idle()
      await pipeline.keep()
    },
  }
}
