import { RRuleTemporal } from 'rrule-temporal'
import type { MaintenanceWindow } from './maintenance-window.ts'

/** ms; from `from` until just before `until`. */
export interface Occurrence {
  from: number
  until: number
}

type Times = Pick<MaintenanceWindow, 'starts' | 'duration' | 'timeZone' | 'rrule'>

/** Rules that never come round (31 February) are given up after so many periods: about 5 ms. */
const MOST_PERIODS = 1_000
const MOST_CANDIDATES = 20_000

/**
 * The times of a maintenance window in order, the first that ends after `after` (ms) first. The rule is followed on the
 * wall clock and each local time is then looked up in the zone, so that a nightly window keeps its hour across a clock
 * change: one that falls into the hour that is skipped begins when the clocks have jumped, one in the hour that comes
 * twice begins the first time. (RFC 5545 3.3.10 would leave out the former, and that night would page people.) Throws
 * RangeError or Error for a rule, a zone or a time that cannot be read.
 */
export function* occurrencesOf(window: Times, after: number): Generator<Occurrence> {
  const first = Temporal.PlainDateTime.from(window.starts)
  if (window.rrule === null) {
    const once = occurrenceAt(first, window)
    if (once.until > after) yield once
    return
  }
  const rule = ruleOf(first, window)
  // A day early: an occurrence that lasts until after `after` began before it, and wall clocks differ by up to 14 hours.
  const longest = Temporal.Duration.from(window.duration).total({ unit: 'milliseconds', relativeTo: first })
  let at: Temporal.ZonedDateTime | null = next(rule, new Date(after - longest - 2 * 86_400_000), true)
  while (at !== null) {
    const found = occurrenceAt(
      Temporal.PlainDateTime.from(at.toString({ timeZoneName: 'never', offset: 'never' })),
      window,
    )
    if (found.until > after) yield found
    at = next(rule, new Date(at.epochMilliseconds), false)
  }
}

/** The one that lasts at `now`, else the next one; null: none is left. As `occurrencesOf` throws. */
export function currentOrNext(window: Times, now: number): Occurrence | null {
  return occurrencesOf(window, now).next().value ?? null
}

function next(rule: RRuleTemporal, after: Date, inclusive: boolean): Temporal.ZonedDateTime | null {
  return rule.next(after, inclusive) as unknown as Temporal.ZonedDateTime | null
}

function occurrenceAt(local: Temporal.PlainDateTime, { duration, timeZone }: Times): Occurrence {
  const from = local.toZonedDateTime(timeZone, { disambiguation: 'compatible' })
  return { from: from.epochMilliseconds, until: from.add(duration).epochMilliseconds }
}

/** The rule with its wall-clock times taken for UTC, in which every day has 24 hours. */
function ruleOf(first: Temporal.PlainDateTime, { rrule, timeZone }: Times): RRuleTemporal {
  const rruleString = (rrule ?? '').replace(/^RRULE:/i, '').replace(/UNTIL=(\d{8}T\d{6})Z/i, (_, utc: string) => {
    const instant = Temporal.PlainDateTime.from(utc).toZonedDateTime('UTC').toInstant()
    return `UNTIL=${compact(instant.toZonedDateTimeISO(timeZone).toPlainDateTime())}Z`
  })
  return new RRuleTemporal({
    rruleString,
    dtstart: first.toZonedDateTime('UTC') as never,
    maxIterations: MOST_PERIODS,
    maxCandidateEvaluations: MOST_CANDIDATES,
  })
}

function compact(local: Temporal.PlainDateTime): string {
  return local.toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '')
}
