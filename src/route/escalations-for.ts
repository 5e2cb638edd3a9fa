import type { Escalation, Incident } from '../incidents/incident.ts'
import { whereChosen } from '../signals/chosen.ts'
import { escalationOf } from './escalation-steps.ts'
import type { Policy, Route } from './escalation-table.ts'
import { lookAt, type RouteTrace } from './match-route.ts'
import { readIncidentFields } from './read-incident-fields.ts'
import { indexOf } from './route-index.ts'

/** The escalation table, as far as routing reads it. */
export interface EscalationTable {
  routes: readonly Route[]
  policies: readonly Policy[]
}

/** Stands where a route's id does when the policy was chosen in Sentry's alert rule. */
export const CHOSEN_ROUTE = 'chosen-in-sentry'

/**
 * Who must know of this incident now, and when next: one escalation for every route that matches, or the one policy
 * that was chosen in Sentry. A chosen policy that is not in the table is passed over, and the trace says so; else it
 * tells the routes that were taken (why the others were not: matchRoutes). Pure.
 */
export function escalationsFor(
  incident: Incident,
  table: EscalationTable,
  now: number,
): { escalations: Escalation[]; trace: RouteTrace[] } {
  const policy = chosenPolicy(incident, table)
  if (policy !== null && incident.chosen !== null) {
    const why = `policy ${policy.id}, chosen in ${whereChosen(incident.chosen)}`
    return {
      escalations: [escalationOf({ id: CHOSEN_ROUTE }, policy, now)],
      trace: [{ route: CHOSEN_ROUTE, matched: true, why }],
    }
  }
  const read = readIncidentFields(incident)
  const { matched } = indexOf(table.routes).match(read, now)
  const policies = policiesById(table.policies)
  const escalations = matched.flatMap(route => {
    const found = policies.get(route.policy)
    return found === undefined ? [] : [escalationOf(route, found, now)]
  })
  const trace = matched.map(route => ({ route: route.id, ...lookAt(route, read, now) }))
  const missing = missingChoice(incident, table)
  const passedOver = missing === null ? [] : [{ route: CHOSEN_ROUTE, matched: false, why: missing }]
  return { escalations, trace: [...passedOver, ...trace] }
}

/** Null, or in words: the policy that was chosen in Sentry is no longer there. */
export function missingChoice({ chosen }: Pick<Incident, 'chosen'>, table: EscalationTable): string | null {
  if (chosen === null || chosen.policy === null || chosenPolicy({ chosen }, table) !== null) return null
  return `policy ${chosen.policy}, chosen in ${whereChosen(chosen)}, is not in the rules any more: routed as usual`
}

/** Is the policy that was chosen in Sentry there to be followed, and not followed yet? */
export function isRoutedOtherwise(incident: Incident, table: EscalationTable): boolean {
  const policy = chosenPolicy(incident, table)
  return policy !== null && !incident.escalations.some(one => one.route === CHOSEN_ROUTE && one.policy === policy.id)
}

function chosenPolicy({ chosen }: Pick<Incident, 'chosen'>, { policies }: EscalationTable): Policy | null {
  const id = chosen?.policy ?? null
  return id === null ? null : (policiesById(policies).get(id) ?? null)
}

const byId = new WeakMap<readonly Policy[], ReadonlyMap<string, Policy>>()

/** A revision's policies are never changed in place, so they are sorted once. The first of a name counts. */
function policiesById(policies: readonly Policy[]): ReadonlyMap<string, Policy> {
  let found = byId.get(policies)
  if (found === undefined) {
    found = new Map(policies.map(policy => [policy.id, policy] as const).reverse())
    byId.set(policies, found)
  }
  return found
}
