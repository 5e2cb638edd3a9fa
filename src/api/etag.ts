import { TocsinError } from '../errors.ts'

export function formatETag(version: string): string {
  return `"${version}"`
}

/**
 * The version an `If-Match` header names. A weak mark is overlooked: proxies that compress add it. Throws
 * IF_MATCH_REQUIRED when there is none, or one that protects nothing (`*`, several).
 */
export function requiredVersion(header: string | undefined): string {
  const version = optionalVersion(header)
  if (version !== null) return version
  throw new TocsinError(
    'IF_MATCH_REQUIRED',
    'send If-Match with the ETag of what you read, so that no change of someone else is lost',
  )
}

/** As requiredVersion, but null without the header. */
export function optionalVersion(header: string | undefined): string | null {
  if (header === undefined || header.trim() === '') return null
  const version = /^(?:W\/)?"?([A-Za-z0-9._-]+)"?$/.exec(header.trim())?.[1]
  if (version !== undefined) return version
  throw new TocsinError('IF_MATCH_REQUIRED', 'If-Match must be exactly one ETag as it was sent, such as "12"', {
    problems: [{ path: 'If-Match', message: 'one ETag in double quotes; "*" and lists protect nothing' }],
  })
}

/** True when `If-None-Match` names this version: the client has it already. */
export function alreadyHas(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some(one => one.trim().replace(/^W\//, '') === etag || one.trim() === '*')
}
