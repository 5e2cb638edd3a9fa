import { routesSeen } from './routes-seen.ts'
import type { RulesDocument } from './rules-document.ts'
import { warnUnknownProjects } from './warn-unknown-projects.ts'
import { warnUntested } from './warn-untested.ts'
import { warnUnused } from './warn-unused.ts'
import { warnWhoIsPaged } from './warn-who-is-paged.ts'
import type { Surroundings, Warning } from './warning.ts'

/** Nobody reads more. */
const MOST = 100

/**
 * What about valid rules is probably not what somebody wanted, the gravest first. `surroundings`: the destinations there
 * are, and how their last tests went. Pure, at most `most`: the last one says how many were left out.
 */
export function findWarnings(document: RulesDocument, surroundings: Surroundings, most = MOST): Warning[] {
  const { overlaps, complete, unreachable, taking } = routesSeen(document.routes)
  const all = [
    ...warnWhoIsPaged(document, surroundings, taking),
    ...unreachable,
    ...warnUnknownProjects(document, surroundings),
    ...warnUntested(document, surroundings),
    ...overlaps,
    ...warnUnused(document, surroundings),
  ]
  const told = all.slice(0, most)
  if (all.length > most) told.push(more(`${all.length - most} warnings more are not listed`))
  if (!complete) told.push(more('there are too many routes to look for all that overlap'))
  return told
}

function more(message: string): Warning {
  return { code: 'more', path: '/routes', message, suggestion: 'mend those that are listed, then check again' }
}
