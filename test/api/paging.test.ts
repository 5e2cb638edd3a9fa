import fc from 'fast-check'
import t from 'tap'
import { pageOf } from '../../src/api/paging.ts'

t.test('following `next` tells every item once, in order', async t => {
  const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 30 })
  fc.assert(
    fc.property(ids, fc.integer({ min: 1, max: 7 }), (all, limit) => {
      const told: string[] = []
      let cursor: string | null = null
      do {
        const page: { items: string[]; next: string | null } = pageOf(all, id => id, { limit, cursor })
        told.push(...page.items)
        cursor = page.next
      } while (cursor !== null)
      t.same(told, all)
    }),
    { numRuns: 100 },
  )
})

t.test('a cursor whose item is gone is refused, not silently started over', async t => {
  const { next } = pageOf(['a', 'b', 'c'], id => id, { limit: 1, cursor: null })
  t.throws(() => pageOf(['b', 'c'], id => id, { limit: 1, cursor: next }), { code: 'INVALID_CURSOR', status: 400 })
})
