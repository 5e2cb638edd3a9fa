import { incidentFacts } from '../deliver/incident-facts.ts'
import { cleanText, degradedWords, numberWords, severityWords, truncate } from '../deliver/message-words.ts'
import type { Notification } from '../deliver/notification.ts'
import type { Incident, Suspect } from '../incidents/incident.ts'

const MOST_TEXT = 2_000
const MOST_LINES = 50

/** `custom_details`: what PagerDuty shows under the alert. Each text is bounded; the sum is bounded by the caller. */
export function eventDetails(
  incident: Incident,
  notification: Notification,
  incidentUrl: string | null,
): Record<string, unknown> {
  const { verdict } = incident
  const details: Record<string, unknown> = {
    severity: severityWords(incident.severity),
    why: text(verdict.reason),
    evidence: lines(verdict.evidence.map(one => one.says)),
    rule: text(verdict.cap === null ? verdict.rule : `${verdict.rule}, held down by ${verdict.cap}`),
  }
  for (const fact of incidentFacts(incident)) details[key(fact.label)] = text(fact.value)
  const { storm } = incident
  if (storm !== null) details.storm = text(`it speaks for ${storm.members} more ${storm.common}`)
  if (incident.suspects.length > 0) details.suspects = lines(incident.suspects.map(suspectWords))
  const degraded = degradedWords(incident)
  if (degraded !== null) details.degraded = text(degraded)
  if (notification.kind === 'fallback') details.told_here_because = text(notification.reason)
  details.incident = incident.id
  details.generation = incident.generation
  if (incidentUrl !== null) details.incident_url = text(incidentUrl)
  const tags = Object.entries(incident.tags).slice(0, MOST_LINES)
  if (tags.length > 0) details.tags = Object.fromEntries(tags.map(([name, value]) => [text(name), text(value)]))
  return details
}

function suspectWords(suspect: Suspect): string {
  const numbers = [
    suspect.events === null ? null : `${numberWords(suspect.events)} events`,
    suspect.users === null ? null : `${numberWords(suspect.users)} users`,
    suspect.coreFlow === null ? null : `core flow ${suspect.coreFlow}`,
  ].filter(part => part !== null)
  return [suspect.title, numbers.join(', '), suspect.link ?? ''].filter(part => part !== '').join(' - ')
}

function key(label: string): string {
  return label.toLowerCase().replaceAll(/[^a-z]+/g, '_')
}

function text(value: string): string {
  return truncate(cleanText(value, MOST_TEXT), MOST_TEXT)
}

function lines(values: string[]): string[] {
  const shown = values.slice(0, MOST_LINES).map(text)
  return values.length > MOST_LINES ? [...shown, `and ${values.length - MOST_LINES} more`] : shown
}
