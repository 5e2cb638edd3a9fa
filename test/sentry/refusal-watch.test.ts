import t from 'tap'
import { woundClock } from '../../src/platform/clock.ts'
import { createRefusalWatch } from '../../src/sentry/refusal-watch.ts'

function watch(maxSources?: number) {
  const clock = woundClock({ now: () => 1_000_000 })
  const bursts: [string, object][] = []
  const options = {
    clock,
    threshold: 3,
    windowMs: 60_000,
    onBurst: (source: string, counts: object) => bursts.push([source, counts]),
  }
  return { clock, bursts, ...createRefusalWatch(maxSources === undefined ? options : { ...options, maxSources }) }
}

t.test('a burst is told once per source and window, with its reasons', async t => {
  const { clock, bursts, note } = watch()
  note('a', 'signature-invalid')
  note('b', 'too-large')
  note('a', 'rate-limited')
  t.strictSame(bursts, [])
  for (let i = 0; i < 10; i++) note('a', 'signature-invalid')
  t.strictSame(bursts, [['a', { 'signature-invalid': 2, 'rate-limited': 1 }]])
  clock.wind(60_000)
  for (let i = 0; i < 3; i++) note('a', 'signature-missing')
  t.strictSame(bursts[1], ['a', { 'signature-missing': 3 }])
})

t.test('refusals spread over longer than the window are no burst', async t => {
  const { clock, bursts, note } = watch()
  for (let i = 0; i < 20; i++) {
    note('a', 'signature-invalid')
    clock.wind(31_000)
  }
  t.strictSame(bursts, [])
})

t.test('it remembers a bounded number of sources', async t => {
  const { bursts, note } = watch(2)
  note('a', 'too-large')
  note('b', 'too-large')
  note('c', 'too-large')
  note('a', 'too-large')
  note('a', 'too-large')
  t.strictSame(bursts, [], 'a was forgotten for c and started anew')
})
