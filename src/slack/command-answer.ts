import { type Severity, severitySchema } from '../classify/severity.ts'
import { whatHappened } from '../deliver/headline.ts'
import type { Incident } from '../incidents/incident.ts'
import { escaped, link } from './mrkdwn.ts'

/** What only the asking person sees. */
export interface CommandAnswer {
  response_type: 'ephemeral'
  text: string
}

const MOST_LISTED = 20
/** Slack may split a text beyond 4,000 characters. */
const MOST_TEXT = 3_600
const ORDER: readonly Severity[] = severitySchema.options

export const HELP: CommandAnswer = {
  response_type: 'ephemeral',
  text: [
    '*/tocsin* lists the open incidents: severity, what, since when, who answers.',
    '*/tocsin help* says this.',
    'Everything else is under the posts: acknowledge, resolve, silence, assign, escalate, mark as noise.',
  ].join('\n'),
}

/** The open incidents, the most severe and among them the oldest first. `now`: ms. */
export function listOpen(open: readonly Incident[], now: number, incidentUrl: (id: string) => string): CommandAnswer {
  if (open.length === 0) return { response_type: 'ephemeral', text: '✅ Nothing is open.' }
  const sorted = open.toSorted(
    (a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || a.openedAt - b.openedAt,
  )
  const lines = [`*${open.length} open incident${open.length === 1 ? '' : 's'}*`]
  let left = MOST_TEXT
  for (const incident of sorted.slice(0, MOST_LISTED)) {
    const line = lineOf(incident, now, incidentUrl(incident.id))
    if (line.length > left) break
    left -= line.length + 1
    lines.push(line)
  }
  const more = open.length - (lines.length - 1)
  if (more > 0) lines.push(`… and ${more} more`)
  return { response_type: 'ephemeral', text: lines.join('\n') }
}

function lineOf(incident: Incident, now: number, url: string): string {
  const project = incident.project === null ? '' : `${escaped(incident.project, 60)}: `
  const answers =
    incident.acknowledgedBy === null ? 'nobody answers yet' : `${escaped(incident.acknowledgedBy.name, 60)} answers`
  const quiet = incident.silenced !== null || incident.muted !== null ? ' · 🔕' : ''
  return `*${incident.severity}* ${project}${link(url, whatHappened(incident), 300)} · ${ageWords(now - incident.openedAt)} · ${answers}${quiet}`
}

/** "3 min", "2 h 5 min", "4 d". */
function ageWords(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d`
}
