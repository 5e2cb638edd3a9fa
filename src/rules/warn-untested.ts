import { toPointer } from './problem-list.ts'
import type { RulesDocument } from './rules-document.ts'
import { usedDestinations } from './warn-unused.ts'
import type { Surroundings, Warning } from './warning.ts'

/** Destinations in use whose last test notification failed, or that were never tried. */
export function warnUntested(document: RulesDocument, { destinations, tests }: Surroundings): Warning[] {
  const kinds = new Map(destinations.map(({ id, kind }) => [id, kind]))
  return usedDestinations(document, destinations).flatMap((id): Warning[] => {
    const kind = kinds.get(id)
    if (kind !== 'pagerduty' && kind !== 'slack') return []
    const path = toPointer(['destinations', id])
    const suggestion = `send a test: POST /api/v1/destinations/${id}/test`
    const test = tests.get(id)
    if (test === undefined) {
      const message = `destination "${id}" was never tried with a test notification`
      return [{ code: 'destination-never-tested', path, message, suggestion }]
    }
    if (test.status !== 'failed') return []
    const message = `the last test notification to destination "${id}" failed${test.error === null ? '' : `: ${test.error}`}`
    return [{ code: 'destination-test-failed', path, message, suggestion: `mend it, then ${suggestion}` }]
  })
}
