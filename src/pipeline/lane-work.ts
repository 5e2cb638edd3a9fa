import { backoffMs } from '../deliver/backoff.ts'
import type { Log } from '../platform/logger.ts'
import type { Delivery, DeliveryRecord } from '../signals/delivery.ts'
import type { QuarantineEntry } from '../signals/quarantine.ts'

export interface LaneWorkDeps {
  /** Handles one delivery and records its outcome. */
  handle(delivery: Delivery): Promise<unknown>
  /** Queues a delivery again by itself. */
  retry(delivery: Delivery, delayMs: number): Promise<void>
  /** Keeps the whole of what could not be handled, for a person. */
  quarantine(entry: QuarantineEntry): Promise<void>
  record(record: DeliveryRecord): Promise<void>
  toEntry(delivery: Delivery, reason: string): QuarantineEntry
  now(): number
  random(): number
  log: Log
}

/** With the waits between them, some minutes: longer than a restart of Redis, shorter than anyone would wait. */
const MOST_ATTEMPTS = 8
/** Of the deliveries in one job. */
const SIDE_BY_SIDE = 16

/**
 * Handles the deliveries of one job side by side. One that fails is queued again alone, with a wait; one that keeps
 * failing is recorded as failed and kept whole. Throws only when not even that could be written: then the job is repeated.
 */
export function createLaneWork(deps: LaneWorkDeps) {
  return async function work(deliveries: readonly Delivery[]): Promise<void> {
    const waiting = [...deliveries]
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await handleOrRetry(next)
    }
    const results = await Promise.allSettled(Array.from({ length: Math.min(SIDE_BY_SIDE, deliveries.length) }, worker))
    const failed = results.find(result => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async function handleOrRetry(delivery: Delivery): Promise<void> {
    try {
      await deps.handle(delivery)
    } catch (error) {
      const attempt = delivery.attempt + 1
      deps.log.error({ err: error, delivery: delivery.id, attempt }, 'a delivery could not be handled')
      if (attempt < MOST_ATTEMPTS) return deps.retry({ ...delivery, attempt }, backoffMs(attempt, null, deps.random))
      const reason = `handling failed ${attempt} times: ${error instanceof Error ? error.message : String(error)}`
      await deps.quarantine(deps.toEntry(delivery, reason))
      await deps.record({
        id: delivery.id,
        source: delivery.source,
        resource: delivery.resource,
        action: null,
        receivedAt: delivery.receivedAt,
        handledAt: deps.now(),
        outcome: 'failed',
        reason,
        incident: null,
        severity: null,
        signal: null,
      })
    }
  }
}
