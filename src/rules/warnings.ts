import type { RulesDocument } from './rules-document.ts'
import { warnOverlaps } from './warn-overlaps.ts'
import { warnUnreachable } from './warn-unreachable.ts'
import { warnUntested } from './warn-untested.ts'
import { warnUnused } from './warn-unused.ts'
import { warnWhoIsPaged } from './warn-who-is-paged.ts'
import type { Surroundings, Warning } from './warning.ts'

/** Nobody reads more. */
const MOST = 100

/**
 * What about valid rules is probably not what somebody wanted, the gravest first. `surroundings`: the destinations there
 * are, and how their last tests went. Pure, bounded: the last one says how many were left out.
 */
export function findWarnings(document: RulesDocument, surroundings: Surroundings): Warning[] {
  const overlaps = warnOverlaps(document.routes)
  const all = [
    ...warnWhoIsPaged(document, surroundings),
    ...warnUnreachable(document.routes),
    ...warnUntested(document, surroundings),
    ...overlaps.warnings,
    ...warnUnused(document, surroundings),
  ]
  const told = all.slice(0, MOST)
  if (all.length > MOST) told.push(more(`${all.length - MOST} warnings more are not listed`))
  if (!overlaps.complete) told.push(more('there are too many routes to look for all that overlap'))
  return told
}

function more(message: string): Warning {
  return { code: 'more', path: '/routes', message, suggestion: 'mend those that are listed, then check again' }
}
