import { type BusinessHours, WEEKDAYS } from '../incidents/business-hours.ts'

/** A stretch of business time, ms: from `open` until just before `close`. */
interface Stretch {
  open: number
  close: number
}

/** Eleven years of days: only hours that practically never come are looked for so long. */
const MOST_DAYS = 4_000

/**
 * The moment, ms, when that wait is over if it counts business time only. Time counts while the zone's wall clock shows
 * business hours, so an hour that a clock change skips never counts and one that it repeats counts twice. Days count
 * business days: P1D is over when the business day that runs, or else the next one, closes ("the same business day");
 * time of day counts from there. Null: such hours never come. Throws RangeError for an unknown zone or duration.
 */
export function afterBusinessTime(from: number, wait: string, hours: BusinessHours): number | null {
  const duration = Temporal.Duration.from(wait)
  let closings = duration.weeks * hours.days.length + duration.days
  const { hours: h, minutes, seconds } = duration
  let left = ((h * 60 + minutes) * 60 + seconds) * 1_000
  if (closings === 0 && left === 0) return from
  const holidays = new Set(hours.holidays)
  let date = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(hours.timeZone).toPlainDate()
  for (let day = 0; day < MOST_DAYS; day += 1, date = date.add({ days: 1 })) {
    const ahead = isBusinessDay(date, hours, holidays) ? stretchesOf(date, hours).filter(one => one.close > from) : []
    const last = ahead.at(-1)
    if (last === undefined) continue
    if (closings > 0) {
      closings -= 1
      if (closings === 0 && left === 0) return last.close
      continue
    }
    for (const { open, close } of ahead) {
      const starts = Math.max(open, from)
      if (starts + left <= close) return starts + left
      left -= close - starts
    }
  }
  return null
}

/**
 * The moment, ms, from which such a wait would be over at `to`, so that a longer one goes on from there; of days, the opening
 * of the business day so many before the one that runs, or else the next one. Null: there is none, or days and time of day
 * are mixed. Throws RangeError for an unknown zone or duration.
 */
export function beforeBusinessTime(to: number, wait: string, hours: BusinessHours): number | null {
  const duration = Temporal.Duration.from(wait)
  let days = duration.weeks * hours.days.length + duration.days
  let left = ((duration.hours * 60 + duration.minutes) * 60 + duration.seconds) * 1_000
  if (days > 0 && left > 0) return null
  if (days > 0) {
    // The close of the business day that runs, or else of the next one: counting back begins there.
    const close = afterBusinessTime(to, 'P1D', hours)
    if (close === null) return null
    to = close
    days += 1
  }
  const holidays = new Set(hours.holidays)
  let date = Temporal.Instant.fromEpochMilliseconds(to).toZonedDateTimeISO(hours.timeZone).toPlainDate()
  for (let day = 0; day < MOST_DAYS; day += 1, date = date.subtract({ days: 1 })) {
    const behind = isBusinessDay(date, hours, holidays) ? stretchesOf(date, hours).filter(one => one.open < to) : []
    const [first] = behind
    if (first === undefined) continue
    if (days > 0) {
      days -= 1
      if (days === 0) return first.open
      continue
    }
    for (const { open, close } of behind.toReversed()) {
      const ends = Math.min(close, to)
      if (ends - left >= open) return ends - left
      left -= ends - open
    }
  }
  return null
}

/** Does the zone's wall clock show those hours at that moment, ms? Throws RangeError for an unknown zone. */
export function isWithin({ timeZone, days, from, to, holidays }: BusinessHours, at: number): boolean {
  const wall = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone)
  const weekday = WEEKDAYS[wall.dayOfWeek - 1]
  if (weekday === undefined || !days.includes(weekday)) return false
  const time = ((wall.hour * 60 + wall.minute) * 60 + wall.second) * 1_000 + wall.millisecond
  return time >= msOf(from) && time < msOf(to) && !holidays.includes(wall.toPlainDate().toString())
}

function isBusinessDay(date: Temporal.PlainDate, hours: BusinessHours, holidays: ReadonlySet<string>): boolean {
  const weekday = WEEKDAYS[date.dayOfWeek - 1]
  return weekday !== undefined && hours.days.includes(weekday) && !holidays.has(date.toString())
}

/** The business time of one date: more than one stretch only where the clocks change within it. */
function stretchesOf(date: Temporal.PlainDate, { timeZone, from, to }: BusinessHours): Stretch[] {
  const wallMidnight = date.toZonedDateTime('UTC').epochMilliseconds
  const dayEnds = date.add({ days: 1 }).toZonedDateTime(timeZone)
  const found: Stretch[] = []
  let at = date.toZonedDateTime(timeZone)
  while (at.epochMilliseconds < dayEnds.epochMilliseconds) {
    const ends = sameOffsetUntil(at, dayEnds)
    const offset = at.offsetNanoseconds / 1_000_000
    const open = Math.max(at.epochMilliseconds, wallMidnight + msOf(from) - offset)
    const close = Math.min(ends.epochMilliseconds, wallMidnight + msOf(to) - offset)
    if (open < close) found.push({ open, close })
    at = ends
  }
  return found
}

function sameOffsetUntil(at: Temporal.ZonedDateTime, end: Temporal.ZonedDateTime): Temporal.ZonedDateTime {
  if (at.offsetNanoseconds === end.offsetNanoseconds) return end
  const change = at.getTimeZoneTransition('next')
  return change !== null && change.epochMilliseconds < end.epochMilliseconds ? change : end
}

function msOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return (hours * 60 + minutes) * 60_000
}
