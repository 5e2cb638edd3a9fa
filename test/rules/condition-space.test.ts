import fc from 'fast-check'
import t from 'tap'
import type { Condition } from '../../src/classify/condition.ts'
import { evaluate } from '../../src/classify/evaluate.ts'
import type { FieldValue } from '../../src/classify/fields.ts'
import { meet, spacesOf } from '../../src/rules/condition-space.ts'

const FIXED = { seed: 53, numRuns: 2_000 }
const word = fc.constantFrom('a', 'b', 'c')
const number = fc.integer({ min: 0, max: 4 })

const comparison: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ field: fc.constantFrom('project', 'environment'), op: fc.constantFrom('=', '!='), value: word }),
  fc.record({
    field: fc.constantFrom('project', 'environment'),
    op: fc.constantFrom('in', 'not-in'),
    value: fc.uniqueArray(word, { minLength: 1 }),
  }),
  fc.record({ field: fc.constant('project'), op: fc.constantFrom('prefix', 'glob'), value: word }),
  fc.record({ field: fc.constant('users-per-hour'), op: fc.constantFrom('=', '<', '<=', '>', '>='), value: number }),
  fc.record({ field: fc.constantFrom('project', 'users-per-hour'), op: fc.constantFrom('known', 'unknown') }),
) as fc.Arbitrary<Condition>
const condition: fc.Arbitrary<Condition> = fc.letrec<{ one: Condition }>(tie => ({
  one: fc.oneof(
    { maxDepth: 3 },
    comparison,
    fc.record({ all: fc.array(tie('one'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('one'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ none: fc.array(tie('one'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('one') }),
  ),
})).one
const reading = fc.record(
  { project: word, environment: word, 'users-per-hour': number },
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, FieldValue>>

t.test('what both conditions hold for, their spaces have in common', async () => {
  fc.assert(
    fc.property(condition, condition, reading, (a, b, values) => {
      const read = (field: string) => values[field]
      fc.pre(evaluate(a, read).truth === true && evaluate(b, read).truth === true)
      const [mine, theirs] = [spacesOf(a), spacesOf(b)]
      return mine === null || theirs === null || mine.some(one => theirs.some(other => meet(one, other)))
    }),
    FIXED,
  )
})

t.test('what holds for something has a space, and every field that one needs is known', async () => {
  fc.assert(
    fc.property(condition, reading, (one, values) => {
      fc.pre(evaluate(one, field => values[field]).truth === true)
      const spaces = spacesOf(one)
      return spaces === null || spaces.some(({ needs }) => [...needs].every(field => field in values))
    }),
    FIXED,
  )
})

t.test('what contradicts itself has none', async t => {
  const is = (value: string): Condition => ({ field: 'project', op: '=', value })
  t.same(spacesOf({ all: [is('a'), is('b')] }), [])
  t.same(spacesOf({ all: [is('a'), { not: is('a') }] }), [])
  const users = (op: '<' | '>', value: number): Condition => ({ field: 'users-per-hour', op, value })
  t.same(spacesOf({ all: [users('>', 10), users('<', 5)] }), [])
  t.equal(spacesOf({ all: [users('>', 5), users('<', 10)] })?.length, 1)
  t.equal(spacesOf(null)?.length, 1)
  const wide: Condition = { any: Array.from({ length: 9 }, (_, n) => is(`p${n}`)) }
  t.equal(spacesOf({ all: [wide, wide, wide] }), null, 'too many to look at')
})
