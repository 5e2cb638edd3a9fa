import { z } from 'zod'
import { type Caller, mayDo } from '../access/caller.ts'
import type { StoredDestination } from '../deliver/destination.ts'
import { fallbackProblems } from '../deliver/destination-problems.ts'
import { TocsinError } from '../errors.ts'
import { diffRules } from '../rules/diff-rules.ts'
import type { RawObject } from '../rules/problem-list.ts'
import { bulkEdit, bulkOperationSchema, type DestinationEdit } from './bulk-edit.ts'
import { diffAnswer, diffSchema, exampleDiff } from './diff-answer.ts'
import { draftDocument } from './draft-document.ts'
import { draftOr404, requireVersion } from './drafts.ts'
import { type Call, type Endpoint, endpoint, NOTHING, summary } from './endpoint.ts'
import type { Operations, ShownDestination, Versioned } from './operations.ts'
import { authorOf, publishWarned, requireCurrent, revisionNumber } from './publish-rules.ts'
import { reviewed, validationSchema } from './rules.ts'
import { refuseWarnings } from './warning-answer.ts'
import { tellingWhatChanged } from './what-changed.ts'

const bodySchema = z.strictObject({
  operations: z.array(bulkOperationSchema).min(1).max(50),
  preview: z.boolean().default(true).describe('true: tells what it would do, and does nothing'),
  draft: z.string().max(100).optional().describe('Id of a draft to edit, in place of the rules in force'),
  message: z.string().trim().min(1).max(500).optional(),
})

export const bulkEditedSchema = validationSchema.extend({
  preview: z.boolean(),
  revision: z.number().int().nullable().describe('The revision it made; null: none'),
  places: z.array(z.number().int()).describe('How many rows and destinations each operation changes, in their order'),
  diff: diffSchema,
  destinations: z
    .array(
      z.object({
        id: z.string(),
        member: z.enum(['fallback', 'channel']),
        before: z.string().nullable(),
        after: z.string().nullable(),
        error: z.string().nullable().describe('Why it cannot be changed, and stays as it is; the rest is done'),
      }),
    )
    .describe('Destinations lie beside the rules: they are changed after these, one by one'),
})

type BulkCall = Call<unknown, { refuseWarnings: z.output<typeof refuseWarnings> }, z.output<typeof bodySchema>>
type Edits = (DestinationEdit & { error: string | null })[]

/** What it would do, in whatever is to be edited. Throws INVALID_INPUT where an operation names what is not there. */
async function plan(operations: Operations, call: BulkCall, document: RawObject) {
  const known = await operations.destinations.list()
  const edited = bulkEdit(document, known.map(described), call.body.operations)
  const problems = [...edited.problems]
  for (const [index, { op }] of call.body.operations.entries())
    if (call.body.draft !== undefined && op === 'rename-channel')
      problems.push({ path: `/operations/${index}/op`, message: 'destinations are no part of a draft: leave it out' })
  if (problems.length > 0) throw new TocsinError('INVALID_INPUT', summary(problems), { problems })
  // A draft holds the rules alone: fallbacks are changed when it is done without one.
  const beside = call.body.draft === undefined ? edited.destinations : []
  const { problems: wrong, warnings } = await reviewed(operations, edited.document)
  const edits = beside.map(edit => ({ ...edit, error: whyNot(call, known, beside, edit) }))
  // A fallback stays as it is and the rest is done: nobody renames a channel to have nothing renamed.
  const blocked = edits.flatMap(({ id, member, error }) =>
    member === 'channel' && error !== null ? [{ path: `/destinations/${id}/${member}`, message: error }] : [],
  )
  const all = [...wrong, ...blocked]
  const review = { valid: all.length === 0, problems: all, warnings }
  return { ...edited, destinations: edits, known, review, diff: diffAnswer(diffRules(document, edited.document)) }
}

/** Why a destination cannot be changed so: who has it, who asks, and what it would lead to. Null: it can. */
function whyNot(
  { caller }: BulkCall,
  known: readonly Versioned<ShownDestination>[],
  edits: readonly DestinationEdit[],
  { id, member }: DestinationEdit,
): string | null {
  const after: StoredDestination[] = known.map(({ value }) => {
    const own = edits.filter(edit => edit.id === value.id).map(edit => [edit.member, edit.after])
    return { ...value, ...Object.fromEntries(own) }
  })
  const [was, is] = [known.find(({ value }) => value.id === id)?.value, after.find(one => one.id === id)]
  if (was?.managedBy === 'environment') return 'is set by the environment: change it there'
  if (!mayChangeDestinations(caller))
    return `takes an admin, as every change of a destination does: ${caller.name} is none`
  if (member !== 'fallback' || is === undefined) return null
  return fallbackProblems(after, is)[0]?.message ?? null
}

/** As in destinations.ts. */
function mayChangeDestinations({ role }: Caller): boolean {
  return mayDo(role, 'admin')
}

function described({ value }: Versioned<ShownDestination>) {
  const { id, kind, fallback } = value
  return { id, kind, fallback, ...('channel' in value ? { channel: value.channel } : {}) }
}

