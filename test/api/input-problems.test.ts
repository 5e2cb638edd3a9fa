import t from 'tap'
import { z } from 'zod'
import { inputProblems } from '../../src/api/input-problems.ts'

const schema = z.strictObject({
  name: z.string().min(3),
  place: z.strictObject({ city: z.string() }).nullable().default(null),
  list: z.array(z.union([z.strictObject({ left: z.string() }), z.strictObject({ right: z.string() })])).optional(),
  kind: z.discriminatedUnion('type', [z.strictObject({ type: z.literal('a'), apple: z.number() })]).optional(),
})

function problemsOf(input: unknown) {
  const { error } = schema.safeParse(input)
  return error === undefined ? [] : inputProblems(schema, input, error)
}

t.test('problems say where, what, and what was meant', async t => {
  t.match(problemsOf({}), [{ path: '/name', message: 'is required (string)' }])
  t.match(problemsOf({ nme: 'abc' }), [{ path: '/name' }, { path: '/nme', message: /"name"/ }])
  t.match(problemsOf({ name: 'abc', place: { citty: 'x' } }), [
    { path: '/place/city' },
    { path: '/place/citty', message: /"city"/ },
  ])
  t.match(problemsOf({ name: 'abc', kind: { type: 'a', aple: 1 } }), [
    { path: '/kind/apple' },
    { path: '/kind/aple', message: /"apple"/ },
  ])
  t.match(problemsOf({ name: 'abc', kind: { type: 'b' } }), [{ path: '/kind/type', message: /'a'/ }])
  t.match(problemsOf({ name: 'abc', list: [{ up: 'x' }] }), [{ path: '/list/0' }])
  t.match(problemsOf({ name: 'abc', 'a/b~c': 1 }), [{ path: '/a~1b~0c' }], 'pointers are escaped (RFC 6901)')
  t.match(problemsOf('text'), [{ path: '' }])
})

t.test('values are never quoted', async t => {
  for (const input of [{ name: 'x1' }, { name: 77012 }, { name: 'abc', place: 'x77012' }, 'x77012']) {
    t.notMatch(JSON.stringify(problemsOf(input)), /x1|77012/)
  }
})
