import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import { diffRules } from '../rules/diff-rules.ts'
import { type Draft, draftSchema } from '../rules/draft.ts'
import { mergeRules } from '../rules/merge-rules.ts'
import { diffAnswer, diffSchema, exampleDiff } from './diff-answer.ts'
import { draftDocument } from './draft-document.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { formatETag } from './etag.ts'
import { EXAMPLE_AT, exampleDocument } from './examples.ts'
import { mergePatch } from './merge-patch.ts'
import type { Operations, Versioned } from './operations.ts'
import { listed, listQuery, pageSchema, searchFilter } from './paging.ts'
import { authorOf } from './publish-rules.ts'
import { idParams } from './rule-rows.ts'

export const draftHeadSchema = draftSchema.omit({ document: true })

const name = z.string().trim().min(1).max(120)
const begunFrom = z.number().int().min(1).optional().describe('Revision it begins from; left out: the one in force')

export const exampleDraft = {
  id: 'd-5f2c9a1be07d4413',
  name: 'Payments gets its own policy',
  author: 'Marta Lindqvist (ops)',
  base: 12,
  createdAt: EXAMPLE_AT,
  updatedAt: EXAMPLE_AT,
  updatedBy: 'Marta Lindqvist (ops)',
  document: exampleDocument,
}
const { document: _, ...exampleHead } = exampleDraft
const named = { params: { id: exampleDraft.id }, response: exampleDraft }

export const draftDiffSchema = z.object({
  base: z.number().int(),
  current: z.number().int().describe('The revision in force'),
  changes: diffSchema.describe('What the draft changes of its base'),
  against: diffSchema.describe('What publishing it would change of what is in force'),
  meanwhile: diffSchema.describe('What was published since it began'),
  conflicts: z.array(z.string()).describe('Rows that both changed: rebase asks whose stands'),
})

export function shown({ version, value }: Versioned<Draft>) {
  return { body: value, version }
}

/** Throws NOT_FOUND. */
export async function draftOr404({ drafts }: Pick<Operations, 'drafts'>, id: string): Promise<Versioned<Draft>> {
  const found = await drafts.get(id)
  if (found === null) throw new TocsinError('NOT_FOUND', `there is no draft "${id}" (any more)`)
  return found
}

/** Throws STALE_ETAG, telling what it is now. */
export function requireVersion({ version, value }: Versioned<Draft>, expected: string | null): void {
  if (version === expected) return
  const problems = [{ path: '', message: lastEdit(value) }]
  throw new TocsinError(
    'STALE_ETAG',
    `draft "${value.id}" is at ${formatETag(version)}, and you changed ${formatETag(expected ?? '')}: read it again, then repeat your change`,
    { problems },
  )
}

function lastEdit({ updatedBy, updatedAt }: Draft): string {
  return `last changed by ${updatedBy} at ${new Date(updatedAt).toISOString()}`
}

/** What the audit trail keeps of an edited draft. */
function edited(before: Draft | null, after: Draft | null) {
  const changes = diffAnswer(diffRules(before?.document ?? {}, after?.document ?? {})).lines.slice(0, 100)
  const head = (draft: Draft | null) => (draft === null ? null : { name: draft.name, base: draft.base })
  const id = before?.id ?? after?.id ?? ''
  const now = after === null ? null : before === null ? head(after) : { ...head(after), changes }
  return { what: `draft ${id}`, before: head(before), after: now }
}

async function save(operations: Operations, old: Versioned<Draft>, draft: Draft, by: string, expected: string) {
  const saved = await operations.drafts.save(draft, by, expected)
  return { ...shown(saved), change: edited(old.value, saved.value) }
}

/** A conflict as it is named when it is settled: `routes/payments`; `routes` for their order. */
export function conflictName({ list, id }: { list: string; id: string }): string {
  return id === '' ? list : `${list}/${id}`
}

const one = { tag: 'drafts', params: idParams, query: NOTHING } as const

