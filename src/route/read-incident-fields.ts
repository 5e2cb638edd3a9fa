import { type FieldValue, type ReadField, TAG_PREFIX } from '../classify/fields.ts'
import { readTag } from '../classify/read-fields.ts'
import type { Incident } from '../incidents/incident.ts'
import type { IssueImpact } from '../measure/impact.ts'

/** What of an incident routing looks at. */
export type RoutedIncident = Pick<
  Incident,
  | 'severity'
  | 'kind'
  | 'source'
  | 'project'
  | 'environment'
  | 'level'
  | 'release'
  | 'errorClass'
  | 'transaction'
  | 'tags'
  | 'coreFlow'
  | 'owner'
  | 'impact'
>

/**
 * The values a route may ask about, read off the incident as it is now. null: known to have none; undefined: unknown
 * (or no field of routes). Numbers are production's.
 */
export function readIncidentFields(incident: RoutedIncident): ReadField {
  return field =>
    field.startsWith(TAG_PREFIX)
      ? readTag(incident.tags, field)
      : READERS.get(field)?.(incident, incident.impact.production)
}

type Read = (incident: RoutedIncident, production: IssueImpact | undefined) => FieldValue | undefined

const READERS: ReadonlyMap<string, Read> = new Map(
  Object.entries<Read>({
    severity: incident => incident.severity,
    kind: incident => incident.kind,
    source: incident => incident.source,
    project: incident => incident.project ?? undefined,
    // A missing environment counts as production.
    environment: incident => incident.environment ?? 'production',
    level: incident => incident.level ?? undefined,
    release: incident => incident.release ?? undefined,
    'error-class': incident => incident.errorClass ?? undefined,
    transaction: incident => incident.transaction ?? undefined,
    'core-flow': incident => incident.coreFlow,
    'owner-team': ({ owner }) => (owner?.type === 'team' ? (owner.name ?? owner.id) : null),
    'in-production': (_, production) => production?.inProduction ?? undefined,
    'users-per-hour': (_, production) => production?.users?.value,
    'events-per-hour': (_, production) => production?.events?.value,
    'is-new': (_, production) => production?.isNew ?? undefined,
    regressed: (_, production) => production?.regressed ?? undefined,
    escalating: (_, production) => production?.escalating ?? undefined,
  }),
)
