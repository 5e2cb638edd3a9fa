import type { Incident } from '../incidents/incident.ts'
import type { EscalationTable } from '../route/escalations-for.ts'
import { matchRoutes } from '../route/match-route.ts'
import { readIncidentFields } from '../route/read-incident-fields.ts'

/** One row of the escalation table, as it looked at an incident. */
export interface RouteTried {
  route: string
  name: string
  policy: string
  matches: boolean
  /** It is taken: it matches, and nothing above it ended the search. */
  taken: boolean
  why: string
}

/** So many rows are told; what is beyond is counted. */
const MOST_ROWS = 1_000

/** Every route with why it matches or does not, each asked by itself, in the table's order, at `now`, ms. Pure. */
export function traceRoutes(incident: Incident, { routes }: Pick<EscalationTable, 'routes'>, now: number) {
  const read = readIncidentFields(incident)
  const taken = new Set(incident.escalations.map(({ route }) => route))
  const tried = routes.slice(0, MOST_ROWS).map((route): RouteTried => {
    const { matched, trace } = matchRoutes(read, [route], now)
    const { id, name, policy } = route
    const why = trace[0]?.why ?? 'not looked at'
    return { route: id, name, policy, matches: matched.length > 0, taken: taken.has(id), why }
  })
  return { tried, more: Math.max(0, routes.length - MOST_ROWS) }
}
