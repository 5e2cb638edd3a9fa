import fc from 'fast-check'
import t from 'tap'
import { type BusinessHours, WEEKDAYS } from '../../src/incidents/business-hours.ts'
import { afterBusinessTime, beforeBusinessTime, isWithin } from '../../src/route/business-time.ts'

const MINUTE = 60_000
const BERLIN: BusinessHours = {
  timeZone: 'Europe/Berlin',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '09:00',
  to: '17:00',
  holidays: ['2026-12-25'],
}
const at = (iso: string) => Temporal.Instant.from(iso).epochMilliseconds
const ends = (from: string, wait: string, hours: BusinessHours = BERLIN) => {
  const end = afterBusinessTime(at(from), wait, hours)
  return end === null ? null : Temporal.Instant.fromEpochMilliseconds(end).toZonedDateTimeISO(hours.timeZone).toString()
}

t.test('a wait goes on in the next business hours, over nights, weekends and holidays', async t => {
  t.equal(ends('2026-11-18T10:00+01:00', 'PT2H'), '2026-11-18T12:00:00+01:00[Europe/Berlin]')
  t.equal(ends('2026-11-18T16:00+01:00', 'PT2H'), '2026-11-19T10:00:00+01:00[Europe/Berlin]')
  t.equal(ends('2026-11-20T16:30+01:00', 'PT1H'), '2026-11-23T09:30:00+01:00[Europe/Berlin]', 'Friday to Monday')
  t.equal(ends('2026-11-18T03:00+01:00', 'PT1H'), '2026-11-18T10:00:00+01:00[Europe/Berlin]')
  t.equal(ends('2026-12-24T16:00+01:00', 'PT2H'), '2026-12-28T10:00:00+01:00[Europe/Berlin]', 'Christmas is a Friday')
  t.equal(ends('2026-11-18T09:00+01:00', 'PT8H'), '2026-11-18T17:00:00+01:00[Europe/Berlin]', 'to the very end')
})

t.test('over the night of a clock change the wall clock decides', async t => {
  t.equal(ends('2026-03-27T16:00+01:00', 'PT2H'), '2026-03-30T10:00:00+02:00[Europe/Berlin]')
  t.equal(ends('2026-10-23T16:00+02:00', 'PT2H'), '2026-10-26T10:00:00+01:00[Europe/Berlin]')
  const allDay: BusinessHours = { ...BERLIN, days: [...WEEKDAYS], from: '00:00', to: '24:00' }
  t.equal(ends('2026-03-29T00:00+01:00', 'PT3H', allDay), '2026-03-29T04:00:00+02:00[Europe/Berlin]', '23 hours')
  t.equal(ends('2026-10-25T00:00+02:00', 'PT25H', allDay), '2026-10-26T00:00:00+01:00[Europe/Berlin]', '25 hours')
  const skipped: BusinessHours = { ...allDay, from: '02:00', to: '03:00' }
  t.equal(ends('2026-03-28T12:00+01:00', 'PT30M', skipped), '2026-03-30T02:30:00+02:00[Europe/Berlin]', 'no such hour')
  t.equal(
    ends('2026-10-24T12:00+02:00', 'PT2H', skipped),
    '2026-10-25T03:00:00+01:00[Europe/Berlin]',
    'twice that hour',
  )
})

t.test('days count business days: the same one, or else the next, and then its close', async t => {
  t.equal(ends('2026-11-18T10:00+01:00', 'P1D'), '2026-11-18T17:00:00+01:00[Europe/Berlin]')
  t.equal(ends('2026-11-18T18:00+01:00', 'P1D'), '2026-11-19T17:00:00+01:00[Europe/Berlin]')
  t.equal(ends('2026-11-21T10:00+01:00', 'P1D'), '2026-11-23T17:00:00+01:00[Europe/Berlin]', 'Saturday')
  t.equal(ends('2026-11-20T10:00+01:00', 'P2D'), '2026-11-23T17:00:00+01:00[Europe/Berlin]')
  t.equal(ends('2026-11-18T10:00+01:00', 'P1W'), '2026-11-24T17:00:00+01:00[Europe/Berlin]', 'five business days')
  t.equal(ends('2026-11-18T10:00+01:00', 'P1DT1H'), '2026-11-19T10:00:00+01:00[Europe/Berlin]')
})

