import type { Route } from '../route/escalation-table.ts'
import { meet, type Space, spacesOf } from './condition-space.ts'
import { type CoverIndex, createCoverIndex } from './covers.ts'
import { toPointer } from './problem-list.ts'
import type { Warning } from './warning.ts'

/** Pairs of routes held against each other before it gives up, a fraction of a second. */
const PATIENCE = 300_000
const NAMED = 3
const MOST_ROWS = 200

interface Row {
  route: Route
  spaces: Space[]
  /** Those of a field that every alternative restricts to a few values: rows of other values are never looked at. */
  values: readonly string[] | null
  fields: ReadonlySet<string>
  /** Takes what it takes. Made when it is asked for first: few are. */
  cover: CoverIndex<true> | null
}

/**
 * Routes that take the same incidents to different policies, so that only their order decides. A narrower route above a
 * wider one is how tables are written, and is not told: the narrower names all the fields of the wider, or is covered by
 * it; one that takes at certain hours only is an exception by intent. `complete` false: there were too many to look at all.
 */
export function warnOverlaps(routes: readonly Route[]): { warnings: Warning[]; complete: boolean } {
  const spaces = routes.map(({ when }) => spacesOf(when))
  const field = sortingField(spaces)
  const warnings: Warning[] = []
  const byValue = new Map<string, Row[]>()
  const anyValue: Row[] = []
  let left = PATIENCE
  for (const [index, route] of routes.entries()) {
    const own = spaces[index] ?? null
    if (own === null || route.when === null || route.continue || route.during !== null) continue
    const row: Row = { route, spaces: own, values: valuesOf(own, field), fields: fieldsOf(own), cover: null }
    const near =
      row.values === null
        ? [...anyValue, ...[...byValue.values()].flat()]
        : [...anyValue, ...new Set(row.values.flatMap(value => byValue.get(value) ?? []))]
    left -= near.length
    if (left < 0) return { warnings, complete: false }
    const taking = [...new Set(near)].filter(above => crosses(above, row))
    if (taking.length > 0) warnings.push(warning(index, route, taking))
    if (row.values === null) anyValue.push(row)
    for (const value of row.values ?? []) {
      const rows = byValue.get(value)
      if (rows === undefined) byValue.set(value, [row])
      else rows.push(row)
    }
  }
  return { warnings, complete: true }
}

function warning(index: number, route: Route, taking: readonly Row[]): Warning {
  const names = taking.slice(0, NAMED).map(({ route: one }) => `"${one.id}" (policy "${one.policy}")`)
  const more = taking.length > NAMED ? ` and ${taking.length - NAMED} more` : ''
  return {
    code: 'routes-overlap',
    path: toPointer(['routes', index]),
    message: `what matches route "${route.id}" (policy "${route.policy}") may match ${names.join(', ')}${more} above it as well: the order alone decides`,
    rows: [route.id, ...taking.slice(0, MOST_ROWS).map(one => one.route.id)],
    suggestion: 'make the conditions exclude each other, set "continue" above, or keep the order if it is meant so',
  }
}

function crosses(above: Row, below: Row): boolean {
  if (above.route.policy === below.route.policy) return false
  if (namesAllAndMore(above, below)) return false
  if (!above.spaces.some(a => below.spaces.some(b => meet(a, b)))) return false
  // What asks for more cannot be the wider one.
  const mayCover = below.spaces.some(({ fields }) => [...fields.keys()].every(field => above.fields.has(field)))
  if (!mayCover) return true
  if (below.cover === null) {
    below.cover = createCoverIndex<true>()
    below.cover.add(below.route.when, true)
  }
  return below.cover.covering(above.route.when) === null
}

function fieldsOf(spaces: readonly Space[]): Set<string> {
  return new Set(spaces.flatMap(space => [...space.fields.keys()]))
}

function namesAllAndMore({ fields: narrow }: Row, { fields: wide }: Row): boolean {
  return narrow.size > wide.size && [...wide].every(field => narrow.has(field))
}

function valuesOf(spaces: readonly Space[], field: string | null): readonly string[] | null {
  if (field === null) return null
  const values = spaces.map(space => space.fields.get(field)?.values ?? null)
  return values.some(one => one === null) ? null : [...new Set(values.flatMap(one => [...(one ?? [])]))]
}

/** The field that tells most routes apart. */
function sortingField(all: readonly (readonly Space[] | null)[]): string | null {
  const seen = new Map<string, Set<string>>()
  for (const spaces of all) {
    for (const space of spaces ?? []) {
      for (const [field, { values }] of space.fields) {
        const known = seen.get(field) ?? new Set<string>()
        for (const value of values ?? []) known.add(value)
        seen.set(field, known)
      }
    }
  }
  const [best] = [...seen].toSorted(([, a], [, b]) => b.size - a.size)
  return best?.[0] ?? null
}
