import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import { quarantineEntrySchema } from '../signals/quarantine.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { exampleQuarantine } from './examples.ts'
import { pageQuery, pageRequest, pageSchema } from './paging.ts'
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
    query: z.strictObject(pageQuery),
    body: NO_BODY,
    response: pageSchema(quarantineEntrySchema),
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [exampleQuarantine], next: null } },
    handle: async ({ operations, query }) => ({ body: await operations.quarantine.list(pageRequest(query)) }),
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
