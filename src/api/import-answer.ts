import { z } from 'zod'
import type { Place } from '../platform/read-yaml.ts'
import { diffAnswer, diffSchema, exampleDiff } from './diff-answer.ts'
import type { ImportPlan } from './plan-import.ts'
import { type RecordPlan, sayRecords } from './plan-records.ts'
import { exampleWarning, warningSchema } from './warning-answer.ts'
import { placeIn } from './yaml-body.ts'

const problemSchema = z.object({
  path: z.string().describe('JSON pointer into the file'),
  message: z.string(),
  line: z.number().int().nullable().describe('From 1, of YAML; null: it came as JSON'),
  column: z.number().int().nullable(),
})

export const importAnswerSchema = z.object({
  valid: z.boolean().describe('It can be applied'),
  changes: z.boolean().describe('It changes something, or would; the same file a second time does not'),
  applied: z.boolean().describe('false: nothing was done, for it was a dry run, or there was nothing to do'),
  stopped: z
    .string()
    .nullable()
    .describe('Somebody else changed something meanwhile: `done` was done, the rest was not. Apply it again'),
  done: z.array(z.string()).describe('In this order: `destination slack-payments`, `rules`'),
  revision: z.number().int().describe('Of the rules in force now'),
  problems: z.array(problemSchema),
  warnings: z.array(warningSchema),
  rules: diffSchema,
  records: z.array(
    z.object({
      kind: z.enum(['destination', 'source']),
      id: z.string(),
      what: z
        .enum(['added', 'changed', 'removed', 'same', 'left'])
        .describe('`left`: not in the file, or set by environment variables; it stays as it is'),
      members: z.array(z.object({ path: z.string(), before: z.unknown().optional(), after: z.unknown().optional() })),
      secret: z
        .enum(['none', 'kept', 'same', 'new', 'open'])
        .describe('`open`: by reference, or you may not know; seen when it is applied. Never what it is'),
    }),
  ),
  lines: z.array(z.string()).describe('All of it for people'),
})

export const exampleImport = {
  ...{ valid: true, changes: true, applied: false, stopped: null, done: [], revision: 12, problems: [] },
  ...{ warnings: [exampleWarning], rules: exampleDiff, records: [], lines: exampleDiff.lines },
}

export function changing(records: readonly RecordPlan<unknown>[]): boolean {
  return records.some(({ what }) => what === 'added' || what === 'changed' || what === 'removed')
}

/** What a plan comes to, before anything of it is done. */
export function planAnswer(plan: ImportPlan, body: unknown): z.input<typeof importAnswerSchema> {
  const rules = diffAnswer(plan.rules?.changes ?? [])
  const records = [...plan.destinations, ...plan.sources]
  const problems = plan.problems.map(problem => {
    const place: Place | null = placeIn(body, problem.path)
    return { ...problem, line: place?.line ?? null, column: place?.column ?? null }
  })
  return {
    ...{ valid: problems.length === 0, changes: plan.rules !== null || changing(records), applied: false },
    ...{ stopped: null, done: [], revision: plan.standing.revision.number },
    ...{ problems, warnings: plan.warnings, rules },
    records: records.map(({ kind, id, what, members, secret }) => ({ kind, id, what, members, secret })),
    lines: [...rules.lines, ...(rules.more > 0 ? [`and ${rules.more} more`] : []), ...sayRecords(records)],
  }
}
