import type { DestinationSecret, SentryDestination } from '../deliver/destination.ts'
import { sentryDestination } from '../deliver/destination.ts'
import type { SourceWithSecret } from './source.ts'

/** The source that has this destination id, as a place to write back to; null: none has. */
export function destinationOfSource(
  id: string,
  sources: readonly SourceWithSecret[],
): { destination: SentryDestination; secret: DestinationSecret } | null {
  const found = sources.find(source => sentryDestination(source.id) === id)
  if (found === undefined) return null
  const { id: source, name, url, organization, apiToken } = found
  return {
    destination: { id, name, fallback: null, kind: 'sentry', source, url, organization },
    secret: apiToken === null ? {} : { apiToken },
  }
}
