import fc from 'fast-check'
import t from 'tap'
import { currentOrNext, type Occurrence, occurrencesOf } from '../../src/mute/occurrences.ts'

const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Kolkata', 'UTC']
/** Days around which clocks change somewhere in these zones in 2026. */
const NIGHTS = ['2026-03-08', '2026-03-29', '2026-04-05', '2026-09-06', '2026-10-04', '2026-10-25', '2026-11-01']
const DAY = 86_400_000
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']

function take(all: Iterable<Occurrence>, before: number): Occurrence[] {
  const found: Occurrence[] = []
  for (const one of all) {
    if (one.from >= before) break
    found.push(one)
  }
  return found
}

/** What a person with a calendar would do: day by day, is it that day, and when is that time on that day's clock? */
function dayByDay(
  { starts, timeZone, duration }: { starts: string; timeZone: string; duration: string },
  holds: (date: Temporal.PlainDate, index: number) => boolean,
  after: number,
  before: number,
): Occurrence[] {
  const first = Temporal.PlainDateTime.from(starts)
  const found: Occurrence[] = []
  for (let index = 0; index < 60; index++) {
    const date = first.toPlainDate().add({ days: index })
    if (!holds(date, index)) continue
    const from = date.toZonedDateTime({ timeZone, plainTime: first.toPlainTime() })
    const until = from.add(duration).epochMilliseconds
    if (until > after && from.epochMilliseconds < before) found.push({ from: from.epochMilliseconds, until })
  }
  return found
}

t.test('a window that comes round daily or weekly is as a calendar says, also in nights of a clock change', async t => {
  const night = fc.record({
    timeZone: fc.constantFrom(...ZONES),
    night: fc.constantFrom(...NIGHTS),
    minutes: fc.integer({ min: 0, max: 1439 }),
    duration: fc.constantFrom('PT30M', 'PT1H', 'PT3H', 'PT23H', 'P1D'),
    interval: fc.integer({ min: 1, max: 3 }),
    weekly: fc.option(fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1, maxLength: 7 })),
    afterDays: fc.integer({ min: -2, max: 20 }),
  })
  fc.assert(
    fc.property(night, ({ timeZone, night, minutes, duration, interval, weekly, afterDays }) => {
      const time = Temporal.PlainTime.from('00:00').add({ minutes })
      const starts = Temporal.PlainDate.from(night).subtract({ days: 5 }).toPlainDateTime(time).toString().slice(0, 16)
      const rrule = weekly === null ? `FREQ=DAILY;INTERVAL=${interval}` : `FREQ=WEEKLY;BYDAY=${weekly.join(',')}`
      const after = Temporal.PlainDateTime.from(starts).toZonedDateTime('UTC').epochMilliseconds + afterDays * DAY
      const before = after + 14 * DAY
      const holds = (date: Temporal.PlainDate, index: number) =>
        weekly === null ? index % interval === 0 : weekly.includes(WEEKDAYS[date.dayOfWeek - 1] ?? '')
      const window = { starts, timeZone, duration, rrule }
      t.same(take(occurrencesOf(window, after), before), dayByDay(window, holds, after, before))
    }),
    { seed: 20261122, numRuns: 150 },
  )
})

t.test('in the night that has no half past two it begins when the clocks have jumped', async t => {
  const nightly = { starts: '2026-03-20T02:30', duration: 'PT1H', timeZone: 'Europe/Berlin', rrule: 'FREQ=DAILY' }
  const found = currentOrNext(nightly, Date.UTC(2026, 2, 28, 12))
  t.same(found, { from: Date.UTC(2026, 2, 29, 1, 30), until: Date.UTC(2026, 2, 29, 2, 30) }, '03:30 CEST')
  const back = currentOrNext({ ...nightly, starts: '2026-10-20T02:30' }, Date.UTC(2026, 9, 24, 12))
  t.equal(back?.from, Date.UTC(2026, 9, 25, 0, 30), 'where it comes twice, the first time')
})

t.test('the end of a rule is counted in its zone, and once is once', async t => {
  const times = { starts: '2026-11-01T23:00', duration: 'PT2H', timeZone: 'America/New_York' }
  const all = (rrule: string | null) => [...occurrencesOf({ ...times, rrule }, 0)].map(({ from }) => from)
  const first = Date.UTC(2026, 10, 2, 4)
  t.same(all(null), [first])
  t.same(all('FREQ=DAILY;COUNT=2'), [first, first + DAY])
  t.same(all('FREQ=DAILY;UNTIL=20261103T040000Z'), [first, first + DAY], '23:00 in New York is 04:00 of the next day')
  t.same(all('FREQ=DAILY;UNTIL=20261103T035959Z'), [first])
  t.same(all('RRULE:FREQ=MONTHLY;BYDAY=1SU;COUNT=2'), [first, Date.UTC(2026, 11, 7, 4)])
  t.equal(currentOrNext({ ...times, rrule: null }, first + 2 * 3_600_000), null, 'over')
})

t.test('a rule that never comes round is given up soon', async t => {
  const never = { starts: '2026-11-01T23:00', duration: 'PT2H', timeZone: 'UTC' }
  t.throws(() => currentOrNext({ ...never, rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31' }, 0))
  t.equal(
    currentOrNext({ ...never, rrule: 'FREQ=DAILY' }, Date.UTC(2126, 0, 1))?.from,
    Date.UTC(2126, 0, 1, -1),
    'a century on',
  )
})
