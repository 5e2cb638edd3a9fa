import type { Incident } from './incident.ts'

/** What keeps an incident quiet, for people: a person's own silence of it, a silence that matches it, a window. */
export function coverWords({ by, through }: NonNullable<Incident['silenced']>): string {
  if (through === undefined) return `the silence of ${by}`
  return through.kind === 'silence' ? `silence ${through.id} of ${by}` : by
}
