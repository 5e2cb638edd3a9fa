import { randomBytes } from 'node:crypto'

const TIME_DIGITS = 9

/**
 * A new batch's id: nine characters of time (base 36 ms: sorts as text until the year 5188) and 60 random bits.
 * No `:` in it, which BullMQ refuses in job ids.
 */
export function batchId(now: number): string {
  const random = BigInt(`0x${randomBytes(8).toString('hex')}`) >> 4n
  return `${Math.floor(now).toString(36).padStart(TIME_DIGITS, '0')}${random.toString(36).padStart(12, '0')}`
}

/** The time inside a batch's id, ms; 0 when it is none of ours. */
export function batchTime(batch: string): number {
  return /^[0-9a-z]{21}$/.test(batch) ? Number.parseInt(batch.slice(0, TIME_DIGITS), 36) : 0
}
