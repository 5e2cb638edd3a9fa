import fc from 'fast-check'
import t from 'tap'
import { backoffMs } from '../../src/deliver/backoff.ts'

t.test('the wait doubles from one second to a minute, its upper half random', async t => {
  const shortest = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map(attempts => backoffMs(attempts, null, () => 0))
  const longest = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map(attempts => backoffMs(attempts, null, () => 1))
  t.same(shortest, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  t.same(longest, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
  t.equal(
    backoffMs(0, null, () => 1),
    1_000,
  )
})

t.test('what the provider asked for is never undercut, and no wait is longer than a minute or that', async () => {
  const attempts = fc.integer({ min: 0, max: 5_000 })
  const retryAfter = fc.option(fc.integer({ min: 0, max: 86_400_000 }), { nil: null })
  const random = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(attempts, retryAfter, random, (n, asked, r) => {
      const wait = backoffMs(n, asked, () => r)
      return wait >= (asked ?? 0) && wait >= 500 && wait <= Math.max(60_000, asked ?? 0) && Number.isInteger(wait)
    }),
  )
})
