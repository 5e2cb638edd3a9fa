import type { Severity } from '../classify/severity.ts'
import type { Incident } from '../incidents/incident.ts'
import type { CrashFree, IssueImpact, Measured } from '../measure/impact.ts'
import type { Person } from '../signals/signal.ts'

/** What every provider says in the same words. Plain text: each provider escapes and cuts it for itself. */

const WORD: Record<Severity, string> = { P0: 'critical', P1: 'major', P2: 'minor', P3: 'low' }
const SOURCE: Record<Measured['source'], string> = {
  windows: 'counted from error events',
  sentry: 'Sentry',
  webhook: 'from the webhook',
}

/** "P0 critical". */
export function severityWords(severity: Severity): string {
  return `${severity} ${WORD[severity]}`
}

/**
 * One line of well-formed text without control characters and without the bidirectional overrides that can make a
 * line read differently from what it says. Looks at no more than about `most` code points of a huge input.
 */
export function cleanText(text: string, most = 10_000): string {
  return text
    .slice(0, most * 4)
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}

/** At most `most` code points, the last one an ellipsis when something was cut. By code point: never half a character. */
export function truncate(text: string, most: number): string {
  const points = Array.from(text.slice(0, most * 2 + 2))
  return points.length <= most ? text : `${points.slice(0, most - 1).join('')}…`
}

const format = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 })
export function numberWords(value: number): string {
  return format.format(value)
}

function windowWords(seconds: number): string {
  if (seconds <= 0) return 'so far'
  if (seconds === 60) return 'in one minute'
  if (seconds === 3600) return 'in the last hour'
  if (seconds % 3600 === 0) return `in the last ${seconds / 3600} hours`
  if (seconds % 60 === 0) return `in the last ${seconds / 60} minutes`
  return `in the last ${numberWords(seconds)} seconds`
}

/** "320 users in the last hour (Sentry)"; "412 users in the last hour (counted from error events; Sentry says 398)". */
export function measuredWords(measured: Measured, one: string): string {
  const noun = measured.value === 1 ? one : `${one}s`
  const from = `${SOURCE[measured.source]}${alsoWords(measured)}`
  return `${numberWords(measured.value)} ${noun} ${windowWords(measured.windowSeconds)} (${from})`
}

/** "; Sentry says 398": the same as another source counted it. */
function alsoWords({ value, also }: Measured): string {
  if (also === undefined) return ''
  const said = also.value === value ? 'the same' : numberWords(also.value)
  return also.source === 'windows' ? `; ${said} counted from error events` : `; ${SAYS[also.source]} says ${said}`
}
const SAYS = { sentry: 'Sentry', webhook: 'the webhook' } as const

/** "3.3 events a minute"; null for a lifetime count, which has no rate. */
export function rateWords(events: Measured): string | null {
  if (events.windowSeconds <= 0) return null
  const perMinute = Math.round((events.value / (events.windowSeconds / 60)) * 10) / 10
  return `${numberWords(perMinute)} events a minute`
}

/** "Crash-free 90 % of 1,200 sessions", and of which release when it is about one. */
export function crashFreeWords(reading: CrashFree): string {
  const sample = reading.sessions === null ? '' : ` of ${numberWords(reading.sessions)} sessions`
  const release = reading.scope === 'release' && reading.release !== null ? ` of release ${reading.release}` : ''
  // Rounded down: a rate just below its threshold must not read as if it stood on it.
  const percent = numberWords(Math.floor(reading.percent * 100) / 100)
  return `Crash-free ${percent} %${sample}${release}`
}

/** "src/pay.ts:42 in charge"; null when nothing is known about it. */
export function frameWords(frame: Incident['frame']): string | null {
  if (frame === null || (frame.file === null && frame.function === null)) return null
  const place = frame.file === null ? null : frame.line === null ? frame.file : `${frame.file}:${frame.line}`
  return [place, frame.function === null ? null : `in ${frame.function}`].filter(part => part !== null).join(' ')
}

export function ownerWords(owner: Person | null): string {
  if (owner === null) return 'nobody yet'
  const name = owner.name ?? owner.id ?? 'unknown'
  return owner.type === 'team' ? `team ${name}` : name
}

/** The numbers that judged it: production's, else those of the incident's own environment, else the only ones there are. */
export function mainImpact(incident: Incident): IssueImpact | null {
  // An environment may be called `constructor`: only what was written there counts.
  const at = (name: string | null) =>
    name !== null && Object.hasOwn(incident.impact, name) ? incident.impact[name] : undefined
  return at('production') ?? at(incident.environment) ?? Object.values(incident.impact)[0] ?? null
}

/** The worst crash-free reading of a project incident. */
export function worstCrashFree(incident: Incident): CrashFree | null {
  const readings = incident.projectImpact?.crashFree ?? []
  return readings.reduce<CrashFree | null>(
    (worst, one) => (worst === null || one.percent < worst.percent ? one : worst),
    null,
  )
}

/** "Numbers missing: …"; null when the verdict stands on all it asked for. */
export function degradedWords(incident: Incident): string | null {
  if (!incident.verdict.degraded) return null
  const gaps = incident.verdict.gaps.length === 0 ? 'not said which' : incident.verdict.gaps.join('; ')
  return `Numbers missing: ${gaps}. It is judged again when they arrive.`
}

/** A verdict's reason where its severity is said already. */
export function withoutSeverity(reason: string): string {
  return reason.replace(/^P\d: /, '')
}
