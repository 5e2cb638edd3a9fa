import type { Severity } from '../classify/severity.ts'
import { headline, whatHappened } from '../deliver/headline.ts'
import { incidentFacts } from '../deliver/incident-facts.ts'
import { degradedWords, frameWords, numberWords, severityWords, withoutSeverity } from '../deliver/message-words.ts'
import type { Notification } from '../deliver/notification.ts'
import type { Incident, Suspect } from '../incidents/incident.ts'
import { type ActionsBlock, buttonsFor } from './buttons.ts'
import { code, escaped, link, moment, plain } from './mrkdwn.ts'

/** The blocks used here; Slack knows more. */
export type SlackBlock =
  | { type: 'header'; text: { type: 'plain_text'; text: string; emoji: boolean } }
  | { type: 'section'; text: Mrkdwn }
  | { type: 'section'; fields: Mrkdwn[] }
  | { type: 'context'; elements: Mrkdwn[] }
  | ActionsBlock
interface Mrkdwn {
  type: 'mrkdwn'
  text: string
}

export interface SlackMessage {
  /** For notifications and screen readers; Slack warns when it is missing. */
  text: string
  blocks: SlackBlock[]
}

const SIGN: Record<Severity, string> = { P0: '🔴', P1: '🟠', P2: '🟡', P3: '⚪' }

/**
 * Room for each part, in characters as sent. Slack allows 150 in a header, 3,000 in a section, 2,000 in each of 10
 * fields, 50 blocks (@slack/types); and refuses a message whose blocks together exceed a cap that it does not document,
 * somewhere above 9,600 (slackapi/bolt-js #2509, #2867). These add up to less than 9,000 whatever the alert says.
 */
const ROOM = { header: 150, mention: 150, title: 700, frame: 300, field: 190, suspects: 1_400, reason: 600 }
const MORE_ROOM = { evidence: 150, gaps: 400, note: 300, mark: 160, link: 420, status: 500, text: 600 }
const MOST_FIELDS = 10
const MOST_REPLY = 3_000
const MOST_EVIDENCE = 6

/** What a channel reads about an incident as it is now. `mention` is ready-made markup, '' for nobody. */
export function layoutMessage(input: {
  incident: Incident
  notification: Pick<Notification, 'kind' | 'reason' | 'destination'>
  mention: string
  incidentUrl: string | null
  /** Whether what is pressed would reach us. */
  buttons: boolean
}): SlackMessage {
  const { incident, notification, mention, incidentUrl } = input
  const resolved = incident.status === 'resolved'
  const sign = resolved ? '✅ Resolved:' : SIGN[incident.severity]
  const head = plain(`${sign} ${severityWords(incident.severity)}: ${whatHappened(incident)}`, ROOM.header)
  const blocks: (SlackBlock | null)[] = [
    { type: 'header', text: { type: 'plain_text', text: head, emoji: false } },
    section([mention, titleLine(incident, resolved), frameLine(incident)]),
    fields(incident),
    section(suspectLines(incident)),
    section(whyLines(incident)),
    context(notes(incident, notification)),
    section([linkLine(incident, incidentUrl)]),
    input.buttons ? buttonsFor(incident, notification.destination) : null,
    context([statusLine(incident)]),
  ]
  const text = [sign, mention, escaped(headline(incident), MORE_ROOM.text)].filter(part => part !== '').join(' ')
  return { text, blocks: blocks.filter(block => block !== null) }
}

/** A line in a post's thread: the timeline as it goes on. */
export function layoutReply({ reason }: Pick<Notification, 'reason'>, mention: string): { text: string } {
  const said = escaped(reason, MOST_REPLY) || 'something changed'
  return { text: mention === '' ? said : `${mention} ${said}` }
}

/** A post about no incident of its own. */
export function layoutNotice({ reason }: Pick<Notification, 'reason'>): SlackMessage {
  const text = escaped(reason, MOST_REPLY - 100) || 'something is to be known'
  return { text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] }
}

/** A post that asks nothing of anybody. */
export function layoutTest(destination: string): SlackMessage {
  const text = `🔔 Tocsin can post here (destination ${escaped(destination, 80)}). This is a test: nothing is wrong.`
  return { text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] }
}

function section(lines: string[]): SlackBlock | null {
  const text = lines.filter(line => line !== '').join('\n')
  return text === '' ? null : { type: 'section', text: { type: 'mrkdwn', text } }
}

function context(lines: string[]): SlackBlock | null {
  const elements = lines.filter(line => line !== '').map(text => ({ type: 'mrkdwn' as const, text }))
  return elements.length === 0 ? null : { type: 'context', elements }
}

function titleLine(incident: Incident, resolved: boolean): string {
  const titled = link(incident.links.sentry, whatHappened(incident), ROOM.title)
  if (titled === '') return ''
  return resolved ? `~${titled}~` : `*${titled}*`
}

function frameLine(incident: Incident): string {
  const frame = frameWords(incident.frame)
  return frame === null ? '' : code(frame, ROOM.frame)
}

function fields(incident: Incident): SlackBlock | null {
  // The frame and the title line have said these.
  const shown = incidentFacts(incident).filter(fact => fact.label !== 'Frame' && fact.label !== 'Issue')
  const texts = shown.slice(0, MOST_FIELDS).flatMap(fact => {
    const value = escaped(fact.value, ROOM.field - fact.label.length - 4)
    return value === '' ? [] : [{ type: 'mrkdwn' as const, text: `*${fact.label}*\n${value}` }]
  })
  return texts.length === 0 ? null : { type: 'section', fields: texts }
}

