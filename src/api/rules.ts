import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import { diffRules } from '../rules/diff-rules.ts'
import { type Revision, type RulesDocument, revisionSchema, rulesDocumentSchema } from '../rules/rules-document.ts'
import { diffAnswer, diffSchema, exampleDiff } from './diff-answer.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { exampleDocument, exampleRevision } from './examples.ts'
import { mergePatch } from './merge-patch.ts'
import type { Operations } from './operations.ts'
import { listQuery, pageRequest, pageSchema } from './paging.ts'
import { mergePatchSchema } from './patched.ts'
import { authorOf, type Changed, changeWarned } from './publish-rules.ts'
import { rulesChange } from './rules-change.ts'
import { exampleWarning, refuseWarnings, warningSchema } from './warning-answer.ts'

const numberParams = z.strictObject({
  number: z.coerce
    .number('a revision number')
    .int('a revision number')
    .min(1, 'a revision number, from 1 up')
    .describe('Of a revision'),
})
export const revisionRowSchema = revisionSchema.omit({ document: true })
export const validationSchema = z.object({
  valid: z.boolean(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })).describe('What keeps it from being published'),
  warnings: z.array(warningSchema).describe('What is probably not meant, of a valid document'),
})
export const publishedSchema = revisionSchema.extend({ warnings: z.array(warningSchema) })
export const publishQuery = z.strictObject({ refuseWarnings })
export const examplePublished = { ...exampleRevision, warnings: [exampleWarning] }

/** Both documents, compared: what is later is what it became. */
export const comparedSchema = diffSchema.extend({
  from: z.number().int().describe('Number of the earlier revision'),
  to: z.number().int(),
})

/** A revision that was just made, as it is answered. */
export function published({ before, revision, warnings }: Changed) {
  return {
    body: { ...revision, warnings },
    version: String(revision.number),
    change: rulesChange(before, revision),
  }
}

