/** Milliseconds of an ISO 8601 duration such as `PT15M`, `P1D` or `P2W`; a day is 24 hours. Throws RangeError otherwise. */
export function durationMs(iso: string): number {
  const known = KNOWN.get(iso)
  if (known !== undefined) return known
  const ms = totalMs(iso)
  if (KNOWN.size < MOST_KNOWN) KNOWN.set(iso, ms)
  return ms
}

/** The same few of a rules document are asked at every signal. */
const KNOWN = new Map<string, number>()
const MOST_KNOWN = 1_000

function totalMs(iso: string): number {
  return Temporal.Duration.from(iso).total({ unit: 'milliseconds', relativeTo: UTC_DAY })
}

/** Weeks need a calendar to be measured by; in UTC every day has 24 hours, so which day it is makes no difference. */
const UTC_DAY = Temporal.PlainDate.from('2026-01-01')
