import fc from 'fast-check'
import t from 'tap'
import { mergeRules } from '../../src/rules/merge-rules.ts'

const FIXED = { seed: 52, numRuns: 400 }
const document = fc.record({
  routes: fc.uniqueArray(
    fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd', 'e'), policy: fc.constantFrom('p', 'q', 'r') }),
    { selector: ({ id }) => id, maxLength: 5 },
  ),
  settings: fc.dictionary(fc.constantFrom('x', 'y'), fc.integer({ min: 0, max: 2 })),
})
const routes = (...ids: string[]) => ({ routes: ids.map(id => ({ id, policy: 'p' })) })

t.test('what only one side changed is as that side has it', async t => {
  fc.assert(
    fc.property(document, document, (base, other) => {
      t.same(mergeRules(base, other, base), { document: other, conflicts: [] })
      t.same(mergeRules(base, base, other), { document: other, conflicts: [] })
      t.same(mergeRules(base, other, other), { document: other, conflicts: [] })
    }),
    FIXED,
  )
})

t.test('it does not matter who comes second: the same rows, the same conflicts', async t => {
  const ids = (one: { id: string }[]) => one.map(({ id }) => id).toSorted()
  fc.assert(
    fc.property(document, document, document, (base, mine, theirs) => {
      const one = mergeRules(base, mine, theirs, () => 'mine')
      const other = mergeRules(base, theirs, mine, () => 'theirs')
      t.same(ids(one.document.routes as never), ids(other.document.routes as never))
      t.same(one.document.settings, other.document.settings)
      t.same(
        one.conflicts.map(({ list, id }) => `${list}/${id}`).toSorted(),
        other.conflicts.map(({ list, id }) => `${list}/${id}`).toSorted(),
      )
    }),
    FIXED,
  )
})

t.test('a row that nobody or one side touched is never lost, doubled or taken from the other', async t => {
  fc.assert(
    fc.property(document, document, document, (base, mine, theirs) => {
      const merged = mergeRules(base, mine, theirs)
      const rows = merged.document.routes as { id: string; policy: string }[]
      t.equal(new Set(rows.map(({ id }) => id)).size, rows.length)
      for (const id of ['a', 'b', 'c', 'd', 'e']) {
        const [was, my, their] = [base, mine, theirs].map(one => one.routes.find(row => row.id === id)?.policy)
        const expected = was === my ? their : my
        t.equal(rows.find(row => row.id === id)?.policy, expected)
      }
    }),
    FIXED,
  )
})

t.test('both changed one row: a conflict that says what each has', async t => {
  const base = routes('a', 'b')
  const mine = { routes: [{ id: 'a', policy: 'q' }, ...base.routes.slice(1)] }
  const theirs = { routes: [{ id: 'a', policy: 'r' }] }
  const { document: merged, conflicts } = mergeRules(base, mine, theirs)
  t.same(merged, { routes: [{ id: 'a', policy: 'q' }] }, 'and what they removed is gone')
  t.match(conflicts, [
    { list: 'routes', id: 'a', base: { policy: 'p' }, mine: { policy: 'q' }, theirs: { policy: 'r' } },
  ])
  t.match(mergeRules(base, mine, theirs, () => 'theirs').document, theirs)
  const removed = mergeRules(base, mine, routes('b'))
  t.match(removed.conflicts, [{ id: 'a', mine: { policy: 'q' } }])
  t.notOk('theirs' in (removed.conflicts[0] ?? {}))
})

t.test('added rows stay behind what they followed, so a catch-all stays last', async t => {
  const merged = mergeRules(routes('a', 'b', 'all'), routes('a', 'mine', 'b', 'all'), routes('theirs', 'b', 'a', 'all'))
  t.same(merged.document, routes('theirs', 'b', 'a', 'mine', 'all'))
  t.same(merged.conflicts, [])
  const both = mergeRules(routes('a', 'b', 'c'), routes('b', 'a', 'c'), routes('a', 'c', 'b'))
  t.match(both.conflicts, [{ list: 'routes', id: '', mine: ['b', 'a', 'c'], theirs: ['a', 'c', 'b'] }])
})

t.test('anything is merged with anything, without failing', async t => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (base, mine, theirs) => {
      t.ok(Array.isArray(mergeRules(base, mine, theirs).conflicts))
    }),
    FIXED,
  )
})
