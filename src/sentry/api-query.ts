import { spellings } from '../measure/production.ts'

/** How Sentry wants its questions put. */
export type Params = [name: string, value: string][]

/** Numeric ids go by `project`, slugs by `projectSlug` (Sentry's source: api/bases/organization.py, get_projects). */
export function projectParams(project: string | null): Params {
  if (project === null) return []
  return [[/^\d+$/.test(project) ? 'project' : 'projectSlug', project]]
}

/**
 * Production as a search filter, not as `environment=`: that parameter answers 404 when one of the names does not exist
 * in the organization (Sentry's source: api/helpers/environments.py), and hides events without any environment, which
 * count as production.
 */
export function productionQuery(production: readonly string[]): string {
  return `(environment:[${spellings(production).map(searchValue).join(',')}] OR !has:environment)`
}

function searchValue(value: string): string {
  return /^[\w.-]+$/.test(value) ? value : `"${value.replace(/(["\\])/g, '\\$1')}"`
}

/** `1h`, `5m`, `90s`. */
export function statsPeriod(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`
}

/** A time in a question, to the second, UTC. */
export function queryTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19)
}
