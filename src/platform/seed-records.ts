import { isDeepStrictEqual } from 'node:util'
import { TocsinError } from '../errors.ts'
import type { SealedRecords } from './sealed-records.ts'

export interface Seeded {
  /** Ids that the environment manages now. */
  seeded: string[]
  /** Ids it managed before and does no longer name: removed. */
  removed: string[]
  /** Ids that it names but people manage over the API: left as they are. Worth a warning. */
  kept: string[]
}

/** Another process that starts at the same time may win a race; its result is then looked at again. */
const ATTEMPTS = 5

function lostRace(error: unknown): boolean {
  return error instanceof TocsinError && ['CONFLICT', 'STALE_ETAG', 'NOT_FOUND'].includes(error.code)
}

/** `seed` of sealed-records.ts: reads, compares and writes one record at a time, each by compare-and-set. */
export async function seedRecords<T extends { id: string }, S>(
  records: Pick<SealedRecords<T, S>, 'refresh' | 'get' | 'list' | 'put' | 'remove'>,
  wanted: readonly { value: T; secret: S | null }[],
): Promise<Seeded> {
  const result: Seeded = { seeded: [], removed: [], kept: [] }
  for (const { value, secret } of wanted) {
    await retrying(async () => {
      await records.refresh()
      const old = records.get(value.id)
      if (old?.managedBy === 'api') return void result.kept.push(value.id)
      const same = old !== null && isDeepStrictEqual([old.value, old.secret], [value, secret])
      if (!same) {
        await records.put({ id: value.id, managedBy: 'environment', value, secret }, old?.version ?? null)
      }
      result.seeded.push(value.id)
    })
  }
  const named = new Set(wanted.map(({ value }) => value.id))
  for (const { id } of records.list()) {
    await retrying(async () => {
      await records.refresh()
      const old = records.get(id)
      if (old === null || old.managedBy === 'api' || named.has(id)) return
      await records.remove(id, old.version)
      result.removed.push(id)
    })
  }
  return result
}

async function retrying(step: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step()
    } catch (error) {
      if (attempt >= ATTEMPTS || !lostRace(error)) throw error
    }
  }
}