/** Of a project: the issues behind it; of a source: what its webhooks did not tell. */
function suspectLines({ kind, suspects, storm }: Incident): string[] {
  if (suspects.length === 0) return []
  const named = storm === null ? (kind === 'source' ? 'Missed' : 'Suspects') : 'One storm with this'
  const count = Math.max(suspects.length, storm?.members ?? 0)
  const lines = [`*${named}*, largest first (${count}):`]
  let left = ROOM.suspects - 100
  for (const [index, suspect] of suspects.entries()) {
    const line = suspectLine(suspect)
    if (line.length + 1 > left) {
      lines.push(`… and ${count - index} more`)
      break
    }
    left -= line.length + 1
    lines.push(line)
  }
  return lines
}

function suspectLine(suspect: Suspect): string {
  const numbers = [
    suspect.events === null ? '' : `${numberWords(suspect.events)} events`,
    suspect.users === null ? '' : `${numberWords(suspect.users)} users`,
    suspect.coreFlow === null ? '' : `core flow ${escaped(suspect.coreFlow, 63)}`,
  ].filter(part => part !== '')
  const said = numbers.length === 0 ? '' : ` (${numbers.join(', ')})`
  return `• ${link(suspect.link, suspect.title || suspect.issue, 400)}${said}`
}

function whyLines(incident: Incident): string[] {
  const { verdict, severity } = incident
  // A severity can be older than the newest verdict: a machine never lowers an open incident.
  const judged =
    verdict.severity === severity ? '' : ` (now measured as ${verdict.severity}; it is not lowered while open)`
  const evidence = verdict.evidence.slice(0, MOST_EVIDENCE).map(one => escaped(one.says, MORE_ROOM.evidence))
  return [
    `*Why ${severity}:* ${escaped(withoutSeverity(verdict.reason), ROOM.reason)}${judged}`,
    ...evidence.filter(says => says !== '').map(says => `• ${says}`),
  ]
}

function notes(incident: Incident, notification: Pick<Notification, 'kind' | 'reason'>): string[] {
  const { muted, quiet, silenced, pinned, workaround, noise } = incident
  const degraded = degradedWords(incident)
  const mark = (sign: string, text: string) => `${sign} ${escaped(text, MORE_ROOM.mark)}`
  return [
    degraded === null ? '' : `⚠️ ${escaped(degraded, MORE_ROOM.gaps)}`,
    muted === null ? '' : `🔕 ${escaped(`Muted by ${muted.by}: ${muted.reason}`, MORE_ROOM.note)}`,
    quiet === null ? '' : `🔇 ${escaped(`Incident ${quiet.speaker} speaks for it: ${quiet.reason}`, MORE_ROOM.note)}`,
    silenced === null
      ? ''
      : `${mark('🔕', `Silenced by ${silenced.by}: ${silenced.reason}`)} (until ${moment(silenced.until)})`,
    pinned === null ? '' : mark('📌', `${pinned.severity} set by ${pinned.by}: ${pinned.reason}`),
    workaround === null ? '' : mark('🩹', `Workaround (${workaround.by}): ${workaround.text}`),
    noise === null
      ? ''
      : mark('🗑️', `Noise (${noise.by}): ${noise.label}${noise.note === null ? '' : `, ${noise.note}`}`),
    notification.kind === 'fallback' ? `↪️ ${escaped(`Told here instead: ${notification.reason}`, MORE_ROOM.note)}` : '',
  ]
}

function linkLine(incident: Incident, incidentUrl: string | null): string {
  const all: [string | null, string][] = [
    [incident.links.sentry, 'Issue in Sentry'],
    [incident.links.replay, 'Session replay'],
    [incidentUrl, `Incident ${incident.id}`],
  ]
  return all
    .map(([url, label]) => link(url, label, MORE_ROOM.link))
    .filter(shown => shown.startsWith('<'))
    .join('  ·  ')
}

function statusLine(incident: Incident): string {
  const parts = [`*${incident.status}*`, `opened ${moment(incident.openedAt)}`]
  if (incident.acknowledgedAt !== null) {
    const by = incident.acknowledgedBy === null ? '' : ` by ${escaped(incident.acknowledgedBy.name, 80)}`
    parts.push(`acknowledged ${moment(incident.acknowledgedAt)}${by}`)
  }
  if (incident.resolvedAt !== null) {
    const by = incident.resolvedBy === null ? '' : ` by ${escaped(incident.resolvedBy, 80)}`
    const release = releaseWords(incident.resolvedInRelease)
    parts.push(`resolved ${moment(incident.resolvedAt)}${by}${release}`)
  }
  parts.push(`${numberWords(incident.signals)} signal${incident.signals === 1 ? '' : 's'}`)
  if (incident.feedback > 0) parts.push(`${numberWords(incident.feedback)} user reports`)
  if (incident.archived > 1) parts.push(`archived ${numberWords(incident.archived)} times`)
  return parts.join(' · ')
}

function releaseWords(resolvedIn: string | null): string {
  if (resolvedIn === null) return ''
  return resolvedIn === 'next' ? ' in the next release' : ` in release ${escaped(resolvedIn, 80)}`
}
