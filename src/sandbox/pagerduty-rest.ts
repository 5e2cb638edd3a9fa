import { z } from 'zod'
import { mergeReason, type StandInIncident, type StandInIncidents } from './pagerduty-incidents.ts'
import type { StandInAnswer } from './stand-in-fault.ts'

const statusSchema = z.object({
  incident: z.object({ type: z.literal('incident_reference'), status: z.enum(['acknowledged', 'resolved']) }),
})
const noteSchema = z.object({ note: z.object({ content: z.string().min(1) }) })

/** Of PagerDuty's REST API v2 what the service asks for (api-schema). `token` null: any is taken. */
export function answerPagerdutyRest(
  incidents: StandInIncidents,
  request: { method: string; url: URL; headers: Record<string, string | string[] | undefined>; body: unknown },
  token: string | null,
): StandInAnswer {
  const { method, url, headers, body } = request
  const sent = headers.authorization
  if (
    typeof sent !== 'string' ||
    !sent.startsWith('Token token=') ||
    (token !== null && sent !== `Token token=${token}`)
  )
    return failed(401, 2006, 'Unauthorized')
  const [, , id, below] = url.pathname.split('/')
  const found = incidents.all.find(incident => incident.id === id)
  if (method === 'GET' && id === undefined) return listed(incidents.all, url.searchParams)
  if (found === undefined) return failed(404, 2100, 'Not Found')
  if (method === 'GET' && below === undefined) return said(200, { incident: shown(found) })
  if (method === 'GET' && below === 'alerts')
    return said(200, { alerts: found.alerts.map(alert => alertOf(found, alert)) })
  if (typeof headers.from !== 'string') return failed(400, 2001, 'Invalid Input Provided: From header is required')
  const by = { id: 'PAPI001', type: 'user_reference', summary: headers.from }
  const status = statusSchema.safeParse(body)
  if (method === 'PUT' && below === undefined && status.success) {
    if (found.status === 'resolved') return failed(400, 1001, 'Incident Already Resolved')
    if (status.data.incident.status === 'resolved') incidents.resolve(found.id, by)
    else incidents.acknowledge(found.id, by)
    return said(200, { incident: shown(found) })
  }
  const note = noteSchema.safeParse(body)
  if (method === 'POST' && below === 'notes' && note.success) {
    incidents.annotate(found.id, note.data.note.content, by)
    return said(200, { note: { id: 'PNOTE01', content: note.data.note.content } })
  }
  return failed(400, 2001, 'Invalid Input Provided')
}

/** "Querying by incident key will return incidents whose alerts have alert_key matching" (api-schema, GET /incidents). */
function listed(all: readonly StandInIncident[], query: URLSearchParams): StandInAnswer {
  const key = query.get('incident_key')
  const statuses = query.getAll('statuses[]')
  const incidents = all
    .filter(incident => key === null || incident.alerts.some(alert => alert.dedupKey === key))
    .filter(({ status }) => statuses.length === 0 || statuses.includes(status))
    .map(shown)
  return said(200, { incidents, limit: 100, offset: 0, more: false })
}

function shown(incident: StandInIncident): object {
  return {
    id: incident.id,
    type: 'incident',
    incident_number: incident.number,
    title: incident.title,
    status: incident.status,
    incident_key: null,
    created_at: seconds(incident.createdAt),
    last_status_change_at: seconds(incident.changedAt),
    last_status_change_by: incident.changedBy,
    acknowledgements: incident.acknowledgements.map(({ at, by }) => ({ at: seconds(at), acknowledger: by })),
    assignments: incident.assignees.map(assignee => ({ at: seconds(incident.createdAt), assignee })),
    resolve_reason: mergeReason(incident),
  }
}

function alertOf({ id }: StandInIncident, alert: StandInIncident['alerts'][number]): object {
  const incident = { id, type: 'incident_reference' }
  const status = alert.status === 'resolved' ? 'resolved' : 'triggered'
  return { id: alert.id, type: 'alert', alert_key: alert.dedupKey, status, incident }
}

/** The REST API tells whole seconds. */
function seconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}

function said(status: number, body: object): StandInAnswer {
  return { status, body: JSON.stringify(body) }
}

function failed(status: number, code: number, message: string): StandInAnswer {
  return said(status, { error: { message, code } })
}
