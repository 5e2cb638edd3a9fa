import type { Truth } from '../classify/condition.ts'
import { evaluatePartly } from '../classify/evaluate.ts'
import { mentionedFields } from '../classify/mentioned-fields.ts'
import type { Severity } from '../classify/severity.ts'
import type { Policy, Route } from '../route/escalation-table.ts'
import { toPointer } from './problem-list.ts'
import type { RulesDocument } from './rules-document.ts'
import type { Surroundings, Warning } from './warning.ts'

/** Severe enough that somebody is woken: as in the shipped table, where P2 waits for the day. */
const WAKING: readonly Severity[] = ['P0', 'P1']

/**
 * A severity for which no route pages anybody, a route of P0 whose policy pages nobody, and a P0 that is told once and
 * then never again.
 */
export function warnWhoIsPaged({ routes, policies }: RulesDocument, { destinations }: Surroundings): Warning[] {
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
  for (const severity of WAKING) {
    if (everyTaking(routes, severity).some(pages)) continue
    const message = `no route is sure to page anybody about ${severity}: no policy that every ${severity} reaches has a PagerDuty destination`
    warnings.push({ code: 'severity-without-page', path: '/routes', message, suggestion })
  }
  const told = new Set<string>()
  for (const [index, route] of takingP0(routes).entries()) {
    if (route === null) continue
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

/** Routes that every incident of that severity takes, whatever else is known of it. */
function everyTaking(routes: readonly Route[], severity: Severity): Route[] {
  const taking: Route[] = []
  for (const route of routes) {
    if (takes(route, severity) !== true || route.during !== null) continue
    taking.push(route)
    if (!route.continue) break
  }
  return taking
}

/** By place: routes that every P0 takes, or that name the severity and may take one. Null: another. */
function takingP0(routes: readonly Route[]): (Route | null)[] {
  const last = routes.findIndex(route => takes(route, 'P0') === true && !route.continue && route.during === null)
  return routes.map((route, index) => {
    if (last >= 0 && index > last) return null
    const truth = takes(route, 'P0')
    const asks = truth === 'unknown' && mentionedFields(route.when).includes('severity')
    return truth === true || asks ? route : null
  })
}

function takes({ when }: Route, severity: Severity): Truth {
  return evaluatePartly(when, field => (field === 'severity' ? severity : undefined))
}
