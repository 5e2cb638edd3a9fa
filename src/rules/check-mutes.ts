import { fieldNamed, fieldNames, type Table } from '../classify/fields.ts'
import type { MaintenanceWindow } from '../mute/maintenance-window.ts'
import { type Occurrence, occurrencesOf } from '../mute/occurrences.ts'
import { didYouMean } from '../suggest.ts'
import { checkCondition } from './check-condition.ts'
import type { KnownDestination } from './check-policies.ts'
import { isObject, type Path, type ProblemList } from './problem-list.ts'
import type { RulesDocument } from './rules-document.ts'

/** Both are asked of incidents, as routes are. */
const TABLE: Table = 'route'

/** The conditions of maintenance windows and inhibitions, as they were written. */
export function checkMuteConditions(input: unknown, problems: ProblemList): void {
  if (!isObject(input)) return
  for (const [index, window] of rowsOf(input.maintenance)) {
    const path = ['maintenance', index, 'when']
    if (window.when === undefined) problems.add(path, 'missing: a condition, or null for everything')
    else if (window.when !== null) checkCondition(window.when, path, TABLE, problems)
  }
  for (const [index, rule] of rowsOf(input.inhibitions))
    for (const part of ['source', 'target'] as const) {
      const path = ['inhibitions', index, part]
      if (rule[part] === undefined || rule[part] === null)
        problems.add(path, 'missing: a condition; what matched everything would inhibit everything')
      else checkCondition(rule[part], path, TABLE, problems)
    }
}

/** What maintenance windows and inhibitions say as a whole. */
export function checkMutes(
  document: RulesDocument,
  destinations: readonly KnownDestination[],
  problems: ProblemList,
): void {
  const { silenceAnnouncedIn: place } = document.settings
  const slack = destinations.filter(({ kind }) => kind === 'slack').map(({ id }) => id)
  if (place !== null && !slack.includes(place)) {
    const path = ['settings', 'silenceAnnouncedIn']
    problems.add(path, `"${place}" is no Slack destination.${didYouMean(place, slack)}`)
  }
  for (const list of ['maintenance', 'inhibitions'] as const) {
    const seen = new Map<string, number>()
    for (const [index, { id }] of document[list].entries()) {
      const first = seen.get(id)
      if (first === undefined) seen.set(id, index)
      else problems.add([list, index, 'id'], `"${id}" is taken by /${list}/${first}: ids are unique`)
    }
  }
  for (const [index, window] of document.maintenance.entries()) checkWindow(window, ['maintenance', index], problems)
  for (const [index, { equal }] of document.inhibitions.entries())
    for (const [at, name] of equal.entries()) {
      if (fieldNamed(name)?.tables.includes(TABLE) === true) continue
      const path = ['inhibitions', index, 'equal', at]
      problems.add(path, `unknown field "${name}".${didYouMean(name, fieldNames(TABLE))}`)
    }
}

function checkWindow(window: MaintenanceWindow, path: Path, problems: ProblemList): void {
  const before = problems.all.length
  if (!isZone(window.timeZone))
    problems.add([...path, 'timeZone'], `unknown time zone "${window.timeZone}": an IANA name such as "Europe/Berlin"`)
  if (!isLocal(window.starts)) problems.add([...path, 'starts'], `"${window.starts}" is no date and time that there is`)
  checkLength(window.duration, [...path, 'duration'], problems)
  checkParts(window.rrule, [...path, 'rrule'], problems)
  if (problems.all.length === before) checkOccurrences(window, path, problems)
}

const LONGEST_DAYS = 366

function checkLength(duration: string, path: Path, problems: ProblemList): void {
  const seconds = secondsOf(duration)
  if (seconds < 60 || seconds > LONGEST_DAYS * 86_400)
    problems.add(path, `"${duration}" must be at least one minute and at most ${LONGEST_DAYS} days`)
}

function secondsOf(duration: string): number {
  try {
    return Temporal.Duration.from(duration).total({ unit: 'seconds', relativeTo: '2026-01-01' })
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** RFC 5545 3.3.10, without what recurs within a day: a window that comes hourly is no window. */
const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']
const PARTS =
  'FREQ UNTIL COUNT INTERVAL BYHOUR BYMINUTE BYDAY BYMONTHDAY BYYEARDAY BYWEEKNO BYMONTH BYSETPOS WKST'.split(' ')

function checkParts(rrule: string | null, path: Path, problems: ProblemList): void {
  if (rrule === null) return
  for (const part of rrule.replace(/^RRULE:/i, '').split(';')) {
    const [name = '', value = ''] = part.toUpperCase().split('=')
    if (!PARTS.includes(name)) {
      problems.add(path, `unknown part "${part}": an RFC 5545 rule such as "FREQ=DAILY".${didYouMean(name, PARTS)}`)
    } else if (name === 'FREQ' && !FREQUENCIES.includes(value)) {
      problems.add(path, `FREQ=${value} must be one of ${FREQUENCIES.join(', ')}.${didYouMean(value, FREQUENCIES)}`)
    }
  }
}

/** So many times in a row are held against each other: a year of a weekly window. */
const LOOKED_AT = 60

function checkOccurrences(window: MaintenanceWindow, path: Path, problems: ProblemList): void {
  let last: Occurrence | null = null
  try {
    let left = LOOKED_AT
    for (const next of occurrencesOf(window, startOf(window))) {
      if (last !== null && next.from < last.until) {
        const longer = `lasts ${window.duration}, longer than until it comes round again (${iso(next.from)})`
        problems.add([...path, 'duration'], `${longer}: shorten it, or make the rule come round less often`)
        return
      }
      last = next
      left -= 1
      if (left === 0) return
    }
  } catch (error) {
    if (last !== null) return
    problems.add([...path, 'rrule'], `cannot be followed: ${error instanceof Error ? error.message : 'unknown'}`)
    return
  }
  if (last === null) problems.add([...path, 'rrule'], 'never comes round: not even once')
}

function startOf({ starts }: MaintenanceWindow): number {
  return Temporal.PlainDateTime.from(starts).toZonedDateTime('UTC').epochMilliseconds - 2 * 86_400_000
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function isZone(timeZone: string): boolean {
  try {
    Temporal.PlainDate.from('2026-01-01').toZonedDateTime(timeZone)
    return true
  } catch {
    return false
  }
}

function isLocal(local: string): boolean {
  try {
    Temporal.PlainDateTime.from(local, { overflow: 'reject' })
    return true
  } catch {
    return false
  }
}

function rowsOf(list: unknown): [number, Record<string, unknown>][] {
  const rows: unknown[] = Array.isArray(list) ? list : []
  return rows.flatMap((row, index) => (isObject(row) ? [[index, row]] : []))
}
