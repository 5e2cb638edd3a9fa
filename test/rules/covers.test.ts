import fc from 'fast-check'
import t from 'tap'
import type { Condition } from '../../src/classify/condition.ts'
import { evaluate } from '../../src/classify/evaluate.ts'
import { createCoverIndex } from '../../src/rules/covers.ts'

const is = (field: string, value: string): Condition => ({ field, op: '=', value })
const among = (field: string, ...value: string[]): Condition => ({ field, op: 'in', value })

const CASES: [string, Condition | null, Condition | null, boolean][] = [
  ['everything covers all', null, is('project', 'a'), true],
  ['everything covers everything', null, null, true],
  ['nothing else covers everything', is('project', 'a'), null, false],
  ['the same', is('project', 'a'), is('project', 'a'), true],
  ['another value', is('project', 'a'), is('project', 'b'), false],
  ['fewer values', among('project', 'a', 'b'), is('project', 'b'), true],
  ['more values', is('project', 'b'), among('project', 'a', 'b'), false],
  ['in order or not', among('project', 'a', 'b'), among('project', 'b', 'a'), true],
  ['more parts', is('project', 'a'), { all: [is('release', 'v1'), is('project', 'a')] }, true],
  ['fewer parts', { all: [is('release', 'v1'), is('project', 'a')] }, is('project', 'a'), false],
  [
    'the same parts in another order',
    { all: [is('release', 'v1'), is('project', 'a')] },
    { all: [is('project', 'a'), is('release', 'v1')] },
    true,
  ],
  [
    'nested all',
    { all: [is('release', 'v1'), is('project', 'a')] },
    { all: [{ all: [is('project', 'a')] }, is('release', 'v1')] },
    true,
  ],
  ['one of any', { any: [is('project', 'a'), is('release', 'v1')] }, is('release', 'v1'), true],
  [
    'any within any',
    { any: [is('project', 'a'), is('release', 'v1'), is('level', 'x')] },
    { any: [is('level', 'x'), is('project', 'a')] },
    true,
  ],
  ['any that goes further', is('project', 'a'), { any: [is('project', 'a'), is('release', 'v1')] }, false],
  ['the same not', { not: is('project', 'a') }, { not: is('project', 'a') }, true],
  ['another not', { not: is('project', 'a') }, { not: is('project', 'b') }, false],
  [
    'the same any as a part',
    { all: [{ any: [is('a', '1'), is('b', '2')] }] },
    { all: [{ any: [is('b', '2'), is('a', '1')] }, is('c', '3')] },
    true,
  ],
]

for (const [name, above, below, covered] of CASES) {
  t.test(`${name}: ${covered ? 'covered' : 'not covered'}`, async t => {
    const index = createCoverIndex<string>()
    index.add(above, 'above')
    t.equal(index.covering(below), covered ? 'above' : null)
  })
}

t.test('together: two rows can cover the alternatives of a third', async t => {
  const index = createCoverIndex<string>()
  index.add(is('project', 'a'), 'first')
  index.add(is('project', 'b'), 'second')
  t.equal(index.covering({ any: [is('project', 'a'), is('project', 'b')] }), 'first')
  t.equal(index.covering({ any: [is('project', 'a'), is('project', 'c')] }), null)
})

t.test('out of patience it lets pass, and says nothing false', async t => {
  const index = createCoverIndex<string>(1)
  index.add(is('project', 'a'), 'above')
  t.equal(index.covering(is('project', 'a')), 'above')
  t.equal(index.covering(is('project', 'a')), null)
})

t.test('what is called covered never matches where the row above does not', async () => {
  const leaf = fc.oneof(
    fc.record({
      field: fc.constantFrom('project', 'release'),
      op: fc.constant('=' as const),
      value: fc.constantFrom('a', 'b'),
    }),
    fc.record({
      field: fc.constantFrom('project', 'release'),
      op: fc.constant('in' as const),
      value: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
    }),
  )
  const { tree } = fc.letrec<{ tree: Condition }>(tie => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.record({ all: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ not: tie('tree') }),
    ),
  }))
  const values = fc.constantFrom('a', 'b', 'c', 'd', undefined)
  fc.assert(
    fc.property(
      fc.array(tree, { minLength: 1, maxLength: 4 }),
      tree,
      values,
      values,
      (above, below, project, release) => {
        const index = createCoverIndex<number>()
        for (const [number, condition] of above.entries()) index.add(condition, number)
        if (index.covering(below) === null) return true
        const holds = (condition: Condition) =>
          evaluate(condition, field => (field === 'project' ? project : release)).truth === true
        return !holds(below) || above.some(holds)
      },
    ),
    { numRuns: 2_000 },
  )
})
