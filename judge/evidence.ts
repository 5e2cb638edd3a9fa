import { moreSevere, type Severity } from '../src/classify/severity.ts'
import type { Incident } from '../src/incidents/incident.ts'
import { pagerdutyDedupKey } from '../src/pagerduty/dedup-key.ts'
import type { Happened } from './assess.ts'

/** When somebody was paged for it, over all its lives; ms, oldest first. */
export function pagesOf({ key, generation }: Incident, { pages }: Happened): number[] {
  const keys = Array.from({ length: generation }, (_, n) => pagerdutyDedupKey({ key, generation: n + 1 }))
  return pages.filter(page => keys.includes(page.dedupKey)).map(page => page.at)
}

export function worstOf(incidents: readonly Incident[]): Severity | 'none' {
  return incidents.reduce<Severity | 'none'>(
    (worst, { severity }) => (worst === 'none' || moreSevere(severity, worst) ? severity : worst),
    'none',
  )
}

/** When it was said to be that severe, or more. */
export function becameAt(incident: Incident, severity: Severity, { timelines }: Happened): number[] {
  return (timelines.get(incident.id) ?? [])
    .filter(entry => ['opened', 'raised', 'reopened'].includes(entry.what))
    .filter(entry => entry.severity !== null && !moreSevere(severity, entry.severity))
    .map(entry => entry.at)
}

const MOST_INCIDENTS = 3
const MOST_ENTRIES = 6

/** The most severe incidents: what was judged and why, what then happened. `zero` null: not of any scenario. */
export function evidenceOf(zero: number | null, incidents: readonly Incident[], happened: Happened): string[] {
  const when = (at: number) =>
    zero === null ? new Date(at).toISOString() : `minute ${((at - zero) / 60_000).toFixed(1)}`
  const bySeverity = [...incidents].sort((a, b) => (a.severity < b.severity ? -1 : 1))
  const lines = bySeverity.slice(0, MOST_INCIDENTS).flatMap(incident => {
    const { id, kind, severity, status, title, verdict, quiet } = incident
    const held = quiet === null ? '' : `, quiet: ${quiet.speaker} speaks (${quiet.reason})`
    const entries = (happened.timelines.get(id) ?? [])
      .filter(entry => entry.what !== 'attached' && entry.what !== 'judged')
      .slice(-MOST_ENTRIES)
      .map(entry => `      ${when(entry.at)} ${entry.what}: ${entry.reason}`)
    const pages = pagesOf(incident, happened).map(at => `      ${when(at)} page`)
    return [`    ${id} ${kind} ${severity} ${status}${held} "${title}": ${verdict.reason}`, ...entries, ...pages]
  })
  const more = incidents.length - MOST_INCIDENTS
  return more > 0 ? [...lines, `    and ${more} more`] : lines
}
