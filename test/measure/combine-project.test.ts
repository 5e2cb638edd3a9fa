import t from 'tap'
import { combineProject, type ProjectAnswers } from '../../src/measure/combine-project.ts'
import { provenByPayload } from '../../src/measure/proven-by-payload.ts'
import type { WindowCounts } from '../../src/measure/window-event.ts'
import type { MetricReading, Signal } from '../../src/signals/signal.ts'
import { LIVE_FEED, makeCounts } from '../support/counts.ts'
import { MINUTE, makeEvent, makeMetric, makeSignal, START } from '../support/make.ts'

const down = { ok: false as const, reason: 'Sentry is in trouble', retry: true }
const series = (...counts: number[]) => ({
  ok: true as const,
  value: counts.map((count, i) => ({ minute: START - (counts.length - 1 - i) * MINUTE, count })),
})
const rate = { percent: 90, sessions: 1200, scope: 'production', release: null, source: 'sentry', at: START } as const

function combine(
  counts: Partial<WindowCounts> | null,
  answers: Partial<ProjectAnswers>,
  metric?: Partial<MetricReading>,
  change: Partial<Signal> = {},
) {
  const signal = makeSignal({ ...change, metric: metric === undefined ? null : makeMetric(metric) })
  const windows = counts === null ? null : makeCounts(counts)
  return combineProject(signal, windows, { crashFree: null, unhandled: null, ...answers }, START)
}

t.test('a crash-free alert says its rate without a sample, beside what Sentry counts', t => {
  const { impact } = combine(null, { crashFree: { ok: true, value: [rate] } }, { value: 91.4 })
  t.match(impact.crashFree, [{ percent: 91.4, sessions: null, source: 'webhook' }, rate])
  t.same(combine(null, {}, { value: null }).impact.crashFree, [], 'a text without a number')
  t.same(combine(null, {}, { status: 'resolved' }).impact.crashFree, [], 'over')
  t.same(combine(null, {}, {}, { origin: 'monitor' }).impact.crashFree, [], 'old news when measured again')
  t.end()
})

t.test('the worst minute is the larger of ours, Sentry series and the alert', t => {
  const ours = { unhandledWorstMinute: 300, unhandledLast10Minutes: 600 }
  t.match(combine(ours, { unhandled: series(10, 501, 3) }).impact.unhandledPerMinute, { value: 501, source: 'sentry' })
  t.match(combine(ours, { unhandled: series(10) }).impact.unhandledPerMinute, { value: 300, source: 'windows' })
  const spike = { measures: 'unhandled-per-minute', value: 800 } as const
  t.match(combine(ours, {}, spike).impact.unhandledPerMinute, { value: 800, source: 'webhook' })
  t.equal(combine(null, {}).impact.unhandledPerMinute, null)
  const old = series(900, ...Array<number>(11).fill(1))
  t.match(combine(null, { unhandled: old }).impact.unhandledPerMinute, { value: 1 }, 'eleven minutes ago is over')
  t.end()
})

t.test('crashes go on, have stopped, or nobody knows', t => {
  t.equal(combine({ unhandledLast10Minutes: 1 }, {}).impact.crashing, true)
  t.equal(combine(LIVE_FEED, {}).impact.crashing, false)
  t.equal(combine({ ...LIVE_FEED, feedLive: false }, {}).impact.crashing, null, 'a feed that is quiet may be off')
  t.equal(combine(null, { unhandled: series(0, 0, 0) }).impact.crashing, false)
  t.equal(combine(null, { unhandled: series(0, 2, 0) }).impact.crashing, true)
  t.equal(combine(null, { unhandled: down }).impact.crashing, null)
  t.end()
})

t.test("minutes are Sentry's own: a clock that is half an hour off ends no crashing", t => {
  for (const skew of [-30 * MINUTE, 30 * MINUTE]) {
    const dated = (...counts: number[]) => {
      const { value, ok } = series(...counts)
      return { ok, value: value.map(({ minute, count }) => ({ minute: minute + skew, count })) }
    }
    t.equal(combine(null, { unhandled: dated(0, 2, 0) }).impact.crashing, true)
    t.equal(combine(null, { unhandled: dated(9, ...Array<number>(11).fill(0)) }).impact.crashing, false)
  }
  t.end()
})

t.test('what could not be had is said, and makes the verdict degraded', t => {
  t.match(combine(null, { crashFree: down, unhandled: down }), {
    degraded: true,
    gaps: [/^crash-free sessions: Sentry is in trouble/, /^unhandled exceptions per minute/],
  })
  t.match(combine(null, { crashFree: { ok: true, value: [rate], partial: 'the newest release is not known' } }), {
    degraded: true,
    gaps: ['crash-free sessions: the newest release is not known'],
  })
  t.equal(combine(LIVE_FEED, { unhandled: down }).degraded, false, 'our own windows are complete')
  t.equal(combine(null, {}).degraded, false, 'what nobody can answer is no gap')
  t.end()
})

t.test('a payload that proves what it says asks Sentry nothing', t => {
  t.equal(provenByPayload(makeEvent(START, { tags: { data_loss: 'true' } })), true)
  t.equal(provenByPayload(makeEvent(START, { tags: { data_loss: 'false' } })), false)
  t.equal(provenByPayload(makeSignal({ metric: makeMetric() })), true)
  t.equal(provenByPayload(makeSignal({ metric: makeMetric({ value: null }) })), false)
  t.equal(provenByPayload(makeSignal({ metric: makeMetric({ status: 'resolved' }) })), false)
  t.equal(provenByPayload(makeSignal({ metric: makeMetric({ measures: 'events' }) })), false)
  t.equal(provenByPayload(makeSignal({ metric: makeMetric(), origin: 'monitor' })), false)
  t.end()
})
