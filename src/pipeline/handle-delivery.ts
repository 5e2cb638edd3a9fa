import type { Clock } from '../platform/clock.ts'
import type { Delivery, DeliveryRecord } from '../signals/delivery.ts'
import type { QuarantineEntry } from '../signals/quarantine.ts'
import type { Signal } from '../signals/signal.ts'
import type { Outcome } from './handle-signal.ts'

/** What a delivery turned out to be, as the room of its provider reads it. */
export type Parsed = { kind: 'signal'; signal: Signal } | { kind: 'quarantine'; entry: QuarantineEntry }

export interface DeliveryDeps {
  parse(delivery: Delivery): Parsed
  /** Null when this delivery is the first with that signal id, else the id of the first. */
  claimFirst(signal: Signal, delivery: string): Promise<string | null>
  quarantine(entry: QuarantineEntry): Promise<void>
  /** First write wins: a delivery has exactly one recorded outcome. */
  record(record: DeliveryRecord, signal: Signal | null, delivery: Delivery): Promise<void>
  findSubject(signal: Signal): Promise<Signal>
  handleSignal(signal: Signal): Promise<Outcome>
  onHandled(record: DeliveryRecord): void
  clock: Clock
}

/** One delivery of the alert lane: read, told apart from its own repeats, handled, and its one outcome written down. */
export function createHandleDelivery(deps: DeliveryDeps) {
  return async function handleDelivery(delivery: Delivery): Promise<DeliveryRecord> {
    const parsed = deps.parse(delivery)
    if (parsed.kind === 'quarantine') {
      await deps.quarantine(parsed.entry)
      return write(delivery, null, {
        outcome: 'quarantined',
        reason: parsed.entry.reason,
        incident: null,
        severity: null,
      })
    }
    const { signal } = parsed
    const first = await deps.claimFirst(signal, delivery.id)
    if (first !== null) {
      return write(delivery, signal, {
        outcome: 'duplicate',
        reason: `the same as delivery ${first}`,
        incident: null,
        severity: null,
      })
    }
    return write(delivery, signal, await deps.handleSignal(await deps.findSubject(signal)))
  }

  async function write(delivery: Delivery, signal: Signal | null, outcome: Outcome): Promise<DeliveryRecord> {
    const record = recordOf(delivery, signal, outcome, deps.clock.now())
    await deps.record(record, signal, delivery)
    deps.onHandled(record)
    return record
  }
}

export function recordOf(delivery: Delivery, signal: Signal | null, outcome: Outcome, now: number): DeliveryRecord {
  return {
    id: delivery.id,
    source: delivery.source,
    resource: delivery.resource,
    action: signal?.action ?? null,
    receivedAt: delivery.receivedAt,
    handledAt: now,
    outcome: outcome.outcome,
    reason: outcome.reason,
    incident: outcome.incident,
    severity: outcome.severity,
    signal: signal?.id ?? null,
  }
}
