import type { WindowsStore } from '../measure/windows-store.ts'
import type { Revision } from '../rules/rules-document.ts'
import type { DeliveryRecord } from '../signals/delivery.ts'
import type { Signal } from '../signals/signal.ts'
import { createHandleErrors } from './handle-errors.ts'
import type { Outcome } from './handle-signal.ts'

/** One error event through the error lane, as it would be: counted, and judged when it makes a threshold fall. */
export async function countFirst(
  signal: Signal,
  deps: { windows: Pick<WindowsStore, 'observe'>; rules(): Revision; now(): number },
  handleSignal: (signal: Signal) => Promise<Outcome>,
): Promise<Outcome> {
  const records: DeliveryRecord[] = []
  const handle = createHandleErrors({
    ...{ windows: deps.windows, rules: deps.rules, clock: { now: deps.now }, handleSignal },
    parse: () => ({ kind: 'signal', signal }),
    quarantine: async () => {},
    async recordMany(some) {
      records.push(...some)
    },
    onHandled() {},
  })
  const { source, resource, receivedAt } = signal
  const delivery = { id: signal.id, source, resource, receivedAt, hookTimestamp: null, attempt: 0 }
  await handle([{ ...delivery, body: '', encoding: 'utf8' }])
  const [record] = records
  if (record === undefined) throw new Error('an error event without an outcome')
  const { outcome, reason, incident, severity } = record
  return { outcome, reason, incident, severity }
}
