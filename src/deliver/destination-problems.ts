import type { InputProblem } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import { type DestinationSecret, SENTRY_PREFIX, type StoredDestination } from './destination.ts'
import { SECRET_SCHEMAS, secretNames } from './destination-secret.ts'

/** What may not change in place: the kind, and the address without its secret, or a kept secret would go to strangers. */
export function changeProblems(
  old: StoredDestination,
  next: StoredDestination,
  secret: DestinationSecret | undefined,
): InputProblem[] {
  if (old.kind !== next.kind) {
    return [{ path: '/kind', message: `is "${old.kind}" for good: make a new destination for "${next.kind}"` }]
  }
  const moved = 'url' in next && 'url' in old && next.url !== old.url
  if (!moved || secret !== undefined) return []
  return [{ path: '/secret', message: 'the url changes: give the secret again, a kept one is only sent where it was' }]
}

/** What writes back to Sentry is its source, and is made by it alone. */
export function reservedProblems(destination: Pick<StoredDestination, 'id'>): InputProblem[] {
  if (!destination.id.startsWith(SENTRY_PREFIX)) return []
  return [{ path: '/id', message: `ids that begin with "${SENTRY_PREFIX}" are kept for sources: choose another` }]
}

/** Every secret its kind needs, each in its form. Messages never quote a secret. */
export function secretProblems(destination: StoredDestination, secret: DestinationSecret | null): InputProblem[] {
  const given = secret ?? {}
  const missing = secretNames(destination.kind).filter(name => given[name] === undefined)
  if (missing.length > 0) {
    const message = `is required: a ${destination.kind} destination cannot work without it`
    return missing.map(name => ({ path: `/secret/${name}`, message }))
  }
  const issues = SECRET_SCHEMAS[destination.kind].safeParse(given).error?.issues ?? []
  return issues.map(issue => ({ path: ['/secret', ...issue.path.map(String)].join('/'), message: issue.message }))
}

/**
 * A fallback must exist, and following fallbacks must not lead back here. A circle further on is none of its business:
 * a fallback falls back no further (settle.ts), and the environment's own destinations stand in for each other.
 */
export function fallbackProblems(known: readonly StoredDestination[], destination: StoredDestination): InputProblem[] {
  const path = '/fallback'
  const visited = new Set([destination.id])
  let next = destination.fallback
  while (next !== null) {
    if (next === destination.id) return [{ path, message: `leads back to "${next}": name another one` }]
    if (visited.has(next)) return []
    visited.add(next)
    const found = known.find(other => other.id === next)
    if (found === undefined) {
      const others = known.map(other => other.id).filter(id => id !== destination.id)
      return [
        { path, message: `there is no destination "${next}".${didYouMean(next, others) || ' There are none yet.'}` },
      ]
    }
    next = found.fallback
  }
  return []
}
