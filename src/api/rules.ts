import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import { type Revision, revisionSchema, rulesDocumentSchema } from '../rules/rules-document.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { exampleDocument, exampleRevision } from './examples.ts'
import { pageQuery, pageRequest, pageSchema } from './paging.ts'
import { authorOf, change, publish, requireCurrent, revisionNumber } from './publish-rules.ts'

const numberParams = z.strictObject({
  number: z.coerce.number('a revision number').int('a revision number').min(1, 'a revision number, from 1 up'),
})
export const revisionRowSchema = revisionSchema.omit({ document: true })
export const validationSchema = z.object({
  valid: z.boolean(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
})

function published(revision: Revision) {
  return { body: revision, version: String(revision.number) }
}

async function revisionOr404(found: Promise<Revision | null>, number: number): Promise<Revision> {
  const revision = await found
  if (revision === null) throw new TocsinError('NOT_FOUND', `there is no revision ${number} of the rules`)
  return revision
}

/** The rules as one document: read, replace, check, look back, roll back. */
export const rulesEndpoints: Endpoint[] = [
  endpoint({
    id: 'getRules',
    method: 'GET',
    path: '/rules',
    tag: 'rules',
    summary: 'The rules in force',
    params: NOTHING,
    query: NOTHING,
    body: NO_BODY,
    etag: true,
    response: revisionSchema,
    example: { response: exampleRevision },
    handle: async ({ operations }) => published(await operations.rules.current()),
  }),
  endpoint({
    id: 'putRules',
    method: 'PUT',
    path: '/rules',
    tag: 'rules',
    summary: 'Replace the rules',
    description: 'The body is the whole document; it becomes the next revision. Say why in X-Change-Reason.',
    params: NOTHING,
    query: NOTHING,
    body: z.unknown(),
    documents: rulesDocumentSchema,
    ifMatch: 'required',
    etag: true,
    reasoned: true,
    response: revisionSchema,
    example: { body: exampleDocument, response: exampleRevision },
    async handle({ operations, caller, actor, body, expected, reason }) {
      requireCurrent(await operations.rules.current(), expected)
      const number = revisionNumber(expected ?? '')
      return published(
        await publish(operations, authorOf({ caller, actor }), body, number, reason ?? 'replaced the rules'),
      )
    },
  }),
  endpoint({
    id: 'validateRules',
    method: 'POST',
    path: '/rules/validate',
    tag: 'rules',
    summary: 'Check a document without publishing it',
    params: NOTHING,
    query: NOTHING,
    body: z.unknown(),
    documents: rulesDocumentSchema,
    response: validationSchema,
    example: {
      body: exampleDocument,
      response: {
        valid: false,
        problems: [{ path: '/routes/0/policy', message: 'there is no policy "page-nw": did you mean "page-now"?' }],
      },
    },
    async handle({ operations, body }) {
      const problems = await operations.rules.validate(body)
      return { body: { valid: problems.length === 0, problems } }
    },
  }),
  endpoint({
    id: 'listRevisions',
    method: 'GET',
    path: '/rules/revisions',
    tag: 'rules',
    summary: 'Every revision, newest first, without its document',
    params: NOTHING,
    query: z.strictObject(pageQuery),
    body: NO_BODY,
    response: pageSchema(revisionRowSchema),
    errors: ['INVALID_CURSOR'],
    example: {
      response: {
        items: [{ number: 12, at: exampleRevision.at, author: 'admin', message: exampleRevision.message }],
        next: null,
      },
    },
    handle: async ({ operations, query }) => ({ body: await operations.rules.revisions(pageRequest(query)) }),
  }),
  endpoint({
    id: 'getRevision',
    method: 'GET',
    path: '/rules/revisions/:number',
    tag: 'rules',
    summary: 'One revision with its document',
    params: numberParams,
    query: NOTHING,
    body: NO_BODY,
    response: revisionSchema,
    errors: ['NOT_FOUND'],
    example: { params: { number: '12' }, response: exampleRevision },
    async handle({ operations, params }) {
      return { body: await revisionOr404(operations.rules.revision(params.number), params.number) }
    },
  }),
  endpoint({
    id: 'rollBackRules',
    method: 'POST',
    path: '/rules/revisions/:number/rollback',
    tag: 'rules',
    summary: 'Publish an old revision again',
    description: 'Makes a new revision with the old document, if it is still valid: its destinations may be gone.',
    params: numberParams,
    query: NOTHING,
    body: NO_BODY,
    ifMatch: 'optional',
    etag: true,
    reasoned: true,
    idempotent: true,
    response: revisionSchema,
    errors: ['NOT_FOUND'],
    example: { params: { number: '11' }, response: exampleRevision },
    async handle({ operations, caller, actor, params, expected, reason }) {
      const old = await revisionOr404(operations.rules.revision(params.number), params.number)
      const message = `rolled back to revision ${params.number}${reason === null ? '' : `: ${reason}`}`
      return published(await change(operations, authorOf({ caller, actor }), expected, message, () => old.document))
    },
  }),
]
