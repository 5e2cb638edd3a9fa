import { TocsinError } from '../errors.ts'
import type { ManagedBy, SealedRecord, SealedRecords } from '../platform/sealed-records.ts'
import type { Seeded } from '../platform/seed-records.ts'
import type { DestinationSecret, StoredDestination } from './destination.ts'
import { changeProblems, fallbackProblems, reservedProblems, secretProblems } from './destination-problems.ts'
import { sameSecret } from './same-secret.ts'

export type DestinationRecords = SealedRecords<StoredDestination, DestinationSecret>

/** What people may see of a destination: names of the secrets that are set, never the secrets. */
export type PublicDestination = StoredDestination & { managedBy: ManagedBy; secrets: string[] }

export interface DestinationStoreOptions {
  records: DestinationRecords
  /** Where rules name this destination, as JSON pointers; empty: nowhere. */
  usedBy(id: string): Promise<string[]> | string[]
}

export interface DestinationStore {
  /** From memory, for the moment of sending. `secret` is empty when none is set or it cannot be opened. */
  get(id: string): { destination: StoredDestination; secret: DestinationSecret } | null
  /** From memory, ordered by id. */
  all(): { destination: StoredDestination; secret: DestinationSecret }[]
  /** Fresh from Redis, ordered by id. */
  list(): Promise<{ version: string; value: PublicDestination }[]>
  read(id: string): Promise<{ version: string; value: PublicDestination } | null>
  /** `expected` null: create. `secret` undefined: keep. Throws INVALID_INPUT, CONFLICT, NOT_FOUND, STALE_ETAG, MANAGED_BY_ENVIRONMENT. */
  put(
    destination: StoredDestination,
    secret: DestinationSecret | undefined,
    expected: string | null,
  ): Promise<{ version: string; value: PublicDestination }>
  /** Whether that is the stored secret, as of the last list, read or refresh; in constant time. */
  secretIs(id: string, secret: Record<string, unknown>): boolean
  /** Throws IN_USE naming where, NOT_FOUND, STALE_ETAG, MANAGED_BY_ENVIRONMENT. */
  remove(id: string, expected: string): Promise<void>
  /** What the environment configures: replaces what it configured before. Throws INVALID_INPUT. */
  seedFromEnvironment(list: readonly { destination: StoredDestination; secret: DestinationSecret }[]): Promise<Seeded>
  refresh(): Promise<void>
  /** Records or secrets that cannot be read, in words. */
  problems(): string[]
}

type DestinationRecord = SealedRecord<StoredDestination, DestinationSecret>

/** Destinations with their sealed secrets: read from memory when something is sent, edited by one writer at a time. */
export function createDestinationStore({ records, usedBy }: DestinationStoreOptions): DestinationStore {
  async function put(destination: StoredDestination, secret: DestinationSecret | undefined, expected: string | null) {
    await records.refresh()
    const old = records.get(destination.id)
    if (old !== null && expected !== null) refuseEnvironments(old)
    records.check(destination.id, expected)
    const next = secret ?? old?.secret ?? null
    const problems = [
      ...(old === null ? [] : changeProblems(old.value, destination, secret)),
      ...reservedProblems(destination),
      ...secretProblems(destination, next),
      ...fallbackProblems(
        records.list().map(record => record.value),
        destination,
      ),
    ]
    if (problems.length > 0) {
      throw new TocsinError('INVALID_INPUT', `destination "${destination.id}" cannot be saved as it is`, { problems })
    }
    const record = { id: destination.id, managedBy: 'api' as const, value: destination, secret: next }
    return published(await records.put(record, expected))
  }

  async function remove(id: string, expected: string) {
    await records.refresh()
    const old = records.get(id)
    if (old === null) throw new TocsinError('NOT_FOUND', `there is no destination "${id}"`)
    refuseEnvironments(old)
    const fallbackOf = records.list().filter(other => other.value.fallback === id)
    const places = [...(await usedBy(id)), ...fallbackOf.map(other => `/destinations/${other.id}/fallback`)]
    if (places.length > 0) {
      throw new TocsinError(
        'IN_USE',
        `destination "${id}" is used at ${places.join(', ')}: name another there, then remove it`,
        { problems: places.map(path => ({ path, message: `names destination "${id}"` })) },
      )
    }
    await records.remove(id, expected)
  }

  async function seedFromEnvironment(list: readonly { destination: StoredDestination; secret: DestinationSecret }[]) {
    for (const { destination, secret } of list) {
      const problems = [...reservedProblems(destination), ...secretProblems(destination, secret)]
      if (problems.length === 0) continue
      throw new TocsinError('INVALID_INPUT', `the environment's destination "${destination.id}" cannot work`, {
        problems,
      })
    }
    return records.seed(list.map(({ destination, secret }) => ({ value: destination, secret })))
  }

  return {
    get: id => opened(records.get(id)),
    all: () => records.list().flatMap(record => opened(record) ?? []),
    async list() {
      await records.refresh()
      return records.list().map(published)
    },
    async read(id) {
      await records.refresh()
      const record = records.get(id)
      return record === null ? null : published(record)
    },
    put,
    secretIs: (id, secret) => sameSecret(records.get(id)?.secret ?? null, secret),
    remove,
    seedFromEnvironment,
    refresh: () => records.refresh(),
    problems: () => records.problems(),
  }
}

function opened(record: DestinationRecord | null) {
  return record === null ? null : { destination: record.value, secret: record.secret ?? {} }
}

function published(record: DestinationRecord): { version: string; value: PublicDestination } {
  const secrets = Object.keys(record.secret ?? {}).sort()
  return { version: record.version, value: { ...record.value, managedBy: record.managedBy, secrets } }
}

function refuseEnvironments(record: DestinationRecord): void {
  if (record.managedBy === 'api') return
  throw new TocsinError(
    'MANAGED_BY_ENVIRONMENT',
    `destination "${record.id}" is set by environment variables: change them and restart, or make another destination`,
  )
}
