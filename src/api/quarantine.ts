import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import { quarantineEntrySchema } from '../signals/quarantine.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { exampleQuarantine } from './examples.ts'
import { listQuery, pageRequest, pageSchema } from './paging.ts'
import { idParams } from './rule-rows.ts'

/** Signed webhooks that could not be read, whole but masked. */
export const quarantineEndpoints: Endpoint[] = [
  endpoint({
    id: 'listQuarantine',
    method: 'GET',
    path: '/quarantine',
    tag: 'quarantine',
    summary: 'What could not be read, newest first',
    params: NOTHING,
    query: listQuery(['-receivedAt', 'receivedAt'], {
      source: z.string().min(1).max(200).optional().describe('Id of the source it came to'),
      resource: z.string().min(1).max(200).optional().describe('As Sentry-Hook-Resource named it'),
    }),
    body: NO_BODY,
    response: pageSchema(quarantineEntrySchema),
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [exampleQuarantine], next: null } },
    async handle({ operations, query }) {
      const { source, resource } = query
      return { body: await operations.quarantine.list(pageRequest(query), { source, resource }) }
    },
  }),
  endpoint({
    id: 'getQuarantined',
    method: 'GET',
    path: '/quarantine/:id',
    tag: 'quarantine',
    summary: 'One of them',
    params: idParams,
    query: NOTHING,
    body: NO_BODY,
    response: quarantineEntrySchema,
    errors: ['NOT_FOUND'],
    example: { params: { id: exampleQuarantine.id }, response: exampleQuarantine },
    async handle({ operations, params }) {
      const entry = await operations.quarantine.get(params.id)
      if (entry === null) throw new TocsinError('NOT_FOUND', `nothing in quarantine has the id "${params.id}"`)
      return { body: entry }
    },
  }),
]
