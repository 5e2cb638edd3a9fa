import fc from 'fast-check'
import t from 'tap'
import type { Condition, Truth } from '../../src/classify/condition.ts'
import { evaluate, evaluateWith } from '../../src/classify/evaluate.ts'
import type { FieldValue } from '../../src/classify/fields.ts'

const truths = fc.constantFrom<Truth[]>(true, false, 'unknown')
const leaf = (field: string): Condition => ({ field, op: '=', value: 1 })

/** Evaluates over leaves a, b, c … whose truths are given. */
function over(condition: Condition, given: Record<string, Truth>): Truth {
  return evaluateWith(condition, leaf => given['cel' in leaf ? leaf.cel : leaf.field] ?? 'unknown').truth
}

const order = (truth: Truth): number => (truth === 'unknown' ? 1 : truth ? 2 : 0)
const back = (number: number): Truth => (number === 1 ? 'unknown' : number === 2)

t.test('all is the least, any the greatest of its parts (false < unknown < true), in any order', async () => {
  fc.assert(
    fc.property(fc.array(truths, { minLength: 1, maxLength: 8 }), parts => {
      const given = Object.fromEntries(parts.map((truth, index) => [`f${index}`, truth]))
      const leaves = Object.keys(given).map(leaf)
      const ranks = parts.map(order)
      for (const list of [leaves, leaves.toReversed()]) {
        if (over({ all: list }, given) !== back(Math.min(...ranks))) return false
        if (over({ any: list }, given) !== back(Math.max(...ranks))) return false
      }
      return true
    }),
  )
})

t.test("not is an involution, and De Morgan's laws hold with unknown", async () => {
  fc.assert(
    fc.property(truths, truths, (a, b) => {
      const given = { a, b }
      const [x, y] = [leaf('a'), leaf('b')]
      return (
        over({ not: { not: x } }, given) === a &&
        over({ not: { all: [x, y] } }, given) === over({ any: [{ not: x }, { not: y }] }, given) &&
        over({ not: { any: [x, y] } }, given) === over({ all: [{ not: x }, { not: y }] }, given)
      )
    }),
  )
})

t.test('learning something never turns what was already decided', async () => {
  const trees = fc.letrec<{ tree: Condition }>(tie => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(leaf('a'), leaf('b'), leaf('c')),
      fc.record({ all: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ not: tie('tree') }),
    ),
  })).tree
  fc.assert(
    fc.property(trees, fc.record({ a: truths, b: truths, c: truths }), fc.boolean(), (tree, given, learned) => {
      const before = over(tree, given)
      const known = Object.fromEntries(
        Object.entries(given).map(([name, truth]): [string, Truth] => [name, truth === 'unknown' ? learned : truth]),
      )
      return before === 'unknown' || over(tree, known) === before
    }),
  )
})

t.test('never throws, whatever the condition and the values', async () => {
  const fields = fc.constantFrom(
    'users-per-hour',
    'level',
    'tag.plan',
    'handled',
    'severity',
    'constructor',
    'nonsense',
  )
  const values = fc.option(fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constantFrom('warning', 'P0')), {
    nil: undefined,
  })
  const comparison = fc
    .record({
      field: fields,
      op: fc.constantFrom('=', '!=', '<', '<=', '>', '>=', 'in', 'not-in', 'prefix', 'glob', 'known', 'unknown'),
      value: fc.oneof(values, fc.array(fc.string())),
      than: fc.option(fc.record({ field: fields, factor: fc.double() }), { nil: undefined }),
    })
    .map(raw => JSON.parse(JSON.stringify(raw)) as Condition)
  fc.assert(
    fc.property(comparison, fc.oneof(values, fc.constant(null)), (condition, value: FieldValue | undefined) => {
      const { truth } = evaluate({ all: [condition, { not: condition }] }, () => value)
      return truth === false || truth === 'unknown'
    }),
    { numRuns: 500 },
  )
})

t.test('the leaves are those that decided', async t => {
  const read = (field: string): FieldValue | undefined => ({ a: 1, b: 2 })[field]
  const decided = (condition: Condition) =>
    evaluate(condition, read).leaves.map(found => ('expression' in found ? found.expression : found.comparison.field))
  t.same(decided({ all: [leaf('a'), leaf('b')] }), ['b'], 'the one that is false')
  t.same(decided({ any: [leaf('b'), leaf('a')] }), ['a'], 'the one that is true')
  t.same(decided({ all: [leaf('a'), leaf('c')] }), ['c'], 'the unknown one')
  t.same(decided({ all: [leaf('a'), { not: leaf('b') }] }), ['a', 'b'], 'all of them')
  t.same(evaluate(null, read), { truth: true, leaves: [] }, 'null always holds')
})
