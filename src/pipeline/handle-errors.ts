import { createEventGate, type EventGate } from '../classify/event-gate.ts'
import { countsOnlyImpact } from '../measure/counts-only-impact.ts'
import type { WindowCounts, WindowEvent } from '../measure/window-event.ts'
import type { WindowsStore } from '../measure/windows-store.ts'
import type { Clock } from '../platform/clock.ts'
import type { Revision } from '../rules/rules-document.ts'
import type { Delivery, DeliveryRecord } from '../signals/delivery.ts'
import type { QuarantineEntry } from '../signals/quarantine.ts'
import type { Signal } from '../signals/signal.ts'
import { type Parsed, recordOf } from './handle-delivery.ts'
import type { Outcome } from './handle-signal.ts'
import { toWindowEvent } from './to-window-event.ts'

export interface ErrorsDeps {
  parse(delivery: Delivery): Parsed
  windows: Pick<WindowsStore, 'observe'>
  rules(): Revision
  quarantine(entry: QuarantineEntry): Promise<void>
  recordMany(records: readonly DeliveryRecord[]): Promise<void>
  handleSignal(signal: Signal): Promise<Outcome>
  onHandled(record: DeliveryRecord): void
  clock: Clock
}

/** The same issue and rule is judged again at most this often: an event storm is one problem. */
const JUDGE_EVERY_MS = 30_000
const MOST_REMEMBERED = 10_000

interface Item {
  delivery: Delivery
  signal: Signal
  event: WindowEvent | null
}

/**
 * Error events, many at a time: they only feed the windows, in one round trip, unless one makes a P0 or P1 threshold
 * fall; then it is judged like an alert.
 */
export function createHandleErrors(deps: ErrorsDeps) {
  const judgedAt = new Map<string, number>()
  let gate: { revision: number; may: EventGate } | null = null

  /** Prepared once per revision of the rules. */
  function gateNow(): EventGate {
    const { number, document } = deps.rules()
    if (gate?.revision !== number) gate = { revision: number, may: createEventGate(document.severityRules) }
    return gate.may
  }

  return async function handleErrors(deliveries: readonly Delivery[]): Promise<void> {
    const records: DeliveryRecord[] = []
    const items: Item[] = []
    for (const delivery of deliveries) {
      const parsed = deps.parse(delivery)
      if (parsed.kind === 'signal') {
        items.push({ delivery, signal: parsed.signal, event: toWindowEvent(parsed.signal, deps.rules().document) })
      } else {
        await deps.quarantine(parsed.entry)
        records.push(
          recordOf(
            delivery,
            null,
            { outcome: 'quarantined', reason: parsed.entry.reason, incident: null, severity: null },
            deps.clock.now(),
          ),
        )
      }
    }
    const countable = items.filter((item): item is Item & { event: WindowEvent } => item.event !== null)
    const counts = await deps.windows.observe(
      countable.map(item => item.event),
      deps.clock.now(),
    )
    const countsOf = new Map(countable.map((item, index) => [item.delivery.id, counts[index]]))
    // Side by side: one that has to ask Sentry holds up no other.
    const outcomes = await Promise.all(items.map(item => outcomeOf(item, countsOf.get(item.delivery.id) ?? null)))
    for (const [index, { delivery, signal }] of items.entries()) {
      const outcome = outcomes[index]
      if (outcome !== undefined) records.push(recordOf(delivery, signal, outcome, deps.clock.now()))
    }
    await deps.recordMany(records)
    for (const record of records) deps.onHandled(record)
  }

  async function outcomeOf({ signal }: Item, counts: WindowCounts | null): Promise<Outcome> {
    const quietly = (outcome: Outcome['outcome'], reason: string): Outcome => ({
      outcome,
      reason,
      incident: null,
      severity: null,
    })
    if (signal.intent !== 'count') return deps.handleSignal(signal)
    if (counts === null) return quietly('counted', 'an event that cannot be placed in an issue, project and time')
    const due = dueRules(signal, counts)
    if (due.length === 0)
      return counts.duplicate ? quietly('duplicate', 'this event was counted before') : quietly('counted', 'counted')
    try {
      return await deps.handleSignal(signal)
    } catch (error) {
      // It was not judged: its next attempt must not find that it just was.
      for (const key of due) judgedAt.delete(key)
      throw error
    }
  }

  /** The rules that this event may make fall and that were not judged just now. */
  function dueRules(signal: Signal, counts: WindowCounts): string[] {
    const { document } = deps.rules()
    const now = deps.clock.now()
    const impact = countsOnlyImpact(signal, counts, document, now)
    const fallen = gateNow()({ signal, impact })
    const due: string[] = []
    for (const { rule, about } of fallen) {
      const key = `${signal.source}|${about === 'issue' ? signal.facts.issue : signal.facts.project}|${about}|${rule}`
      if (now - (judgedAt.get(key) ?? Number.NEGATIVE_INFINITY) < JUDGE_EVERY_MS) continue
      judgedAt.delete(key)
      judgedAt.set(key, now)
      due.push(key)
    }
    // The oldest are first in a Map: forgetting them costs one more judging at most.
    for (const key of judgedAt.keys()) {
      if (judgedAt.size <= MOST_REMEMBERED) break
      judgedAt.delete(key)
    }
    return due
  }
}
