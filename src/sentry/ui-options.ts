import { rank } from '../classify/severity.ts'
import type { Incident } from '../incidents/incident.ts'
import type { Policy } from '../route/escalation-table.ts'
import { BY_ROUTES } from '../signals/chosen.ts'

/** One choice of a select field, in the form Sentry asks for (Sentry's docs: ui-components/formfield, URI Response Format). */
export interface Option {
  label: string
  value: string
  default?: boolean
}

/** Nobody scrolls further: whoever looks for more types a few letters, and Sentry sends them as `query`. */
const MOST = 200
const LONGEST_LABEL = 140

/** The policies in force, by name; first the choice that leaves it to the routes. */
export function policyOptions(policies: readonly Pick<Policy, 'id' | 'name'>[], query: string): Option[] {
  const byRoutes: Option = { label: 'As the escalation table says', value: BY_ROUTES, default: true }
  const named = policies.map(({ id, name }) => ({ label: name, value: id }))
  return [byRoutes, ...named].filter(({ label, value }) => holds(query, label, value)).slice(0, MOST)
}

/** Open incidents, those of the issue's project first, then the most severe, then the newest. */
export function incidentOptions(
  incidents: readonly Pick<Incident, 'id' | 'severity' | 'title' | 'project' | 'shortId' | 'openedAt'>[],
  { query, project }: { query: string; project: string | null },
): Option[] {
  const elsewhere = (incident: { project: string | null }) => (incident.project === project ? 0 : 1)
  return incidents
    .filter(({ id, title, project: of, shortId }) => holds(query, id, title, of ?? '', shortId ?? ''))
    .toSorted((a, b) => elsewhere(a) - elsewhere(b) || rank(a.severity) - rank(b.severity) || b.openedAt - a.openedAt)
    .slice(0, MOST)
    .map(({ id, severity, title, project: of }) => ({
      label: cut(`${severity} ${of === null ? '' : `${of}: `}${title}`),
      value: id,
    }))
}

function holds(query: string, ...texts: string[]): boolean {
  const wanted = query.trim().toLowerCase()
  return texts.some(text => text.toLowerCase().includes(wanted))
}

function cut(label: string): string {
  return label.length <= LONGEST_LABEL ? label : `${label.slice(0, LONGEST_LABEL - 1).toWellFormed()}…`
}
