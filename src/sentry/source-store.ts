import { sameSecret } from '../deliver/same-secret.ts'
import type { InputProblem } from '../errors.ts'
import { TocsinError } from '../errors.ts'
import type { ManagedBy, SealedRecord, SealedRecords } from '../platform/sealed-records.ts'
import type { Seeded } from '../platform/seed-records.ts'
import { type Source, type SourceSecret, type SourceWithSecret, sourceSecretSchema } from './source.ts'

export type SourceRecords = SealedRecords<Source, SourceSecret>

/** What people may see of a source: names of the secrets that are set, never the secrets. */
export type PublicSource = Source & { managedBy: ManagedBy; secrets: string[] }

export interface SourceStore {
  /** From memory, for the door. null: unknown, or its secrets cannot be opened (`problems` says so). */
  get(id: string): SourceWithSecret | null
  /** From memory, ordered by id. */
  all(): SourceWithSecret[]
  /** Fresh from Redis, ordered by id. */
  list(): Promise<{ version: string; value: PublicSource }[]>
  read(id: string): Promise<{ version: string; value: PublicSource } | null>
  /** `expected` null: create. What `secret` leaves out is kept. Throws INVALID_INPUT, CONFLICT, NOT_FOUND, STALE_ETAG, MANAGED_BY_ENVIRONMENT. */
  put(
    source: Source,
    secret: Partial<SourceSecret> | undefined,
    expected: string | null,
  ): Promise<{ version: string; value: PublicSource }>
  /** Whether what is given of a secret is stored so, as of the last list, read or refresh; in constant time. */
  secretIs(id: string, secret: Record<string, unknown>): boolean
  /** Throws NOT_FOUND, STALE_ETAG, MANAGED_BY_ENVIRONMENT. */
  remove(id: string, expected: string): Promise<void>
  /** What the environment configures: replaces what it configured before. Throws INVALID_INPUT. */
  seedFromEnvironment(list: readonly { source: Source; secret: SourceSecret }[]): Promise<Seeded>
  refresh(): Promise<void>
  /** Records or secrets that cannot be read, in words. */
  problems(): string[]
}

/** Sentry integrations with their sealed secrets: the door reads them from memory, people edit them one at a time. */
export function createSourceStore({ records }: { records: SourceRecords }): SourceStore {
  async function put(source: Source, secret: Partial<SourceSecret> | undefined, expected: string | null) {
    await records.refresh()
    const old = records.get(source.id)
    if (old !== null && expected !== null) refuseEnvironments(old)
    records.check(source.id, expected)
    const merged = { ...old?.secret, ...secret }
    const problems = [...(old === null ? [] : addressProblems(old, source, secret)), ...secretProblems(merged)]
    if (problems.length > 0) {
      throw new TocsinError('INVALID_INPUT', `source "${source.id}" cannot be saved as it is`, { problems })
    }
    const whole = sourceSecretSchema.parse(merged)
    return published(await records.put({ id: source.id, managedBy: 'api', value: source, secret: whole }, expected))
  }

  async function remove(id: string, expected: string) {
    await records.refresh()
    const old = records.get(id)
    if (old === null) throw new TocsinError('NOT_FOUND', `there is no source "${id}"`)
    refuseEnvironments(old)
    await records.remove(id, expected)
  }

  async function seedFromEnvironment(list: readonly { source: Source; secret: SourceSecret }[]) {
    for (const { source, secret } of list) {
      const problems = secretProblems(secret)
      if (problems.length === 0) continue
      throw new TocsinError('INVALID_INPUT', `the environment's source "${source.id}" cannot work`, { problems })
    }
    return records.seed(list.map(({ source, secret }) => ({ value: source, secret })))
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
    secretIs(id, secret) {
      const stored = records.get(id)?.secret ?? null
      return sameSecret(stored, { ...stored, ...secret })
    },
    remove,
    seedFromEnvironment,
    refresh: () => records.refresh(),
    problems: () => records.problems(),
  }
}

type StoredSource = SealedRecord<Source, SourceSecret>

function opened(record: StoredSource | null): SourceWithSecret | null {
  if (record === null || record.secret === null) return null
  return { ...record.value, ...record.secret, managedBy: record.managedBy }
}

function published(record: StoredSource): { version: string; value: PublicSource } {
  const secrets = record.secret === null ? [] : ['clientSecrets']
  if (record.secret !== null && record.secret.apiToken !== null) secrets.unshift('apiToken')
  return { version: record.version, value: { ...record.value, managedBy: record.managedBy, secrets } }
}

function refuseEnvironments(record: StoredSource): void {
  if (record.managedBy === 'api') return
  throw new TocsinError(
    'MANAGED_BY_ENVIRONMENT',
    `source "${record.id}" is set by environment variables: change them and restart, or make another source`,
  )
}

function secretProblems(secret: object): InputProblem[] {
  if (!('clientSecrets' in secret)) {
    const message = 'is required: without the client secret of the Sentry integration no webhook can be verified'
    return [{ path: '/secret/clientSecrets', message }]
  }
  const issues = sourceSecretSchema.safeParse(secret).error?.issues ?? []
  return issues.map(issue => ({ path: ['/secret', ...issue.path.map(String)].join('/'), message: issue.message }))
}

/** A kept token is only sent where it was meant for: a new address needs it given again. */
function addressProblems(old: StoredSource, next: Source, secret: Partial<SourceSecret> | undefined): InputProblem[] {
  const keepsToken = secret?.apiToken === undefined && (old.secret?.apiToken ?? null) !== null
  if (old.value.url === next.url || !keepsToken) return []
  const message = 'the url changes: give the token again (or null), a kept one is only sent where it was'
  return [{ path: '/secret/apiToken', message }]
}
