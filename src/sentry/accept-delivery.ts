import type { Clock } from '../platform/clock.ts'
import { createGroupCommit } from '../platform/group-commit.ts'
import type { Delivery } from '../signals/delivery.ts'
import { type Lane, laneOf } from '../signals/lane.ts'
import { batchId } from './batch-id.ts'

/** A verified delivery on its way to the store; the store gives it its id. */
export type NewDelivery = Omit<Delivery, 'id' | 'attempt'>

export interface DeliveryAcceptorOptions {
  /** Stores one batch durably: resolved means it survives a crash. */
  store(lane: Lane, deliveries: Delivery[], batch: string): Promise<void>
  clock: Clock
  maxItems?: number
  maxBytes?: number
  maxInFlight?: number
  maxQueuedBytes?: number
}

/**
 * A job costs the worker some milliseconds whatever it carries: with the rest, 1,000 error events a second are 50 jobs
 * instead of several hundred, for answers that come some 10 ms later of the second that Sentry waits. Alerts never rest.
 */
const REST_MS: Record<Lane, number> = { alerts: 0, errors: 20 }

export interface DeliveryAcceptor {
  /** Resolves with the delivery's id once it is stored; rejects when it is not. */
  accept(delivery: NewDelivery): Promise<string>
  /** Resolves when everything accepted so far is settled. */
  idle(): Promise<void>
}

/**
 * Group commit for the door: what arrives together in a lane is one batch, and a delivery's id is `<batch>-<n>`.
 * The lanes do not share a batch, so a flood of error events never holds an alert back.
 */
export function createDeliveryAcceptor(options: DeliveryAcceptorOptions): DeliveryAcceptor {
  const { store, clock, maxItems = 64, maxBytes = 8 << 20, maxInFlight = 2, maxQueuedBytes = 128 << 20 } = options

  function lane(name: Lane) {
    return createGroupCommit<NewDelivery, string>({
      maxItems,
      maxBytes,
      maxInFlight,
      maxQueuedBytes,
      restMs: REST_MS[name],
      size: delivery => delivery.body.length,
      async commit(items) {
        const batch = batchId(clock.now())
        const deliveries = items.map((item, n) => ({ ...item, id: `${batch}-${n}`, attempt: 0 }))
        await store(name, deliveries, batch)
        return deliveries.map(delivery => delivery.id)
      },
    })
  }

  const lanes = { alerts: lane('alerts'), errors: lane('errors') }
  return {
    accept: delivery => lanes[laneOf(delivery.resource)].add(delivery),
    idle: async () => {
      await Promise.all([lanes.alerts.idle(), lanes.errors.idle()])
    },
  }
}
