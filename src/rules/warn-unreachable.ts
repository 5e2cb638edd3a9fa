import type { Condition } from '../classify/condition.ts'
import { type About, fieldNamed } from '../classify/fields.ts'
import { severitySchema } from '../classify/severity.ts'
import { severityRuleSchema } from '../classify/severity-rule.ts'
import type { Route } from '../route/escalation-table.ts'
import { meet, spacesOf } from './condition-space.ts'
import { createCoverIndex } from './covers.ts'
import { toPointer } from './problem-list.ts'
import type { Warning } from './warning.ts'

const KINDS: readonly About[] = severityRuleSchema.shape.about.options
/** Severity and kind of an incident are always known and few: each pair is looked at by itself. */
const CELLS = severitySchema.options.flatMap(severity =>
  KINDS.map(kind => {
    const parts: Condition[] = [
      { field: 'severity', op: '=', value: severity },
      { field: 'kind', op: '=', value: kind },
    ]
    return { parts, spaces: spacesOf({ all: parts }) ?? [] }
  }),
)
type Cell = (typeof CELLS)[number]

/**
 * Routes that nothing ever reaches, although no single route above takes everything from them (that is refused): several
 * together do, they contradict themselves, or they ask what is never known of the kind they are about.
 */
export function warnUnreachable(routes: readonly Route[]): Warning[] {
  const warnings: Warning[] = []
  const above = createCoverIndex<string>()
  for (const [index, route] of routes.entries()) {
    // The net below all of them is there for what nobody thought of.
    const { when } = route
    if (when === null) continue
    const path = toPointer(['routes', index])
    const name = `route "${route.id}"`
    const own = spacesOf(when)
    const cells =
      own === null ? CELLS : CELLS.filter(({ spaces }) => spaces.some(cell => own.some(one => meet(one, cell))))
    const covers = coversOf(cells, cell => above.covering(within(when, cell)))
    const asked = own === null ? null : neverKnown(own)
    if (cells.length === 0) {
      const message = `${name} can never match: its condition contradicts itself`
      warnings.push({ code: 'route-never-matches', path, message, suggestion: 'use "any" where one of them is enough' })
    } else if (covers !== null) {
      const names = [...new Set(covers)].slice(0, 5).map(id => `"${id}"`)
      warnings.push({
        code: 'route-unreachable',
        path,
        message: `${name} is never reached: ${names.join(', ')} above it together take all that it matches`,
        suggestion: 'move it above them, set "continue" there, or remove it',
      })
    } else if (asked !== null) {
      warnings.push({
        code: 'route-asks-unknown',
        path,
        message: `${name} can never match: "${asked.field}" is never known of an incident about a ${asked.kinds.join(' or a ')}`,
        suggestion: `take "${asked.field}" out, or let it be about an issue`,
      })
    }
    if (!route.continue && route.during === null) above.add(when, route.id)
  }
  return warnings
}

/** What takes each of them; null as soon as one is taken by nothing. */
function coversOf(cells: readonly Cell[], coverOf: (cell: Cell) => string | null): string[] | null {
  const covers: string[] = []
  for (const cell of cells) {
    const cover = coverOf(cell)
    if (cover === null) return null
    covers.push(cover)
  }
  return covers
}

function within(when: Condition, { parts }: Cell): Condition {
  return { all: [when, ...parts] }
}

type Spaces = NonNullable<ReturnType<typeof spacesOf>>

/** Numbers are measured of issues only; null where some alternative can hold. */
function neverKnown(spaces: Spaces): { field: string; kinds: string[] } | null {
  let found: { field: string; kinds: string[] } | null = null
  for (const { fields, needs } of spaces) {
    const wanted = fields.get('kind')?.values ?? null
    const kinds = KINDS.filter(kind => wanted === null || wanted.has(JSON.stringify(kind)))
    const field = [...needs].find(name => {
      const entry = fieldNamed(name)
      const measured = entry?.feeds.some(feed => feed !== 'payload') ?? false
      return measured && entry !== undefined && !kinds.some(kind => entry.tables.includes(kind))
    })
    if (field === undefined || kinds.length === 0) return null
    found ??= { field, kinds }
  }
  return found
}
