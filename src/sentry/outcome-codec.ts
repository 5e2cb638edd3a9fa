import type { DeliveryRecord, OutcomeName } from '../signals/delivery.ts'

/**
 * The outcome of an error event in a dozen bytes: at a thousand a second it is the records, not the windows, that would
 * fill the memory. Kept: outcome, source, when it came and how long it took. `batchAt` is the time inside the batch's id.
 */

const LETTERS = { counted: 'c', duplicate: 'd', 'nothing-to-do': 'n' } as const satisfies Partial<
  Record<OutcomeName, string>
>
type ShortOutcome = keyof typeof LETTERS

const REASONS: Record<ShortOutcome, string> = {
  counted: 'one error event, counted in its windows',
  duplicate: 'this event was counted before',
  'nothing-to-do': 'carries no alert',
}

/** Only what says no more than this: an error event that touched no incident. */
export function isCompact(record: DeliveryRecord): boolean {
  return (
    record.resource === 'error' && record.outcome in LETTERS && record.incident === null && record.severity === null
  )
}

/** `c<received since the batch>,<ms it took>[,<source>]`, numbers in base 36. */
export function encodeOutcome(record: DeliveryRecord, batchAt: number): string {
  const letter = LETTERS[record.outcome as ShortOutcome]
  const received = (record.receivedAt - batchAt).toString(36)
  const took = (record.handledAt - record.receivedAt).toString(36)
  return `${letter}${received},${took}${record.source === 'default' ? '' : `,${record.source}`}`
}

/** Back to a whole record; null when it is none of ours. */
export function decodeOutcome(id: string, batchAt: number, text: string): DeliveryRecord | null {
  const outcome = (Object.keys(LETTERS) as ShortOutcome[]).find(name => LETTERS[name] === text[0])
  const [received = '', took = '', source = 'default'] = text.slice(1).split(',')
  const receivedAt = batchAt + Number.parseInt(received, 36)
  const handledAt = receivedAt + Number.parseInt(took, 36)
  if (outcome === undefined || Number.isNaN(handledAt)) return null
  const action = 'created'
  const nothing = { incident: null, severity: null, signal: null }
  return { id, source, resource: 'error', action, receivedAt, handledAt, outcome, reason: REASONS[outcome], ...nothing }
}
