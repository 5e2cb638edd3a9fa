import t from 'tap'
import { type ApiState, clockSkewMs, mergeApi, type SourceReport } from '../../src/sentry/source-reports.ts'

const NOON = Date.UTC(2026, 10, 21, 12)
const API: ApiState = {
  breaker: 'closed',
  lastError: null,
  refused: false,
  requests: 4,
  failures: 1,
  lastAnswerAt: NOON,
  skewMs: null,
  troubleSince: null,
}
const report = (change: Partial<SourceReport>): SourceReport => ({ at: NOON, api: null, hooks: null, ...change })
const asked = (change: Partial<ApiState>, at = NOON) => report({ at, api: { ...API, ...change } })

t.test('any trouble counts, and so do all answers', async t => {
  t.equal(mergeApi([]), null)
  t.equal(mergeApi([report({})]), null, 'a process that cannot ask knows nothing')
  t.same(mergeApi([asked({})]), API)
  const merged = mergeApi([
    asked({ breaker: 'half-open', lastError: 'older', troubleSince: NOON - 5, lastAnswerAt: null }, NOON - 9),
    asked({ breaker: 'open', lastError: 'newer', refused: true, troubleSince: NOON - 7 }, NOON - 8),
    asked({ lastAnswerAt: NOON + 1, requests: 0, failures: 0 }),
    report({}),
  ])
  t.same(merged, {
    breaker: 'open',
    lastError: 'newer',
    refused: true,
    requests: 8,
    failures: 2,
    lastAnswerAt: NOON + 1,
    skewMs: null,
    troubleSince: NOON - 7,
  })
  t.equal(mergeApi([asked({}), asked({ breaker: 'half-open' })])?.breaker, 'half-open')
})

t.test("the difference of the clocks is that of Sentry's newest answer, else what hooks prove", async t => {
  const hooks = (leastMs: number, count = 3) => report({ hooks: { leastMs, count } })
  const cases: [name: string, reports: SourceReport[], skewMs: number | null][] = [
    ['nothing is known', [], null],
    ['by the newest answer', [asked({ skewMs: 500 }), asked({ skewMs: 240_000, lastAnswerAt: NOON + 1 })], 240_000],
    ['an answer that says they agree outweighs hooks', [asked({ skewMs: 0 }), hooks(240_000)], 0],
    ['hooks that took a little while', [hooks(4_000)], null],
    ['hooks that none took less than half a minute: we are ahead', [hooks(240_200)], -240_200],
    ['one hook that came early is no proof that others were late', [hooks(240_200), hooks(900)], null],
    ['hooks that came before they were sent: we are behind', [hooks(-239_000)], 239_000],
    ['hook timestamps are cut to the second', [hooks(-1_500)], null],
    ['two hooks prove nothing', [hooks(240_000, 2)], null],
    ['what several doors saw counts together', [hooks(240_000, 2), hooks(250_000, 1)], -240_000],
  ]
  for (const [name, reports, skewMs] of cases) t.equal(clockSkewMs(reports), skewMs, name)
})
