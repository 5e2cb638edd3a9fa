import type { Clock } from '../platform/clock.ts'
import type { Delivery, DeliveryRecord } from '../signals/delivery.ts'
import type { Applied } from './apply-change.ts'
import { recordOf } from './handle-delivery.ts'
import type { Outcome } from './handle-signal.ts'

/** What a provider posted back, as its room reads it: what people said there. */
export type Heard =
  | {
      kind: 'word'
      /** What happened, in the provider's word, e.g. `incident.acknowledged`. */
      action: string
      /** Under which a repeat is known as one; any of them. Signed content only. */
      names: readonly string[]
      /** Does what was said. Repeating is harmless. Throws when it could not be done now: it is tried again. */
      obey(): Promise<Outcome>
    }
  | { kind: 'garbage'; reason: string; problems: { path: string; message: string }[] }

/** Reads a delivery of one provider. Never throws. */
export type Hear = (delivery: Delivery) => Heard

export interface HandleWordDeps {
  /** By provider; one that is not there has no door either. */
  hear: Partial<Record<NonNullable<Delivery['via']>, Hear>>
  /** Null when this delivery is the first under that name, else the id of the first. */
  claimFirst(name: string, delivery: string): Promise<string | null>
  quarantine(delivery: Delivery, reason: string, problems: { path: string; message: string }[]): Promise<void>
  record(record: DeliveryRecord, delivery: Delivery): Promise<void>
  onHandled(record: DeliveryRecord): void
  clock: Clock
}

/** One delivery of what people said elsewhere: read, told apart from its repeats, obeyed, its one outcome written down. */
export function createHandleWord(deps: HandleWordDeps) {
  return async function handleWord(delivery: Delivery): Promise<DeliveryRecord> {
    const hear = delivery.via === undefined ? undefined : deps.hear[delivery.via]
    const heard: Heard = hear?.(delivery) ?? { kind: 'garbage', reason: 'nobody here reads it', problems: [] }
    if (heard.kind === 'garbage') {
      await deps.quarantine(delivery, heard.reason, heard.problems)
      return write(delivery, null, outcomeOf('quarantined', heard.reason))
    }
    for (const name of heard.names) {
      const first = await deps.claimFirst(name, delivery.id)
      if (first !== null) return write(delivery, heard.action, outcomeOf('duplicate', `the same as delivery ${first}`))
    }
    return write(delivery, heard.action, await heard.obey())
  }

  async function write(delivery: Delivery, action: string | null, outcome: Outcome): Promise<DeliveryRecord> {
    const record = { ...recordOf(delivery, null, outcome, deps.clock.now()), action }
    await deps.record(record, delivery)
    deps.onHandled(record)
    return record
  }
}

function outcomeOf(outcome: Outcome['outcome'], reason: string): Outcome {
  return { outcome, reason, incident: null, severity: null }
}

/** What came of something that a person said about an incident, as the one outcome of the delivery that told it. */
export function outcomeOfAct({ action, reason, incident, severity }: Applied): Outcome {
  return { outcome: ACT_OUTCOME[action] ?? 'attached', reason, incident, severity }
}

const ACT_OUTCOME: Partial<Record<Applied['action'], Outcome['outcome']>> = {
  none: 'nothing-to-do',
  resolve: 'resolved',
  reopen: 'opened',
  raise: 'raised',
}