/** One by one: what cannot be changed any more is told, and keeps nothing else from it. */
async function editDestinations(
  operations: Operations,
  known: readonly Versioned<ShownDestination>[],
  edits: Edits,
): Promise<Edits> {
  const versions = new Map(known.map(one => [one.value.id, one]))
  const done: Edits = []
  for (const edit of edits) {
    const found = versions.get(edit.id)
    if (edit.error !== null || found === undefined) {
      done.push(edit)
      continue
    }
    const { managedBy: _, secrets: __, health: ___, ...destination } = found.value
    try {
      const put = await operations.destinations.put(
        { ...destination, [edit.member]: edit.after } as typeof destination,
        undefined,
        found.version,
      )
      versions.set(edit.id, { version: put.version, value: { ...found.value, ...put.value } as ShownDestination })
      done.push(edit)
    } catch (error) {
      if (!(error instanceof TocsinError)) throw error
      done.push({ ...edit, error: error.message })
    }
  }
  return done
}

async function editDraft(call: BulkCall, id: string) {
  const { operations, body, expected } = call
  const draft = await draftOr404(operations, id)
  if (!body.preview || expected !== null) requireVersion(draft, required(expected))
  const { document, places, review, diff } = await plan(operations, call, draft.value.document)
  const answer = { ...review, preview: body.preview, revision: null, places, diff, destinations: [] }
  if (body.preview) return { body: answer, version: draft.version, change: null }
  const next = { ...draft.value, document: draftDocument(document, '') }
  const saved = await operations.drafts.save(next, authorOf(call).author, draft.version)
  const change = {
    what: `draft ${id}`,
    before: { base: draft.value.base },
    after: { changes: diff.lines.slice(0, 100) },
  }
  return { body: answer, version: saved.version, change }
}

async function editRules(call: BulkCall) {
  const { operations, body, expected, query } = call
  const current = await operations.rules.current()
  if (!body.preview || expected !== null) {
    const number = revisionNumber(required(expected))
    await tellingWhatChanged(operations, number, async () => requireCurrent(current, expected))
  }
  const { document, destinations, known, places, review, diff } = await plan(operations, call, current.document)
  const answer = { ...review, preview: body.preview, places, diff }
  if (body.preview) {
    return {
      body: { ...answer, revision: null, destinations },
      version: String(current.number),
      change: null,
    }
  }
  const channels = destinations.filter(({ member }) => member === 'channel')
  if (channels.length > 0 && !mayChangeDestinations(call.caller))
    throw new TocsinError(
      'FORBIDDEN',
      `this would change destinations (${channels.map(({ id }) => id).join(', ')}), which takes an admin, and ${call.caller.name} is no admin: nothing was changed`,
    )
  const { problems } = review
  if (problems.length > 0) throw new TocsinError('INVALID_INPUT', summary(problems), { problems })
  const message = body.message ?? call.reason ?? `bulk edit: ${body.operations.map(({ op }) => op).join(', ')}`
  const by = authorOf(call)
  const isSame = diff.changes.length === 0
  const { revision, warnings } = isSame
    ? { revision: current, warnings: review.warnings }
    : await publishWarned(operations, by, document, current.number, message, query.refuseWarnings)
  const edits = await editDestinations(operations, known, destinations)
  return {
    body: { ...answer, warnings, revision: isSame ? null : revision.number, destinations: edits },
    version: String(revision.number),
    change: {
      what: 'rules',
      before: { revision: current.number },
      after: { revision: revision.number, message, changes: diff.lines.slice(0, 100), destinations: edits },
    },
  }
}

function required(expected: string | null): string {
  if (expected !== null) return expected
  throw new TocsinError(
    'IF_MATCH_REQUIRED',
    'send If-Match with the ETag that the preview answered, so that no change of someone else is lost',
  )
}

/** The same edit everywhere, previewed first. */
export const bulkEditEndpoints: Endpoint[] = [
  endpoint({
    id: 'bulkEditRules',
    method: 'POST',
    path: '/rules/bulk-edits',
    tag: 'rules',
    summary: 'Rename, replace or set everywhere; a preview unless told otherwise',
    description:
      'Destinations are changed by admins only, and not where the environment sets them: a fallback that stays as it was has an `error`. The answer tells what it changes, what would keep it from being published, and what is probably not meant. With `"preview": false` and the ETag of the preview in If-Match it is done, as one revision; with `draft`, in that draft.',
    params: NOTHING,
    query: z.strictObject({ refuseWarnings }),
    body: bodySchema,
    ifMatch: 'optional',
    etag: true,
    reasoned: true,
    response: bulkEditedSchema,
    errors: ['NOT_FOUND'],
    example: {
      body: { operations: [{ op: 'replace-policy', from: 'page-now', to: 'page-later' }] },
      response: {
        preview: true,
        revision: null,
        valid: true,
        problems: [],
        warnings: [],
        places: [1],
        diff: exampleDiff,
        destinations: [],
      },
    },
    handle: call => (call.body.draft === undefined ? editRules(call) : editDraft(call, call.body.draft)),
  }),
]
