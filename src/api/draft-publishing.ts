import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import { draftSchema } from '../rules/draft.ts'
import { type MergeConflict, mergeRules, type Side } from '../rules/merge-rules.ts'
import { toPointer } from '../rules/problem-list.ts'
import { nameOfRow } from '../rules/say-diff.ts'
import { didYouMean } from '../suggest.ts'
import { draftDocument } from './draft-document.ts'
import { conflictName, draftOr404, exampleDraft, requireVersion, shown } from './drafts.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING, summary } from './endpoint.ts'
import { authorOf, changeWarned } from './publish-rules.ts'
import { idParams } from './rule-rows.ts'
import { examplePublished, published, publishedSchema, publishQuery, reviewed, validationSchema } from './rules.ts'

const side = z.enum(['mine', 'theirs'])
const message = z.string().trim().min(1).max(500)
export const rebasedSchema = z.object({
  draft: draftSchema,
  settled: z
    .array(z.object({ row: z.string(), stands: side }))
    .describe('Rows that both had changed, and whose stands'),
})

function refuseConflicts(conflicts: readonly MergeConflict[]): void {
  if (conflicts.length === 0) return
  const [first] = conflicts
  const example = first === undefined ? '' : conflictName(first)
  throw new TocsinError(
    'CONFLICT',
    `${conflicts.length} rows were changed in the draft and since it began: say whose stands, e.g. {"rows": {"${example}": "theirs"}}, or {"prefer": "mine"} for all`,
    {
      problems: conflicts.slice(0, 50).map(conflict => ({
        path: conflictName(conflict),
        message: `${nameOfRow(conflict)}: the draft has ${short(conflict.mine)}, in force is ${short(conflict.theirs)}`,
      })),
    },
  )
}

/** A misspelt row would be settled as `prefer` has it, against what was said. */
function refuseUnknown(named: readonly string[], conflicts: readonly string[]): void {
  const problems = named
    .filter(name => !conflicts.includes(name))
    .map(name => ({
      path: toPointer(['rows', name]),
      message: `"${name}" is no row that both changed.${didYouMean(name, conflicts)}`,
    }))
  if (problems.length > 0) throw new TocsinError('INVALID_INPUT', summary(problems), { problems })
}

function short(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

const one = { tag: 'drafts', params: idParams } as const
const named = { id: exampleDraft.id }

/** From a draft to the rules in force. */
export const draftPublishingEndpoints: Endpoint[] = [
  endpoint({
    ...one,
    id: 'validateDraft',
    method: 'POST',
    path: '/rules/drafts/:id/validate',
    role: 'viewer',
    summary: 'Check a draft: problems that keep it from being published, and warnings',
    query: NOTHING,
    body: NO_BODY,
    response: validationSchema,
    errors: ['NOT_FOUND'],
    example: { params: named, response: { valid: true, problems: [], warnings: examplePublished.warnings } },
    async handle({ operations, params }) {
      const { value } = await draftOr404(operations, params.id)
      return { body: await reviewed(operations, value.document) }
    },
  }),
  endpoint({
    ...one,
    id: 'publishDraft',
    method: 'POST',
    path: '/rules/drafts/:id/publish',
    summary: 'Put a draft in force, as the next revision',
    description:
      'Refused with 412 when something was published since it began, with what that was: rebase it, look at it again, then publish. The draft is gone afterwards.',
    query: publishQuery,
    body: z.strictObject({ message: message.optional() }).optional(),
    ifMatch: 'required',
    etag: true,
    reasoned: true,
    response: publishedSchema,
    errors: ['NOT_FOUND'],
    example: { params: named, body: { message: 'payments pages its own team' }, response: examplePublished },
    async handle(call) {
      const { operations, params, body, query, expected, reason } = call
      const draft = await draftOr404(operations, params.id)
      requireVersion(draft, expected)
      const { base, document, name } = draft.value
      const why = body?.message ?? reason ?? name
      const edit = () => document
      const made = await changeWarned(operations, authorOf(call), String(base), why, edit, query.refuseWarnings)
      // Edited at this very moment it stays, for whoever did so.
      await operations.drafts.remove(params.id, draft.version).catch((error: unknown) => {
        const edited = error instanceof TocsinError && ['STALE_ETAG', 'NOT_FOUND'].includes(error.code)
        if (!edited) throw error
      })
      return published(made)
    },
  }),
  endpoint({
    ...one,
    id: 'rebaseDraft',
    method: 'POST',
    path: '/rules/drafts/:id/rebase',
    summary: "Make a draft's changes to the rules that are in force by now",
    description:
      'Row by row. Rows that both changed are refused (409) with what each has, until `rows` or `prefer` says whose stands.',
    query: NOTHING,
    body: z
      .strictObject({
        prefer: side.optional().describe("mine: the draft's; theirs: what is in force"),
        rows: z.record(z.string(), side).optional().describe('For single rows: {"routes/payments": "theirs"}'),
      })
      .optional(),
    ifMatch: 'required',
    etag: true,
    response: rebasedSchema,
    errors: ['NOT_FOUND'],
    example: {
      params: named,
      body: { rows: { 'routes/payments': 'theirs' } },
      response: {
        draft: { ...exampleDraft, base: 13 },
        settled: [{ row: 'routes/payments', stands: 'theirs' as const }],
      },
    },
    async handle(call) {
      const { operations, params, body, expected } = call
      const old = await draftOr404(operations, params.id)
      requireVersion(old, expected)
      const [base, current] = await Promise.all([operations.rules.revision(old.value.base), operations.rules.current()])
      const sideOf = (list: string, id: string): Side | undefined =>
        body?.rows?.[conflictName({ list, id })] ?? body?.prefer
      const merged = mergeRules(
        base?.document ?? {},
        old.value.document,
        current.document,
        (list, id) => sideOf(list, id) ?? 'mine',
      )
      refuseUnknown(Object.keys(body?.rows ?? {}), merged.conflicts.map(conflictName))
      refuseConflicts(merged.conflicts.filter(({ list, id }) => sideOf(list, id) === undefined))
      const document = draftDocument(merged.document, '/document')
      const saved = await operations.drafts.save(
        { ...old.value, base: current.number, document },
        authorOf(call).author,
        old.version,
      )
      const settled = merged.conflicts.map(conflict => ({
        row: conflictName(conflict),
        stands: sideOf(conflict.list, conflict.id) ?? ('mine' as const),
      }))
      const change = {
        what: `draft ${params.id}`,
        before: { base: old.value.base },
        after: { base: current.number, settled },
      }
      return { body: { draft: shown(saved).body, settled }, version: saved.version, change }
    },
  }),
]