t.test('hours that never come are said to be none; an unknown zone is an error', async t => {
  t.equal(ends('2026-11-18T10:00+01:00', 'PT1H', { ...BERLIN, from: '17:00', to: '09:00' }), null)
  t.throws(() => afterBusinessTime(0, 'PT1H', { ...BERLIN, timeZone: 'Mars/Olympus' }), RangeError)
})

/** The same, minute by minute, by another library's wall clock. */
function oracle(from: number, minutes: number, hours: BusinessHours): number {
  const clock = new Intl.DateTimeFormat('en-CA', {
    timeZone: hours.timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  let left = minutes
  for (let now = from; ; now += MINUTE) {
    const part = Object.fromEntries(clock.formatToParts(now).map(({ type, value }) => [type, value]))
    const time = `${part.hour}:${part.minute}`
    const counts =
      hours.days.some(day => day === part.weekday?.toLowerCase().replace('.', '')) &&
      !hours.holidays.includes(`${part.year}-${part.month}-${part.day}`) &&
      time >= hours.from &&
      time < hours.to
    if (counts) left -= 1
    if (left === 0) return now + MINUTE
  }
}

t.test('any wait ends when counting minute by minute says so, clock changes included', async () => {
  const time = fc
    .tuple(fc.nat(23), fc.constantFrom(0, 15, 30, 45))
    .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`)
  const hours = fc
    .record({
      timeZone: fc.constantFrom(
        'Europe/Berlin',
        'America/New_York',
        'Australia/Lord_Howe',
        'Asia/Kolkata',
        'America/Havana',
      ),
      days: fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 3 }),
      ends: fc.tuple(time, fc.oneof(time, fc.constant('24:00'))).filter(([a, b]) => a !== b),
      holidays: fc.subarray(['2026-03-08', '2026-03-29', '2026-03-30', '2026-10-25', '2026-11-01']),
    })
    .map(({ ends, ...rest }): BusinessHours => {
      const [from = '', to = ''] = ends.toSorted()
      return { ...rest, from, to }
    })
  // Around every change of those zones' clocks.
  const begins = fc.constantFrom('2026-03-06', '2026-03-27', '2026-04-03', '2026-10-02', '2026-10-23', '2026-10-30')
  fc.assert(
    fc.property(hours, begins, fc.nat(3 * 1440), fc.integer({ min: 1, max: 600 }), (calendar, day, offset, minutes) => {
      const from = at(`${day}T00:00Z`) + offset * MINUTE
      return afterBusinessTime(from, `PT${minutes}M`, calendar) === oracle(from, minutes, calendar)
    }),
    { numRuns: 60 },
  )
})

t.test('counted back, a longer wait goes on from there as if it had begun there', async t => {
  const from = at('2026-01-01T00:00Z')
  const property = fc.property(
    fc.integer({ min: 0, max: 365 * 24 * 60 }),
    fc.integer({ min: 1, max: 40 * 60 }),
    fc.integer({ min: 1, max: 40 * 60 }),
    (minute, waited, more) => {
      const to = from + minute * MINUTE
      const began = beforeBusinessTime(to, `PT${waited}M`, BERLIN)
      return (
        began !== null &&
        began <= to &&
        afterBusinessTime(began, `PT${waited + more}M`, BERLIN) === afterBusinessTime(to, `PT${more}M`, BERLIN)
      )
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))
  t.equal(beforeBusinessTime(from, 'P1DT1H', BERLIN), null, 'days and time of day in one')
  t.equal(beforeBusinessTime(from, 'PT1H', { ...BERLIN, days: [] }), null)
})

t.test('within is what a wait counts: a minute of business time ends a minute later', async () => {
  const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC')
  const year = { min: Date.UTC(2026, 0, 1) / 60_000, max: Date.UTC(2026, 11, 31) / 60_000 }
  fc.assert(
    fc.property(zones, fc.integer(year), fc.integer({ min: 0, max: 23 }), (timeZone, minute, from) => {
      const two = (hour: number) => `${String(hour).padStart(2, '0')}:00`
      const days: BusinessHours['days'] = ['mon', 'tue', 'wed', 'sun']
      const hours = { timeZone, days, from: two(from), to: two(from + 1), holidays: ['2026-11-01'] }
      const at = minute * 60_000
      return isWithin(hours, at) === (afterBusinessTime(at, 'PT1S', hours) === at + 1_000)
    }),
    { numRuns: 800, seed: 20261122 },
  )
})
