import type { Condition } from '../classify/condition.ts'
import { suggest } from '../suggest.ts'
import { type Path, toPointer } from './problem-list.ts'
import type { RulesDocument } from './rules-document.ts'
import type { Surroundings, Warning } from './warning.ts'

/** A document may name thousands that are still to come: so many are held against those that are known. */
const MOST_LOOKED_AT = 50

/**
 * Projects that a condition or a core flow names, that nobody has heard of, and that are written almost like one that is
 * known. What is near nothing may be a project still to come, and is not warned of; expressions are not looked into.
 */
export function warnUnknownProjects(document: RulesDocument, { projects = [] }: Surroundings): Warning[] {
  const known = new Set(projects)
  const near = new Map<string, string | null>()
  return namings(document).flatMap(({ path, project }): Warning[] => {
    if (known.has(project) || (near.size >= MOST_LOOKED_AT && !near.has(project))) return []
    const meant = near.has(project) ? (near.get(project) ?? null) : nearMiss(project, projects)
    near.set(project, meant)
    if (meant === null) return []
    const message = `no source and no incident is of project "${project}", and there is "${meant}"`
    const suggestion = `did you mean "${meant}"? If not, it holds once there is such a project`
    return [{ code: 'unknown-project', path: toPointer(path), message, suggestion }]
  })
}

/** Every project that a document names, once each. */
export function namedProjects(document: RulesDocument): string[] {
  return [...new Set(namings(document).map(({ project }) => project))]
}

/** Null: nothing is near. Names that differ in their numbers alone are siblings: shop-1 and shop-2. */
function nearMiss(project: string, known: readonly string[]): string | null {
  const own = withoutNumbers(project)
  const others = known.filter(one => withoutNumbers(one) !== own)
  // Of a short name most others are near.
  return suggest(project, others, project.length < 6 ? 1 : 2)
}

function withoutNumbers(name: string): string {
  return name.replaceAll(/[-_.]?\d+/g, '')
}

interface Naming {
  path: Path
  project: string
}

function namings({ coreFlows, severityRules, routes, maintenance, inhibitions }: RulesDocument): Naming[] {
  return [
    ...coreFlows.flatMap(({ projects }, row) =>
      projects.map((project, index) => ({ path: ['coreFlows', row, 'projects', index], project })),
    ),
    ...severityRules.flatMap(({ when, until }, row) => [
      ...namedIn(when, ['severityRules', row, 'when']),
      ...namedIn(until, ['severityRules', row, 'until']),
    ]),
    ...routes.flatMap(({ when }, row) => namedIn(when, ['routes', row, 'when'])),
    ...maintenance.flatMap(({ when }, row) => namedIn(when, ['maintenance', row, 'when'])),
    ...inhibitions.flatMap(({ source, target }, row) => [
      ...namedIn(source, ['inhibitions', row, 'source']),
      ...namedIn(target, ['inhibitions', row, 'target']),
    ]),
  ]
}

const WHOLE_NAMES: readonly string[] = ['=', '!=', 'in', 'not-in']

function namedIn(condition: Condition | null, path: Path): Naming[] {
  if (condition === null || 'cel' in condition) return []
  if ('field' in condition) {
    const { field, op, value } = condition
    if (field !== 'project' || !WHOLE_NAMES.includes(op)) return []
    if (typeof value === 'string') return [{ path: [...path, 'value'], project: value }]
    if (!Array.isArray(value)) return []
    return value.flatMap((project, index) =>
      typeof project === 'string' ? [{ path: [...path, 'value', index], project }] : [],
    )
  }
  if ('not' in condition) return namedIn(condition.not, [...path, 'not'])
  const [name, parts] =
    'all' in condition ? ['all', condition.all] : 'any' in condition ? ['any', condition.any] : ['none', condition.none]
  return parts.flatMap((part, index) => namedIn(part, [...path, name, index]))
}
