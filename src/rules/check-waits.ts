import { afterBusinessTime } from '../route/business-time.ts'
import { durationMs } from '../route/duration.ts'
import type { Policy } from '../route/escalation-table.ts'
import type { Path, ProblemList } from './problem-list.ts'

/** Longer waits in business time are mistakes, and slow to reckon. */
const MOST_BUSINESS_DAYS = 60
/** Any day will do: how far the wait reaches is what matters. */
const SOME_DAY = Date.UTC(2026, 0, 5)

/** Business hours that exist and are used, and waits in them that end in the order of the steps. */
export function checkWaits(policy: Policy, path: Path, problems: ProblemList): void {
  const waits: { after: string; at: Path; step: number | null }[] = policy.steps.flatMap((step, index) =>
    step.within === 'business-hours' ? [{ after: step.after, at: [...path, 'steps', index], step: index }] : [],
  )
  if (policy.repeat?.within === 'business-hours')
    waits.push({ after: policy.repeat.after, at: [...path, 'repeat'], step: null })
  checkSteps(policy, path, problems)
  if (policy.hours === null) {
    for (const { at } of waits)
      problems.add([...at, 'within'], 'the policy has no business hours: give it "hours", or write "always"')
    return
  }
  if (waits.length === 0) {
    problems.add(
      [...path, 'hours'],
      'no wait of this policy counts business hours: set a step\'s "within", or remove it',
    )
  }
  const at = [...path, 'hours']
  const before = problems.all.length
  checkHours(policy.hours, at, problems)
  if (problems.all.length > before) return
  for (const wait of waits) {
    const problem = whyTooLong(wait.after, policy.hours)
    if (problem !== null) problems.add([...wait.at, 'after'], problem)
  }
}

function checkSteps({ steps }: Policy, path: Path, problems: ProblemList): void {
  const first = steps.findIndex(step => step.within === 'business-hours')
  if (first === 0) problems.add([...path, 'steps', 0, 'within'], 'the first step is told at once: write "always"')
  if (first < 0) return
  for (const [index, step] of steps.entries()) {
    if (index > first && step.within === 'always')
      problems.add(
        [...path, 'steps', index, 'within'],
        `step ${first + 1} waits for business hours, so this one could come before it: let it count business hours too`,
      )
  }
}

/** A zone that exists, hours that go forward in a day, and real dates. */
export function checkHours(hours: NonNullable<Policy['hours']>, at: Path, problems: ProblemList): void {
  if (!isZone(hours.timeZone))
    problems.add([...at, 'timeZone'], `unknown time zone "${hours.timeZone}": an IANA name such as "Europe/Berlin"`)
  if (hours.from >= hours.to)
    problems.add([...at, 'to'], `must be later than from ("${hours.from}"), on the same day; "24:00" is its end`)
  if (new Set(hours.days).size < hours.days.length) problems.add([...at, 'days'], 'names a day twice')
  for (const [index, date] of hours.holidays.entries()) {
    if (!isDate(date)) problems.add([...at, 'holidays', index], `"${date}" is no date of the calendar`)
  }
}

function whyTooLong(after: string, hours: NonNullable<Policy['hours']>): string | null {
  const { days, weeks } = Temporal.Duration.from(after)
  const dayMs = msOf(hours.to) - msOf(hours.from)
  const time = durationMs(after) - (weeks * 7 + days) * 86_400_000
  const workdays = weeks * hours.days.length + days + time / dayMs
  if (workdays > MOST_BUSINESS_DAYS)
    return `"${after}" is ${Math.ceil(workdays)} business days of these hours: at most ${MOST_BUSINESS_DAYS}. Days count business days here`
  return afterBusinessTime(SOME_DAY, after, hours) === null
    ? 'these business hours never come: nobody would be told'
    : null
}

function msOf(time: string): number {
  return durationMs(`PT${time.slice(0, 2)}H${time.slice(3)}M`)
}

function isZone(timeZone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone)
    return true
  } catch {
    return false
  }
}

function isDate(date: string): boolean {
  try {
    Temporal.PlainDate.from(date)
    return true
  } catch {
    return false
  }
}
