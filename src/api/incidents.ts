import { z } from 'zod'
import { severitySchema } from '../classify/severity.ts'
import { notificationSchema } from '../deliver/notification.ts'
import { TocsinError } from '../errors.ts'
import { incidentSchema, statusSchema, timelineEntrySchema } from '../incidents/incident.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { exampleIncident, exampleNotification, exampleTimelineEntry } from './examples.ts'
import { pageQuery, pageRequest, pageSchema } from './paging.ts'
import { idParams } from './rule-rows.ts'

const filter = {
  status: statusSchema.optional(),
  severity: severitySchema.optional(),
  project: z.string().min(1).optional().describe('Slug'),
  environment: z.string().min(1).optional(),
  since: z.iso
    .datetime({ offset: true, error: 'a time as in RFC 3339, such as 2026-11-05T14:03:10Z' })
    .transform(time => Date.parse(time))
    .optional()
    .describe('Updated at or after this time (RFC 3339; write + as %2B)'),
}

function found<T>(value: T | null, id: string): { body: T } {
  if (value === null) throw new TocsinError('NOT_FOUND', `there is no incident "${id}"`)
  return { body: value }
}

const one = { method: 'GET', tag: 'incidents', params: idParams, body: NO_BODY } as const
const named = { id: exampleIncident.id }

/** Incidents, as they are and as they came about. */
export const incidentEndpoints: Endpoint[] = [
  endpoint({
    id: 'listIncidents',
    method: 'GET',
    path: '/incidents',
    tag: 'incidents',
    summary: 'Incidents, last updated first',
    params: NOTHING,
    query: z.strictObject({ ...filter, ...pageQuery }),
    body: NO_BODY,
    response: pageSchema(incidentSchema),
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [exampleIncident], next: null } },
    async handle({ operations, query }) {
      const { limit: _, cursor: __, ...wanted } = query
      return { body: await operations.incidents.list(wanted, pageRequest(query)) }
    },
  }),
  endpoint({
    ...one,
    errors: ['NOT_FOUND'],
    id: 'getIncident',
    path: '/incidents/:id',
    summary: 'One incident, with its verdict, evidence and links',
    query: NOTHING,
    response: incidentSchema,
    example: { params: named, response: exampleIncident },
    handle: async ({ operations, params }) => found(await operations.incidents.get(params.id), params.id),
  }),
  endpoint({
    ...one,
    errors: ['NOT_FOUND', 'INVALID_CURSOR'],
    id: 'getIncidentTimeline',
    path: '/incidents/:id/timeline',
    summary: 'What happened to it, oldest first, each with its reason',
    query: z.strictObject(pageQuery),
    response: pageSchema(timelineEntrySchema),
    example: { params: named, response: { items: [exampleTimelineEntry], next: null } },
    async handle({ operations, params, query }) {
      return found(await operations.incidents.timeline(params.id, pageRequest(query)), params.id)
    },
  }),
  endpoint({
    ...one,
    errors: ['NOT_FOUND'],
    id: 'listIncidentNotifications',
    path: '/incidents/:id/notifications',
    summary: 'Every message about it, to every destination',
    query: NOTHING,
    response: pageSchema(notificationSchema),
    example: { params: named, response: { items: [exampleNotification], next: null } },
    async handle({ operations, params }) {
      const { body } = found(await operations.incidents.notifications(params.id), params.id)
      return { body: { items: body, next: null } }
    },
  }),
]
