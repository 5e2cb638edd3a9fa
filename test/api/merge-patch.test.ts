import fc from 'fast-check'
import t from 'tap'
import { mergePatch } from '../../src/api/merge-patch.ts'

const FIXED = { seed: 7396, numRuns: 300 }

t.test('does what the examples of RFC 7396, appendix A, say', async t => {
  const cases: [target: unknown, patch: unknown, result: unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  for (const [target, patch, result] of cases) t.same(mergePatch(target, patch), result)
})

const json = fc.jsonValue({ maxDepth: 4 })
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const hasNull = (value: unknown): boolean => value === null || (isPlain(value) && Object.values(value).some(hasNull))

t.test('the same patch again changes nothing, and what went in stays as it was', async () => {
  fc.assert(
    fc.property(json, json, (target, patch) => {
      const [before, wanted] = [structuredClone(target), structuredClone(patch)]
      const once = mergePatch(target, patch)
      t.same(mergePatch(once, patch), once)
      t.same([target, patch], [before, wanted])
    }),
    FIXED,
  )
})

t.test('an empty patch keeps an object, and every member of a patch is obeyed', async () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), json), fc.dictionary(fc.string(), json), (target, patch) => {
      t.same(mergePatch(target, {}), target)
      const merged = mergePatch(target, patch) as Record<string, unknown>
      for (const [name, value] of Object.entries(patch)) {
        if (value === null) t.notOk(Object.hasOwn(merged, name))
        else if (!isPlain(value) || !hasNull(value)) t.ok(Object.hasOwn(merged, name))
      }
      for (const name of Object.keys(target)) if (!Object.hasOwn(patch, name)) t.same(merged[name], target[name])
    }),
    FIXED,
  )
})
