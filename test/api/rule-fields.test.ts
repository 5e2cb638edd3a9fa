import t from 'tap'
import { compileExpression } from '../../src/classify/expression.ts'
import { EVERY_FIELD } from '../../src/classify/fields.ts'
import { checkCondition } from '../../src/rules/check-condition.ts'
import { createProblemList } from '../../src/rules/problem-list.ts'
import { startApi } from './api-under-test.ts'

interface Told {
  name: string
  cel: string
  type: string
  tables: ('issue' | 'project' | 'metric' | 'source' | 'route')[]
  operators: string[]
  values: string[] | null
}
const SAMPLE: Record<string, unknown> = { number: 5, boolean: true, text: 'x', level: 'error', severity: 'P1' }

t.test('what a condition may ask is told as it is then taken', async t => {
  const { call } = await startApi(t)
  const { json } = await call('GET', '/api/v1/rules/fields?limit=200')
  const fields = json.items as Told[]
  t.equal(fields.length, EVERY_FIELD.length + 1)
  t.match(fields.at(-1), { name: 'tag.<name>', cel: 'tag("<name>")', type: 'text' })
  t.match(
    fields.find(({ name }) => name === 'crash-free.production'),
    { cel: 'crash_free_production', unit: '%', tables: ['project'] },
  )
  const refused = (condition: unknown, table: Told['tables'][number]) => {
    const problems = createProblemList()
    checkCondition(condition, [], table, problems)
    return problems.all
  }
  for (const { name, cel, type, tables, operators, values } of fields) {
    t.hasProp(compileExpression(`known(${cel})`), 'run', cel)
    for (const table of tables) {
      t.same(refused({ cel: `known(${cel})` }, table), [])
      const one = values?.[0] ?? SAMPLE[type]
      for (const op of operators) {
        const value = op === 'known' || op === 'unknown' ? undefined : op.endsWith('in') ? [one] : one
        t.same(
          refused(value === undefined ? { field: name, op } : { field: name, op, value }, table),
          [],
          `${name} ${op}`,
        )
      }
    }
  }
})

t.test('found by where it may stand, by its type, by words; in pages', async t => {
  const { call } = await startApi(t)
  const names = async (query: string): Promise<string[]> =>
    (await call('GET', `/api/v1/rules/fields?${query}`)).json.items.map(({ name }: Told) => name)
  t.same(await names('table=source'), ['source', 'condition'])
  t.same(await names('table=route&type=number'), ['users-per-hour', 'events-per-hour'])
  t.same(await names('search=USERS_PER'), ['users-per-hour'])
  t.same(await names('search=affected'), ['users-per-hour'])
  t.equal((await names('sort=-name'))[0], 'workaround')
  const first = await call('GET', '/api/v1/rules/fields?limit=2')
  t.match(first.json.items, [{ name: 'source' }, { name: 'project' }])
  t.match((await call('GET', `/api/v1/rules/fields?limit=1&cursor=${first.json.next}`)).json.items, [
    { name: 'environment' },
  ])
  t.match(await call('GET', '/api/v1/rules/fields?table=routes'), { status: 422 })
})
