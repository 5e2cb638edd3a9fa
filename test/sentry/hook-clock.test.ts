import t from 'tap'
import { createHookClock } from '../../src/sentry/hook-clock.ts'

const NOON = Date.UTC(2026, 10, 21, 12)
const MINUTE = 60_000

t.test('the least way of the last ten minutes, per source', async t => {
  let now = NOON
  const hooks = createHookClock({ now: () => now })
  const came = (ms: number, source = 'a') => hooks.note(source, now - ms, now)
  t.equal(hooks.of('a'), null)
  came(5_000)
  came(800)
  now += 5 * MINUTE
  came(2_000)
  t.same(hooks.of('a'), { leastMs: 800, count: 3 })
  t.equal(hooks.of('b'), null)
  now += 6 * MINUTE
  t.same(hooks.of('a'), { leastMs: 2_000, count: 1 }, 'older ones have left')
  now += 20 * MINUTE
  t.equal(hooks.of('a'), null)
  came(-240_000)
  t.same(hooks.of('a'), { leastMs: -240_000, count: 1 }, 'before it was sent')
})

t.test('a hook without a time, or with a nonsensical one, says nothing', async t => {
  const hooks = createHookClock({ now: () => NOON })
  for (const hookAt of [null, Number.NaN, 0, NOON + 2 * 86_400_000]) hooks.note('a', hookAt, NOON)
  t.equal(hooks.of('a'), null)
})
