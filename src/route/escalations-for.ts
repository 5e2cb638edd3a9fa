import type { Escalation, Incident } from '../incidents/incident.ts'
import { escalationOf } from './escalation-steps.ts'
import type { Policy, Route } from './escalation-table.ts'
import { matchRoutes, type RouteTrace } from './match-route.ts'
import { readIncidentFields } from './read-incident-fields.ts'

/** The escalation table, as far as routing reads it. */
export interface EscalationTable {
  routes: readonly Route[]
  policies: readonly Policy[]
}

/** Who must know of this incident now, and when next: one escalation for every route that matches. Pure. */
export function escalationsFor(
  incident: Incident,
  table: EscalationTable,
  now: number,
): { escalations: Escalation[]; trace: RouteTrace[] } {
  const { matched, trace } = matchRoutes(readIncidentFields(incident), table.routes)
  const escalations = matched.flatMap(route => {
    const policy = table.policies.find(candidate => candidate.id === route.policy)
    return policy === undefined ? [] : [escalationOf(route, policy, now)]
  })
  return { escalations, trace }
}
