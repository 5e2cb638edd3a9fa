import { z } from 'zod'
import type { RowChange } from '../rules/diff-rules.ts'
import { sayDiff } from '../rules/say-diff.ts'

/** Beyond this a comparison is read with other tools; what is left out is counted. */
const MOST = 1_000

const rowChangeSchema = z.object({
  list: z.string().describe('The member of the document: routes, policies, settings …'),
  id: z.string().describe("The row's id, or the name of the setting"),
  what: z.enum(['added', 'removed', 'changed', 'moved']),
  path: z.string().describe('JSON pointer into the later document; of what was removed, into the earlier'),
  members: z
    .array(z.object({ path: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }))
    .describe(
      'Where exactly it differs: JSON pointers within the row. Absent before: it was not there; after: it is gone',
    ),
  row: z.unknown().optional().describe('The whole row, of what was added or removed'),
  from: z.number().int().nullable().describe('Place from 0, before'),
  to: z.number().int().nullable().describe('Place from 0, now'),
})

export const diffSchema = z.object({
  changes: z.array(rowChangeSchema),
  lines: z.array(z.string()).describe('The same, one line each, for people'),
  more: z.number().int().describe('Changes that are not listed'),
})

/** Changes as they are answered: as data and as lines, bounded. */
export function diffAnswer(changes: readonly RowChange[]): z.input<typeof diffSchema> {
  const told = changes.slice(0, MOST)
  return { changes: told, lines: sayDiff(told), more: changes.length - told.length }
}

export const exampleDiff = {
  changes: [
    {
      list: 'routes',
      id: 'payments',
      what: 'changed' as const,
      path: '/routes/0',
      members: [{ path: '/policy', before: 'page-now', after: 'page-later' }],
      from: 0,
      to: 0,
    },
  ],
  lines: ['~ route "payments": policy was "page-now", is "page-later"'],
  more: 0,
}
