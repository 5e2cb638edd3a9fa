import { type AuditEntry, auditEntrySchema, CHAIN_START, type ChainEnd, hashOf } from './audit-entry.ts'

export type ChainVerdict =
  /** `end`: keep it elsewhere; a chain that was cut or written anew does not hold it any more. */
  | { valid: true; entries: number; end: ChainEnd }
  | { valid: false; entries: number; broken: { number: number; reason: string } }

/**
 * Walks through the chain from `start`, the end of what was checked before (absent: from the first entry), and names the
 * first that was changed, removed, put in or moved. `entries` are those that hold up to there. An export is checked by
 * the same: one entry a line.
 */
export async function verifyChain(
  entries: AsyncIterable<unknown> | Iterable<unknown>,
  start: ChainEnd = CHAIN_START,
): Promise<ChainVerdict> {
  let end = start
  let count = 0
  for await (const given of entries) {
    const reason = whatIsWrong(given, end)
    if (reason !== null) return { valid: false, entries: count, broken: { number: end.number + 1, reason } }
    const { number, hash } = given as AuditEntry
    end = { number, hash }
    count += 1
  }
  return { valid: true, entries: count, end }
}

function whatIsWrong(given: unknown, end: ChainEnd): string | null {
  if (given === null) return 'it is missing'
  const parsed = auditEntrySchema.safeParse(given)
  if (!parsed.success) return 'it is no entry of the trail'
  const entry = given as AuditEntry
  if (entry.number !== end.number + 1) return `entry ${entry.number} stands in its place`
  // The hash is over what is there, also over what this version does not know.
  if (entry.hash !== hashOf(entry)) return 'it was changed: its hash does not fit what it says'
  if (entry.previous !== end.hash) return 'it does not follow from the entry before: one of them was replaced'
  return null
}
