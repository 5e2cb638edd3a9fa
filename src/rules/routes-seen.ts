import type { RulesDocument } from './rules-document.ts'
import { warnOverlaps } from './warn-overlaps.ts'
import { warnUnreachable } from './warn-unreachable.ts'
import type { Warning } from './warning.ts'
import { type WhoTakes, whoTakes } from './who-takes.ts'

/** What routes are among themselves, whatever is around them. */
export interface RoutesSeen {
  overlaps: Warning[]
  /** False: there were too many to look at all. */
  complete: boolean
  unreachable: Warning[]
  taking: WhoTakes
}

/** Rules in force are looked at with every edit of a row, and published routes never change. */
const KNOWN = new WeakMap<RulesDocument['routes'], RoutesSeen>()

/** Looks at those routes, once: a second for ten thousand of them. */
export function routesSeen(routes: RulesDocument['routes']): RoutesSeen {
  const known = KNOWN.get(routes)
  if (known !== undefined) return known
  const { warnings: overlaps, complete } = warnOverlaps(routes)
  const seen = { overlaps, complete, unreachable: warnUnreachable(routes), taking: whoTakes(routes) }
  KNOWN.set(routes, seen)
  return seen
}

export function wereSeen(routes: RulesDocument['routes']): boolean {
  return KNOWN.has(routes)
}

/** What a thread saw of the same routes. */
export function rememberSeen(routes: RulesDocument['routes'], seen: RoutesSeen): void {
  KNOWN.set(routes, seen)
}