/** Every problem of a document; where there is none, its warnings. */
export async function reviewed({ rules }: Pick<Operations, 'rules'>, document: unknown) {
  const checked = await rules.validate(document)
  if ('problems' in checked) return { valid: false, problems: checked.problems, warnings: [] }
  return { valid: true, problems: [], warnings: await rules.warnings(checked.document) }
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
    async handle({ operations }) {
      const current = await operations.rules.current()
      return { body: current, version: String(current.number) }
    },
  }),
  endpoint({
    id: 'putRules',
    method: 'PUT',
    path: '/rules',
    tag: 'rules',
    summary: 'Replace the rules',
    description: 'The body is the whole document; it becomes the next revision. Say why in X-Change-Reason.',
    params: NOTHING,
    query: publishQuery,
    body: z.unknown(),
    documents: rulesDocumentSchema,
    ifMatch: 'required',
    etag: true,
    reasoned: true,
    response: publishedSchema,
    example: { body: exampleDocument, response: examplePublished },
    async handle({ operations, caller, actor, body, query, expected, reason }) {
      const message = reason ?? 'replaced the rules'
      const by = authorOf({ caller, actor })
      return published(await changeWarned(operations, by, expected, message, () => body, query.refuseWarnings))
    },
  }),
  endpoint({
    id: 'patchRules',
    method: 'PATCH',
    path: '/rules',
    tag: 'rules',
    summary: 'Change members of the rules',
    description:
      'A JSON Merge Patch (RFC 7396) of the document; it becomes the next revision. Lists are replaced whole: to change one route or policy, patch that row.',
    params: NOTHING,
    query: publishQuery,
    body: mergePatchSchema,
    ifMatch: 'required',
    etag: true,
    reasoned: true,
    response: publishedSchema,
    example: { body: { settings: { pollEvery: 'PT2M' } }, response: examplePublished },
    async handle({ operations, caller, actor, body, query, expected, reason }) {
      const message = reason ?? `changed ${Object.keys(body).join(', ') || 'nothing'}`.slice(0, 200)
      const by = authorOf({ caller, actor })
      const edit = (document: RulesDocument) => mergePatch(document, body)
      return published(await changeWarned(operations, by, expected, message, edit, query.refuseWarnings))
    },
  }),
  endpoint({
    id: 'validateRules',
    method: 'POST',
    path: '/rules/validate',
    tag: 'rules',
    role: 'viewer',
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
        warnings: [],
      },
    },
    handle: async ({ operations, body }) => ({ body: await reviewed(operations, body) }),
  }),
  endpoint({
    id: 'getRulesWarnings',
    method: 'GET',
    path: '/rules/warnings',
    tag: 'rules',
    summary: 'What about the rules in force is probably not meant',
    description: 'It depends on the destinations too: whether they exist, and how their last test went.',
    params: NOTHING,
    query: NOTHING,
    body: NO_BODY,
    response: z.object({ revision: z.number().int(), warnings: z.array(warningSchema) }),
    example: { response: { revision: 12, warnings: [exampleWarning] } },
    async handle({ operations }) {
      const { number, document } = await operations.rules.current()
      return { body: { revision: number, warnings: await operations.rules.warnings(document) } }
    },
  }),
  endpoint({
    id: 'listRevisions',
    method: 'GET',
    path: '/rules/revisions',
    tag: 'rules',
    summary: 'Every revision, newest first, without its document',
    params: NOTHING,
    query: listQuery(['-number', 'number'], {
      author: z.string().min(1).max(200).optional().describe("Part of the author's name"),
      since: z.iso
        .datetime({ offset: true, error: 'an RFC 3339 time such as 2026-11-05T14:00:00Z' })
        .transform(text => Date.parse(text))
        .optional()
        .describe('Published then or later'),
    }),
    body: NO_BODY,
    response: pageSchema(revisionRowSchema),
    errors: ['INVALID_CURSOR'],
    example: {
      response: {
        items: [{ number: 12, at: exampleRevision.at, author: 'admin', message: exampleRevision.message }],
        next: null,
      },
    },
    async handle({ operations, query }) {
      const { author, since } = query
      return { body: await operations.rules.revisions(pageRequest(query), { author, since }) }
    },
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
    query: publishQuery,
    body: NO_BODY,
    ifMatch: 'optional',
    etag: true,
    reasoned: true,
    response: publishedSchema,
    errors: ['NOT_FOUND'],
    example: { params: { number: '11' }, response: examplePublished },
    async handle({ operations, caller, actor, params, query, expected, reason }) {
      const old = await revisionOr404(operations.rules.revision(params.number), params.number)
      const message = `rolled back to revision ${params.number}${reason === null ? '' : `: ${reason}`}`
      const by = authorOf({ caller, actor })
      return published(await changeWarned(operations, by, expected, message, () => old.document, query.refuseWarnings))
    },
  }),
  endpoint({
    id: 'compareRevision',
    method: 'GET',
    path: '/rules/revisions/:number/diff',
    tag: 'rules',
    summary: 'What changed since a revision',
    params: numberParams,
    query: z.strictObject({ to: numberParams.shape.number.optional().describe('Left out: the one in force') }),
    body: NO_BODY,
    response: comparedSchema,
    errors: ['NOT_FOUND'],
    example: { params: { number: '11' }, response: { from: 11, to: 12, ...exampleDiff } },
    handle: ({ operations, params, query }) => compare(operations, params.number, query.to ?? null),
  }),
  endpoint({
    id: 'compareRevisions',
    method: 'GET',
    path: '/rules/revisions/:number/diff/:other',
    tag: 'rules',
    summary: 'What one revision says differently from another',
    params: numberParams.extend({ other: numberParams.shape.number }),
    query: NOTHING,
    body: NO_BODY,
    response: comparedSchema,
    errors: ['NOT_FOUND'],
    example: { params: { number: '11', other: '12' }, response: { from: 11, to: 12, ...exampleDiff } },
    handle: ({ operations, params }) => compare(operations, params.number, params.other),
  }),
]

async function compare({ rules }: Pick<Operations, 'rules'>, from: number, to: number | null) {
  const [before, after] = await Promise.all([
    revisionOr404(rules.revision(from), from),
    to === null ? rules.current() : revisionOr404(rules.revision(to), to),
  ])
  const diff = diffAnswer(diffRules(before.document, after.document))
  return { body: { from, to: after.number, ...diff } }
}
