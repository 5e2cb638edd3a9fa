import { createHash } from 'node:crypto'
import { sameUuid } from './same-uuid.ts'
import { type HeaderValue, verifySignature } from './signature.ts'
import type { SourceWithSecret } from './source.ts'

export type CallingSource = Pick<SourceWithSecret, 'id' | 'installation' | 'clientSecrets'>

/** Compared against where no source is configured, so that the answer takes its time all the same. */
const NOBODY = [createHash('sha256').update('nobody').digest('hex')]

/**
 * The sources whose secret made one of these signatures over exactly these bytes. All of UI components share one
 * address, so every source is tried, whatever the earlier ones gave.
 */
export function verifiedSources(
  body: Buffer,
  signatures: readonly HeaderValue[],
  sources: readonly CallingSource[],
): CallingSource[] {
  if (sources.length === 0) verifySignature(body, signatures, NOBODY)
  return sources.filter(source => verifySignature(body, signatures, source.clientSecrets))
}

/**
 * Of the sources that verified, the one that names this installation, else one that names none. A source that names
 * another installation is not meant. null: none is.
 */
export function callerOf(verified: readonly CallingSource[], installation: string | null): CallingSource | null {
  const named = verified.find(
    source => installation !== null && source.installation !== null && sameUuid(source.installation, installation),
  )
  return named ?? verified.find(source => source.installation === null) ?? null
}
