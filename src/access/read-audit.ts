import { TocsinError } from '../errors.ts'
import { type AuditEntry, CHAIN_START, type ChainEnd } from './audit-entry.ts'
import type { AuditStore } from './audit-store.ts'
import { type ChainVerdict, verifyChain } from './verify-chain.ts'

export interface AuditFilter {
  actor?: string | undefined
  operation?: string | undefined
  what?: string | undefined
  since?: number | undefined
  until?: number | undefined
}

const READ_AT_ONCE = 200
/** Looked at for one page: about a tenth of a second. */
const MOST_LOOKED_AT = 10_000

/** The trail as people read it: page by page, as a stream, and held against itself. */
export function createReadAudit(store: Pick<AuditStore, 'end' | 'range'>) {
  async function* entries(from: number, to: number): AsyncGenerator<AuditEntry | null> {
    for (let start = from; start <= to; start += READ_AT_ONCE) {
      yield* await store.range(start, Math.min(to, start + READ_AT_ONCE - 1))
    }
  }

  async function oldest(filter: AuditFilter, limit: number, from: number) {
    const items: AuditEntry[] = []
    const { number: end } = await store.end()
    let at = Math.max(1, from)
    for await (const entry of entries(at, Math.min(end, at + MOST_LOOKED_AT - 1))) {
      if (items.length === limit) break
      if (entry !== null && passes(entry, filter)) items.push(entry)
      at += 1
    }
    return { items, next: at <= end ? cursorAt(at) : null }
  }

  return {
    async list(
      filter: AuditFilter,
      { limit, cursor, oldestFirst = false }: { limit: number; cursor: string | null; oldestFirst?: boolean },
    ) {
      const items: AuditEntry[] = []
      if (oldestFirst) return oldest(filter, limit, cursor === null ? 1 : placeOf(cursor))
      let at = cursor === null ? (await store.end()).number : placeOf(cursor)
      for (let looked = 0; at > 0 && looked < MOST_LOOKED_AT; ) {
        const from = Math.max(1, at - READ_AT_ONCE + 1)
        for (const entry of (await store.range(from, at)).reverse()) {
          if (items.length === limit) return { items, next: cursorAt(at) }
          if (entry !== null && passes(entry, filter)) items.push(entry)
          at -= 1
          looked += 1
        }
      }
      return { items, next: at > 0 ? cursorAt(at) : null }
    },
    async *export({ from, to }: { from: number; to: number | null }): AsyncGenerator<AuditEntry | null> {
      const { number } = await store.end()
      yield* entries(from, to === null ? number : Math.min(to, number))
    },
    async verify(noted: ChainEnd | null): Promise<ChainVerdict> {
      let end = await store.end()
      let verdict = await verifyChain(entries(1, end.number))
      const broken = (number: number, reason: string): ChainVerdict => {
        return { valid: false, entries: Math.min(verdict.entries, Math.max(number - 1, 0)), broken: { number, reason } }
      }
      for (;;) {
        if (!verdict.valid) return verdict
        // What follows was cut off and the mark of the end not moved along, or the other way round.
        if (verdict.end.hash !== end.hash) return broken(end.number, 'it is not the end that was written down')
        const [behind] = await store.range(end.number + 1, end.number + 1)
        if (behind === null || behind === undefined) break
        // An entry and the mark of the end are written in one step: read after it, the mark has moved, unless it was set back.
        const moved = await store.end()
        if (moved.number <= end.number) return broken(end.number + 1, 'it stands behind the end of the chain')
        const { entries: before } = verdict
        const rest = await verifyChain(entries(end.number + 1, moved.number), end)
        verdict = { ...rest, entries: before + rest.entries }
        end = moved
      }
      if (noted === null || noted.number === CHAIN_START.number) return verdict
      const [found] = await store.range(noted.number, noted.number)
      if (found?.hash === noted.hash) return verdict
      return broken(noted.number, 'it is not the entry that was noted: the chain was cut or written anew')
    },
  }
}

function passes(entry: AuditEntry, { actor, operation, what, since, until }: AuditFilter): boolean {
  const { caller } = entry
  const at = Date.parse(entry.at)
  const by = [caller.id, caller.name, entry.actor].map(name => name?.toLowerCase())
  return (
    (actor === undefined || by.includes(actor.toLowerCase())) &&
    (operation === undefined || entry.operation === operation) &&
    (what === undefined || entry.what.toLowerCase().includes(what.toLowerCase())) &&
    at >= (since ?? Number.NEGATIVE_INFINITY) &&
    at < (until ?? Number.POSITIVE_INFINITY)
  )
}

function cursorAt(number: number): string {
  return Buffer.from(`a${number}`).toString('base64url')
}

function placeOf(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString()
  if (/^a\d{1,15}$/.test(text)) return Number(text.slice(1))
  throw new TocsinError('INVALID_CURSOR', 'this cursor is none of ours: take `next` of the page before, unchanged')
}
