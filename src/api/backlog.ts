import { z } from 'zod'
import { backlogEntrySchema } from '../deliver/backlog-entry.ts'
import { TocsinError } from '../errors.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { exampleBacklogEntry } from './examples.ts'
import { listQuery, pageRequest, pageSchema } from './paging.ts'
import { idParams } from './rule-rows.ts'

const named = { id: exampleBacklogEntry.id }

export const ownerSchema = z.strictObject({
  type: z.enum(['user', 'team', 'application', 'unknown']),
  id: z.string().nullable().default(null),
  name: z.string().min(1).nullable().default(null),
})

export const backlogPatchSchema = z
  .strictObject({
    owner: ownerSchema.nullable().optional().describe('null: nobody owns it'),
    status: backlogEntrySchema.shape.status.optional(),
  })
  .refine(patch => patch.owner !== undefined || patch.status !== undefined, {
    error: 'must name owner, status or both',
  })

/** Work for a later day: P3 entries, who owns them, and whether they are done. */
export const backlogEndpoints: Endpoint[] = [
  endpoint({
    id: 'listBacklog',
    method: 'GET',
    path: '/backlog',
    tag: 'backlog',
    summary: 'Backlog entries, newest first',
    scoped: true,
    params: NOTHING,
    query: listQuery(['-createdAt', 'createdAt'], {
      status: backlogEntrySchema.shape.status.optional().describe('Only these'),
      owner: z.string().min(1).optional().describe("The owner's id or name"),
    }),
    body: NO_BODY,
    response: pageSchema(backlogEntrySchema),
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [exampleBacklogEntry], next: null } },
    async handle({ operations, query }) {
      const { status, owner } = query
      return { body: await operations.backlog.list({ status, owner }, pageRequest(query)) }
    },
  }),
  endpoint({
    id: 'getBacklogEntry',
    method: 'GET',
    path: '/backlog/:id',
    tag: 'backlog',
    summary: 'One entry',
    scoped: true,
    params: idParams,
    query: NOTHING,
    body: NO_BODY,
    etag: true,
    response: backlogEntrySchema,
    errors: ['NOT_FOUND'],
    example: { params: named, response: exampleBacklogEntry },
    async handle({ operations, params }) {
      const entry = await operations.backlog.get(params.id)
      if (entry === null) throw new TocsinError('NOT_FOUND', `there is no backlog entry "${params.id}"`)
      return { body: entry.value, version: entry.version }
    },
  }),
  endpoint({
    id: 'patchBacklogEntry',
    method: 'PATCH',
    path: '/backlog/:id',
    tag: 'backlog',
    summary: 'Give it an owner, close it, open it again',
    role: 'responder',
    scoped: true,
    params: idParams,
    query: NOTHING,
    body: backlogPatchSchema,
    ifMatch: 'required',
    etag: true,
    response: backlogEntrySchema,
    errors: ['NOT_FOUND'],
    example: { params: named, body: { owner: { type: 'team', name: 'web' } }, response: exampleBacklogEntry },
    async handle({ operations, params, body, expected }) {
      const { owner, status } = body
      const patch = { ...(owner === undefined ? {} : { owner }), ...(status === undefined ? {} : { status }) }
      const before = (await operations.backlog.get(params.id))?.value ?? null
      const entry = await operations.backlog.patch(params.id, patch, expected ?? '')
      const change = { what: `backlog entry ${params.id}`, before, after: entry.value }
      return { body: entry.value, version: entry.version, change }
    },
  }),
]