/** Drafts: made, edited, compared. They change nothing until they are published. */
export const draftEndpoints: Endpoint[] = [
  endpoint({
    id: 'listDrafts',
    method: 'GET',
    path: '/rules/drafts',
    tag: 'drafts',
    summary: 'Every draft, newest change first, without its document',
    params: NOTHING,
    query: listQuery(['-updatedAt', 'updatedAt', 'name', '-name'], {
      author: z.string().min(1).max(200).optional().describe("Part of the author's name"),
      ...searchFilter,
    }),
    body: NO_BODY,
    response: pageSchema(draftHeadSchema),
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [exampleHead], next: null } },
    async handle({ operations, query }) {
      const all = (await operations.drafts.list()).map(({ value }) => value)
      const author = query.author?.toLowerCase() ?? ''
      const wanted = all.filter(draft => draft.author.toLowerCase().includes(author))
      return { body: listed(wanted, { ...query, sort: query.sort ?? '-updatedAt' }) }
    },
  }),
  endpoint({
    id: 'createDraft',
    method: 'POST',
    path: '/rules/drafts',
    tag: 'drafts',
    summary: 'Begin a draft',
    description: 'From the rules in force, from an older revision, or with a document of your own.',
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({
      name,
      from: begunFrom,
      document: z.unknown().optional().describe('In place of the one it begins from; mistakes may be mended later'),
    }),
    etag: true,
    status: 201,
    response: draftSchema,
    errors: ['CONFLICT', 'NOT_FOUND'],
    example: { body: { name: exampleDraft.name }, response: exampleDraft },
    async handle(call) {
      const { operations, body } = call
      const base =
        body.from === undefined ? await operations.rules.current() : await operations.rules.revision(body.from)
      if (base === null) throw new TocsinError('NOT_FOUND', `there is no revision ${body.from} of the rules`)
      const document = body.document === undefined ? base.document : draftDocument(body.document, '/document')
      const given = { name: body.name, base: base.number, author: authorOf(call).author, document }
      const made = await operations.drafts.create(given)
      return { ...shown(made), location: `/api/v1/rules/drafts/${made.value.id}`, change: edited(null, made.value) }
    },
  }),
  endpoint({
    ...one,
    id: 'getDraft',
    method: 'GET',
    path: '/rules/drafts/:id',
    summary: 'One draft with its document',
    body: NO_BODY,
    etag: true,
    response: draftSchema,
    errors: ['NOT_FOUND'],
    example: named,
    handle: async ({ operations, params }) => shown(await draftOr404(operations, params.id)),
  }),
  endpoint({
    ...one,
    id: 'putDraft',
    method: 'PUT',
    path: '/rules/drafts/:id',
    summary: "Replace a draft's document",
    body: z.strictObject({ name: name.optional(), document: z.unknown() }),
    ifMatch: 'required',
    etag: true,
    response: draftSchema,
    errors: ['NOT_FOUND'],
    example: { ...named, body: { document: exampleDocument } },
    async handle(call) {
      const { operations, params, body, expected } = call
      const old = await draftOr404(operations, params.id)
      requireVersion(old, expected)
      const document = draftDocument(body.document, '/document')
      const draft = { ...old.value, name: body.name ?? old.value.name, document }
      return save(operations, old, draft, authorOf(call).author, old.version)
    },
  }),
  endpoint({
    ...one,
    id: 'patchDraft',
    method: 'PATCH',
    path: '/rules/drafts/:id',
    summary: 'Change members of a draft',
    description:
      'A JSON Merge Patch (RFC 7396) of `name` and `document`: lists, such as the routes, are replaced whole.',
    body: z.strictObject({ name: name.optional(), document: z.record(z.string(), z.unknown()).optional() }),
    ifMatch: 'required',
    etag: true,
    response: draftSchema,
    errors: ['NOT_FOUND'],
    example: { ...named, body: { document: { settings: { pollEvery: 'PT2M' } } } },
    async handle(call) {
      const { operations, params, body, expected } = call
      const old = await draftOr404(operations, params.id)
      requireVersion(old, expected)
      if (body.document !== undefined) draftDocument(body.document, '/document')
      const document = draftDocument(mergePatch(old.value.document, body.document ?? {}), '/document')
      const draft = { ...old.value, name: body.name ?? old.value.name, document }
      return save(operations, old, draft, authorOf(call).author, old.version)
    },
  }),
  endpoint({
    ...one,
    id: 'deleteDraft',
    method: 'DELETE',
    path: '/rules/drafts/:id',
    summary: 'Throw a draft away',
    body: NO_BODY,
    ifMatch: 'required',
    status: 204,
    response: z.undefined(),
    errors: ['NOT_FOUND'],
    example: { params: named.params, response: undefined },
    async handle({ operations, params, expected }) {
      const old = await draftOr404(operations, params.id)
      requireVersion(old, expected)
      await operations.drafts.remove(params.id, old.version)
      return { body: undefined, change: edited(old.value, null) }
    },
  }),
  endpoint({
    ...one,
    id: 'compareDraft',
    method: 'GET',
    path: '/rules/drafts/:id/diff',
    summary: 'What a draft changes, of its base and of what is in force by now',
    body: NO_BODY,
    response: draftDiffSchema,
    errors: ['NOT_FOUND'],
    example: {
      params: named.params,
      response: {
        base: 12,
        current: 12,
        changes: exampleDiff,
        against: exampleDiff,
        meanwhile: { changes: [], lines: [], more: 0 },
        conflicts: [],
      },
    },
    async handle({ operations, params }) {
      const { value: draft } = await draftOr404(operations, params.id)
      const [base, current] = await Promise.all([operations.rules.revision(draft.base), operations.rules.current()])
      const began = base?.document ?? {}
      return {
        body: {
          base: draft.base,
          current: current.number,
          changes: diffAnswer(diffRules(began, draft.document)),
          against: diffAnswer(diffRules(current.document, draft.document)),
          meanwhile: diffAnswer(diffRules(began, current.document)),
          conflicts: mergeRules(began, draft.document, current.document).conflicts.map(conflictName),
        },
      }
    },
  }),
]
