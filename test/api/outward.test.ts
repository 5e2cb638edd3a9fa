import fc from 'fast-check'
import t from 'tap'
import { isTimeName, outward } from '../../src/api/outward.ts'

t.test('times become RFC 3339 in UTC, wherever they stand', async t => {
  t.same(outward({ at: 0, openedAt: 1_794_060_190_000, since: null, firstSeen: 1, value: 5, windowSeconds: 3600 }), {
    at: '1970-01-01T00:00:00.000Z',
    openedAt: '2026-11-07T14:03:10.000Z',
    since: null,
    firstSeen: '1970-01-01T00:00:00.001Z',
    value: 5,
    windowSeconds: 3600,
  })
  t.same(outward([{ causes: { x: { clearedAt: 0 } } }]), [{ causes: { x: { clearedAt: '1970-01-01T00:00:00.000Z' } } }])
  t.same(outward({ tags: { at: 'noon' } }), { tags: { at: 'noon' } }, 'text stays text')
  t.same(outward({ at: 9e15, dueAt: Number.NaN }), { at: null, dueAt: null }, 'what is no time is unknown')
})

t.test('nothing else changes', async t => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const names = JSON.stringify(value).match(/"((?:[^"\\]|\\.)*)":/g) ?? []
      fc.pre(!names.some(name => isTimeName(name.slice(1, -2))))
      t.same(JSON.stringify(outward(value)), JSON.stringify(value))
    }),
    { numRuns: 200 },
  )
})
