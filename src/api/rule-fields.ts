import { z } from 'zod'
import { comparisonSchema } from '../classify/condition.ts'
import { nameInExpression } from '../classify/expression-names.ts'
import { EVERY_FIELD, type Field, fieldNamed, TAG_PREFIX } from '../classify/fields.ts'
import { OPERATORS } from '../rules/check-comparison.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { listQuery, pageOf, pageSchema } from './paging.ts'

const tableSchema = z.enum(['issue', 'project', 'metric', 'source', 'route'])

const fieldSchema = z.object({
  name: z.string().describe('As plain matchers write it; `tag.<name>` stands for every tag'),
  cel: z.string().describe('As an expression writes it'),
  type: z
    .enum(['number', 'text', 'boolean', 'level', 'severity'])
    .describe('`level`: debug < info < warning < error < fatal'),
  unit: z.string().nullable().describe('What a number counts; null: it is no number, or of any kind'),
  means: z.string().describe('In words, after "the"'),
  tables: z
    .array(tableSchema)
    .describe('Where it may stand: severity rules about these, and `route`: routes, silences, windows and inhibitions'),
  operators: z.array(comparisonSchema.shape.op).describe('What a plain matcher may compare it by'),
  values: z.array(z.string()).nullable().describe('All that it can be; null: it is no closed list'),
})

/** Every field that a condition may ask about, the tags last as one. */
const FIELDS = [...EVERY_FIELD, fieldNamed(`${TAG_PREFIX}<name>`)].flatMap(field => (field ? [viewOf(field)] : []))

function viewOf({ name, type, unit, phrase, tables, values }: Field): z.infer<typeof fieldSchema> {
  const isTag = name.startsWith(TAG_PREFIX)
  return {
    name,
    cel: isTag ? 'tag("<name>")' : nameInExpression(name),
    type,
    unit: unit === '' ? null : unit,
    means: phrase,
    tables: [...tables],
    operators: comparisonSchema.shape.op.options.filter(op => OPERATORS[type].includes(op)),
    values: values === null ? null : [...values],
  }
}

/** What an operator may write into a condition, for whoever writes one or builds a form for it. */
export const ruleFieldEndpoints: Endpoint[] = [
  endpoint({
    id: 'listRuleFields',
    method: 'GET',
    path: '/rules/fields',
    tag: 'rules',
    summary: 'What a condition may ask about',
    description:
      'Every field of plain matchers and expressions: how it is written in either, its type and unit, and where it may stand.',
    params: NOTHING,
    query: listQuery(['order', '-order', 'name', '-name'], {
      table: tableSchema.optional().describe('Only what may stand there'),
      type: fieldSchema.shape.type.optional().describe('Only these'),
      search: z
        .string()
        .trim()
        .min(1)
        .max(200)
        .optional()
        .describe('Part of its name, in either writing, or of what it means'),
    }),
    body: NO_BODY,
    scoped: true,
    response: pageSchema(fieldSchema),
    errors: ['INVALID_CURSOR'],
    example: { response: { items: FIELDS.filter(({ name }) => name === 'users-per-hour'), next: null } },
    async handle({ query: { table, type, search, sort = 'order', limit, cursor = null } }) {
      const wanted = search?.toLowerCase()
      const found = FIELDS.filter(
        field =>
          (table === undefined || field.tables.includes(table)) &&
          (type === undefined || field.type === type) &&
          (wanted === undefined ||
            [field.name, field.cel, field.means].some(text => text.toLowerCase().includes(wanted))),
      )
      const inOrder = sort.endsWith('order') ? found : found.toSorted((a, b) => (a.name < b.name ? -1 : 1))
      const sorted = sort.startsWith('-') ? inOrder.toReversed() : inOrder
      return { body: pageOf(sorted, ({ name }) => name, { limit, cursor }) }
    },
  }),
]
