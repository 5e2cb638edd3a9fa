import { z } from 'zod'
import { severitySchema } from '../classify/severity.ts'
import { notificationSchema, notificationStatusSchema } from '../deliver/notification.ts'
import { TocsinError } from '../errors.ts'
import { incidentSchema, statusSchema, timelineEntrySchema } from '../incidents/incident.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { exampleIncident, exampleNotification, exampleTimelineEntry } from './examples.ts'
import { listed, listQuery, pageRequest, pageSchema } from './paging.ts'
import { idParams } from './rule-rows.ts'

const filter = {
  status: statusSchema.optional().describe('Only these'),
  severity: severitySchema.optional().describe('Only these'),
  project: z.string().min(1).optional().describe('Slug'),
  environment: z.string().min(1).optional().describe('What names none counts as `production`'),
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

const one = { method: 'GET', tag: 'incidents', scoped: true, params: idParams, body: NO_BODY } as const
const named = { id: exampleIncident.id }

/** Incidents, as they are and as they came about. */
export const incidentEndpoints: Endpoint[] = [
  endpoint({
    id: 'listIncidents',
    method: 'GET',
    path: '/incidents',
    tag: 'incidents',
    summary: 'Incidents, last updated first',
    scoped: true,
    params: NOTHING,
    query: listQuery(['-updatedAt', 'updatedAt'], filter),
    body: NO_BODY,
    response: pageSchema(incidentSchema),
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [exampleIncident], next: null } },
    async handle({ operations, query }) {
      const { limit: _, cursor: __, sort: ___, ...wanted } = query
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
    query: listQuery(['at', '-at'], {
      what: timelineEntrySchema.shape.what.optional().describe('Only what happened of this kind'),
    }),
    response: pageSchema(timelineEntrySchema),
    example: { params: named, response: { items: [exampleTimelineEntry], next: null } },
    async handle({ operations, params, query }) {
      const page = pageRequest(query, false)
      return found(await operations.incidents.timeline(params.id, page, query.what), params.id)
    },
  }),
  endpoint({
    ...one,
    errors: ['NOT_FOUND', 'INVALID_CURSOR'],
    id: 'listIncidentNotifications',
    path: '/incidents/:id/notifications',
    summary: 'Every message about it, to every destination',
    query: listQuery(['owedAt', '-owedAt'], {
      status: notificationStatusSchema.optional().describe('`dead`: given up, waiting for a person'),
      destination: z.string().min(1).optional().describe('Its id'),
    }),
    response: pageSchema(notificationSchema),
    example: { params: named, response: { items: [exampleNotification], next: null } },
    async handle({ operations, params, query }) {
      const { body } = found(await operations.incidents.notifications(params.id), params.id)
      const { status, destination } = query
      const wanted = body.filter(
        one => (status ?? one.status) === one.status && (destination ?? one.destination) === one.destination,
      )
      return { body: listed(wanted, { ...query, sort: query.sort ?? 'owedAt' }) }
    },
  }),
]
