import { createHash } from 'node:crypto'
import { destinationSchema } from '../deliver/destination.ts'
import { sourceSchema } from '../sentry/source.ts'
import { API_VERSION, type Exported } from './as-code-document.ts'
import type { Operations, ShownDestination } from './operations.ts'

type Asked = Pick<Operations, 'rules' | 'destinations' | 'sources'>
type ShownSource = Awaited<ReturnType<Operations['sources']['list']>>[number]['value']

/** Everything as it is now, and the version of it all: `12-<digest>`, where 12 is the revision of the rules. */
export async function exportDocument({ rules, destinations, sources }: Asked) {
  const [revision, places, origins] = await Promise.all([rules.current(), destinations.list(), sources.list()])
  const document: Exported = {
    apiVersion: API_VERSION,
    rules: revision.document,
    destinations: places.map(({ value }) => ({ ...asDestination(value), ...marks(value) })),
    sources: origins.map(({ value }) => ({ ...asSource(value), ...marks(value) })),
  }
  const records = [...places, ...origins].map(({ version, value }) => [value.id, version])
  const digest = createHash('sha256').update(JSON.stringify(records)).digest('hex').slice(0, 12)
  return { document, revision, places, origins, version: `${revision.number}-${digest}` }
}
export type Standing = Awaited<ReturnType<typeof exportDocument>>

/** What is configured of it, without health and the like. */
export function asDestination({ managedBy: _, secrets: __, health: ___, ...rest }: ShownDestination) {
  return destinationSchema.parse(rest)
}

export function asSource({ managedBy: _, secrets: __, health: ___, ...rest }: ShownSource) {
  return sourceSchema.parse(rest)
}

function marks({ managedBy, secrets }: Pick<ShownDestination, 'managedBy' | 'secrets'>) {
  return {
    ...(managedBy === 'environment' ? { managedBy } : {}),
    ...(secrets.length === 0 ? {} : { secret: 'kept' as const }),
  }
}
