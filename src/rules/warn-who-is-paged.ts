import type { Policy, Route } from '../route/escalation-table.ts'
import { toPointer } from './problem-list.ts'
import type { RulesDocument } from './rules-document.ts'
import type { Surroundings, Warning } from './warning.ts'
import type { WhoTakes } from './who-takes.ts'

/**
 * A severity for which no route pages anybody, a route of P0 whose policy pages nobody, and a P0 that is told once and
 * then never again.
 */
export function warnWhoIsPaged(
  { routes, policies }: RulesDocument,
  { destinations }: Surroundings,
  taking: WhoTakes,
): Warning[] {
  const pagers = new Set(destinations.filter(({ kind }) => kind === 'pagerduty').map(({ id }) => id))
  const people = new Set(
    destinations.filter(({ kind }) => kind === 'pagerduty' || kind === 'slack').map(({ id }) => id),
  )
  const byId = new Map(policies.map((policy, index) => [policy.id, { policy, index }]))
  const pages = ({ policy }: Route): boolean =>
    byId.get(policy)?.policy.steps.some(({ targets }) => targets.some(one => pagers.has(one.destination))) ?? true
  const suggestion =
    pagers.size === 0
      ? 'make a PagerDuty destination under /destinations, and name it in a step of the policy'
      : `name a PagerDuty destination (${[...pagers].slice(0, 3).join(', ')}) in a step of the policy`

  const warnings: Warning[] = []
  const pagesAt = (index: number): boolean => {
    const route = routes[index]
    return route !== undefined && pages(route)
  }
  for (const { severity, routes: all } of taking.every) {
    if (all.some(pagesAt)) continue
    const message = `no route is sure to page anybody about ${severity}: no policy that every ${severity} reaches has a PagerDuty destination`
    warnings.push({ code: 'severity-without-page', path: '/routes', message, suggestion })
  }
  const told = new Set<string>()
  for (const index of taking.p0) {
    const route = routes[index]
    if (route === undefined) continue
    if (!pages(route)) {
      const message = `P0 incidents may take route "${route.id}", and policy "${route.policy}" pages nobody`
      warnings.push({ code: 'p0-without-page', path: toPointer(['routes', index, 'policy']), message, suggestion })
    }
    const found = byId.get(route.policy)
    if (found === undefined || told.has(route.policy) || !isToldOnce(found.policy, people)) continue
    told.add(route.policy)
    warnings.push({
      code: 'p0-without-second-step',
      path: toPointer(['policies', found.index]),
      message: `P0 incidents take policy "${route.policy}" (route "${route.id}"), and it tells once and never again: a page that is overlooked stays so`,
      suggestion: 'add a second step that tells somebody else, or a "repeat"',
    })
  }
  return warnings
}

/** A step that writes into the backlog alone is none: nobody hears it. */
function isToldOnce({ steps, repeat }: Policy, people: ReadonlySet<string>): boolean {
  const heard = steps.filter(({ targets }) => targets.some(({ destination }) => people.has(destination)))
  return heard.length < 2 && (repeat === null || repeat.times === 0)
}
