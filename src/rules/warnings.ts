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
 * are, and how their last tests went. Pure, at most `most`: the last one says how many were left out.
 */
export function findWarnings(document: RulesDocument, surroundings: Surroundings, most = MOST): Warning[] {
  const { overlaps, unreachable } = ofRoutes(document.routes)
  const all = [
    ...warnWhoIsPaged(document, surroundings),
    ...unreachable,
    ...warnUntested(document, surroundings),
    ...overlaps.warnings,
    ...warnUnused(document, surroundings),
  ]
  const told = all.slice(0, most)
  if (all.length > most) told.push(more(`${all.length - most} warnings more are not listed`))
  if (!overlaps.complete) told.push(more('there are too many routes to look for all that overlap'))
  return told
}

interface OfRoutes {
  overlaps: ReturnType<typeof warnOverlaps>
  unreachable: Warning[]
}

/** Rules in force are looked at with every edit of a row, and published routes never change. */
const KNOWN = new WeakMap<RulesDocument['routes'], OfRoutes>()

function ofRoutes(routes: RulesDocument['routes']): OfRoutes {
  const known = KNOWN.get(routes) ?? { overlaps: warnOverlaps(routes), unreachable: warnUnreachable(routes) }
  KNOWN.set(routes, known)
  return known
}

function more(message: string): Warning {
  return { code: 'more', path: '/routes', message, suggestion: 'mend those that are listed, then check again' }
}
