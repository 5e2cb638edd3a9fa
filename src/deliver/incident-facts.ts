import type { Incident } from '../incidents/incident.ts'
import {
  crashFreeWords,
  frameWords,
  mainImpact,
  measuredWords,
  numberWords,
  ownerWords,
  rateWords,
} from './message-words.ts'

export interface Fact {
  label: string
  value: string
}

/** What a person wants to know first, most telling first; only what is known. Plain text, not cut. */
export function incidentFacts(incident: Incident): Fact[] {
  const impact = mainImpact(incident)
  const project = incident.projectImpact
  const facts: [string, string | null][] = [
    ['Users', impact === null ? null : impact.users === null ? 'unknown' : measuredWords(impact.users, 'user')],
    ['Crash-free', project === null ? null : project.crashFree.map(crashFreeWords).join('; ')],
    ['Unhandled', spikeWords(incident)],
    ['Events', impact?.events ? measuredWords(impact.events, 'event') : null],
    ['Rate', impact?.events ? rateWords(impact.events) : null],
    ['Core flow', coreFlowWords(incident)],
    ['Environment', incident.environment],
    ['Release', incident.release],
    ['Owner', ownerWords(incident.owner)],
    ['Archived', incident.archived > 1 ? `${incident.archived} times so far` : null],
    ['Culprit', incident.culprit ?? incident.transaction],
    ['Project', incident.project],
    ['Error class', incident.errorClass],
    ['Level', incident.level],
    ['Issue', incident.shortId ?? incident.issue],
    ['Frame', frameWords(incident.frame)],
  ]
  return facts.flatMap(([label, value]) => (value === null || value.trim() === '' ? [] : [{ label, value }]))
}

function spikeWords(incident: Incident): string | null {
  // Of a metric alert the alert's own number is the news, not the project's.
  const spike = incident.kind === 'metric' ? null : (incident.projectImpact?.unhandledPerMinute ?? null)
  return spike === null ? null : `${numberWords(spike.value)} exceptions in the worst minute`
}

function coreFlowWords(incident: Incident): string | null {
  if (incident.coreFlow === null) return null
  const impact = mainImpact(incident)
  const measured = impact?.flowUsers ?? impact?.flowEvents ?? null
  if (measured === null) return incident.coreFlow
  // One who is signed in must not hide the guests: their events are said beside the users.
  const guests = impact?.flowUsers ? (impact.flowAnonymous?.value ?? 0) : 0
  const more = guests > 0 ? `, and ${numberWords(guests)} ${guests === 1 ? 'event' : 'events'} without a user` : ''
  return `${incident.coreFlow}, ${measuredWords(measured, impact?.flowUsers ? 'user' : 'event')}${more}`
}
