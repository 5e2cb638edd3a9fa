import type { Severity } from '../classify/severity.ts'
import { headline } from '../deliver/headline.ts'
import { cleanText, severityWords, truncate } from '../deliver/message-words.ts'
import type { Notification } from '../deliver/notification.ts'
import type { Incident } from '../incidents/incident.ts'
import { eventDetails } from './event-details.ts'

/** An alert event of the Events API v2, as sent (developer-docs events-API-v2/02-Trigger-Events). */
export interface PagerdutyEvent {
  routing_key: string
  event_action: 'trigger' | 'acknowledge' | 'resolve'
  dedup_key: string
  payload?: {
    summary: string
    source: string
    severity: 'critical' | 'error' | 'warning' | 'info'
    timestamp?: string
    component?: string
    group?: string
    class?: string
    custom_details?: Record<string, unknown>
  }
  client?: string
  client_url?: string
  links?: { href: string; text: string }[]
}

const SEVERITY = { P0: 'critical', P1: 'error', P2: 'warning', P3: 'info' } as const satisfies Record<Severity, string>

/** Documented: 1024 characters. Alertmanager counts code points and cuts to exactly that many. */
export const MOST_SUMMARY = 1024
/** Documented: 512 KB. Alertmanager and Grafana take the smaller reading, 512,000 bytes. */
export const MOST_BYTES = 512_000
/** No limit is documented for source, component, group and class; nothing useful is longer. */
const MOST_FIELD = 255
const MOST_LINK = 2_000

/** The event that pages for an incident as it is now. `incidentUrl` null: without a link back. */
export function triggerEvent(input: {
  incident: Incident
  notification: Notification
  routingKey: string
  dedupKey: string
  incidentUrl: string | null
}): PagerdutyEvent {
  const { incident, incidentUrl } = input
  const event: PagerdutyEvent = {
    routing_key: input.routingKey,
    event_action: 'trigger',
    dedup_key: input.dedupKey,
    payload: {
      summary: truncate(headline(incident), MOST_SUMMARY),
      source: field(incident.project) ?? 'sentry',
      severity: SEVERITY[incident.severity],
      timestamp: new Date(incident.openedAt).toISOString(),
      ...named('component', field(incident.project)),
      ...named('group', field(incident.environment)),
      ...named('class', field(incident.errorClass)),
      custom_details: eventDetails(incident, input.notification, incidentUrl),
    },
    client: 'Tocsin',
    // A webhook of the incident carries client.url back: it is how the two are matched later.
    ...(isLink(incidentUrl) ? { client_url: incidentUrl } : {}),
    links: links(incident, incidentUrl),
  }
  return withinSize(event)
}

/** A page that asks nothing of anybody: sent by hand to see whether it arrives. */
export function testEvent(input: { notification: Notification; routingKey: string; dedupKey: string }): PagerdutyEvent {
  return {
    routing_key: input.routingKey,
    event_action: 'trigger',
    dedup_key: input.dedupKey,
    payload: {
      summary: `[test] Tocsin can reach this PagerDuty service. Nothing is wrong; it resolves itself.`,
      source: 'tocsin',
      severity: SEVERITY[input.notification.severity],
      custom_details: {
        destination: input.notification.destination,
        notification: input.notification.id,
        severity: severityWords(input.notification.severity),
      },
    },
    client: 'Tocsin',
  }
}

/** Closes the alert with that key. Harmless when none is open: PagerDuty drops it. */
export function resolveEvent(routingKey: string, dedupKey: string): PagerdutyEvent {
  return { routing_key: routingKey, event_action: 'resolve', dedup_key: dedupKey }
}

/** Says that somebody answers for it: PagerDuty stops calling people. Harmless when nothing is open: it is dropped. */
export function acknowledgeEvent(routingKey: string, dedupKey: string): PagerdutyEvent {
  return { routing_key: routingKey, event_action: 'acknowledge', dedup_key: dedupKey }
}

function field(text: string | null): string | null {
  const clean = text === null ? '' : truncate(cleanText(text, MOST_FIELD * 2), MOST_FIELD)
  return clean === '' ? null : clean
}

function named<K extends string>(key: K, value: string | null): { [key in K]?: string } {
  return value === null ? {} : ({ [key]: value } as { [key in K]?: string })
}

function isLink(url: string | null): url is string {
  return url !== null && url.length <= MOST_LINK && /^https?:\/\//i.test(url) && URL.canParse(url)
}

function links(incident: Incident, incidentUrl: string | null): { href: string; text: string }[] {
  const all: [string | null, string][] = [
    [incident.links.sentry, 'Issue in Sentry'],
    [incident.links.event, 'Event in Sentry'],
    [incident.links.replay, 'Session replay'],
    [incidentUrl, 'Incident in Tocsin'],
  ]
  return all.flatMap(([href, text]) => (isLink(href) ? [{ href, text }] : []))
}

/** As Alertmanager does: when the whole event is too large, the details go and a note says so. */
function withinSize(event: PagerdutyEvent): PagerdutyEvent {
  if (event.payload === undefined || Buffer.byteLength(JSON.stringify(event)) <= MOST_BYTES) return event
  const note = 'The details were left out: with them the event exceeds the 512 KB that PagerDuty takes.'
  return { ...event, payload: { ...event.payload, custom_details: { note } } }
}
