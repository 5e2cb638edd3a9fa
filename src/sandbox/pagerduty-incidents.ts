import type { StandInAlert } from './pagerduty-stand-in.ts'
import type { StandInWebhooks } from './pagerduty-webhooks.ts'

export interface StandInReference {
  id: string
  type: string
  summary: string
}

/** An incident as people at PagerDuty see it; alerts belong to it, and may be moved to another by a merge. */
export interface StandInIncident {
  id: string
  number: number
  status: 'triggered' | 'acknowledged' | 'resolved'
  title: string
  alerts: StandInAlert[]
  createdAt: number
  changedAt: number
  changedBy: StandInReference
  acknowledgements: { at: number; by: StandInReference }[]
  assignees: StandInReference[]
  mergedInto: string | null
  notes: { at: number; by: StandInReference; content: string }[]
}

export interface StandInIncidents {
  all: StandInIncident[]
  get(id: string): StandInIncident
  /** The one that holds the newest alert with that dedup key. */
  of(dedupKey: string): StandInIncident
  open(alert: StandInAlert): StandInIncident
  /** By the Events API; `alert` is resolved by itself, its incident with its last. */
  acknowledgedByEvent(alert: StandInAlert): void
  resolvedByEvent(alert: StandInAlert): void
  /** What a person does there. */
  acknowledge(id: string, by?: StandInReference | null): void
  /** Left out: the service's acknowledgement timeout did. */
  unacknowledge(id: string, by?: StandInReference | null): void
  resolve(id: string, by?: StandInReference | null): void
  reopen(id: string, by?: StandInReference): void
  reassign(id: string, to: StandInReference, by?: StandInReference): void
  escalate(id: string, to: StandInReference): void
  annotate(id: string, content: string, by?: StandInReference): void
  prioritize(id: string, priority: string, by?: StandInReference): void
  /** The alerts of the first move to the second, and the first is resolved by that. */
  merge(from: string, into: string, by?: StandInReference): void
  clear(): void
}

export const STAND_IN_PERSON: StandInReference = { id: 'PADA001', type: 'user_reference', summary: 'Ada Lovelace' }
const SERVICE: StandInReference = { id: 'PSERV01', type: 'service_reference', summary: 'Checkout' }
const INTEGRATION: StandInReference = {
  ...{ id: 'PINTEG1', type: 'inbound_integration_reference', summary: 'Events API V2' },
}

/** Incidents over the stand-in's alerts; whatever happens to one is told as PagerDuty's webhooks tell it. */
export function createStandInIncidents(deps: {
  now(): number
  webhooks: StandInWebhooks
  /** An alert ended with its incident. */
  onClosed(alert: StandInAlert): void
  /** It was opened again with its incident. */
  onReopened(alert: StandInAlert): void
}): StandInIncidents {
  const all: StandInIncident[] = []
  let made = 0

  function get(id: string): StandInIncident {
    const found = all.find(incident => incident.id === id)
    if (found === undefined) throw new Error(`no incident ${id}`)
    return found
  }

  function change(incident: StandInIncident, status: StandInIncident['status'], by: StandInReference | null): void {
    incident.status = status
    incident.changedAt = deps.now()
    incident.changedBy = by ?? SERVICE
    if (status !== 'acknowledged') incident.acknowledgements = []
    else incident.acknowledgements.push({ at: incident.changedAt, by: by ?? SERVICE })
    for (const alert of incident.alerts) {
      const was = alert.status
      if (status === 'resolved') {
        alert.status = 'resolved'
        deps.onClosed(alert)
      } else if (was !== 'resolved') alert.status = status
    }
  }

  function tell(incident: StandInIncident, what: string, agent: StandInReference | null, data?: object): void {
    const url = incident.alerts[0]?.event.client_url
    const client = what === 'triggered' && url !== undefined ? { name: 'Tocsin', url } : null
    deps.webhooks.tell(`incident.${what}`, deps.now(), { agent, client, data: data ?? shown(incident) })
  }

  const changed = (id: string, status: StandInIncident['status'], what: string, by: StandInReference | null) => {
    change(get(id), status, by)
    tell(get(id), what, by)
  }

  const holding = (alert: StandInAlert) => all.find(incident => incident.alerts.includes(alert))

  return {
    all,
    get,
    of(dedupKey) {
      const found = all.toReversed().find(incident => incident.alerts.some(alert => alert.dedupKey === dedupKey))
      if (found === undefined) throw new Error(`no incident holds ${dedupKey}`)
      return found
    },
    open(alert) {
      made += 1
      const incident: StandInIncident = {
        id: `QSTANDIN${made}`,
        number: made,
        status: 'triggered',
        title: alert.event.payload?.summary ?? '',
        alerts: [alert],
        createdAt: deps.now(),
        changedAt: deps.now(),
        changedBy: INTEGRATION,
        acknowledgements: [],
        assignees: [STAND_IN_PERSON],
        mergedInto: null,
        notes: [],
      }
      all.push(incident)
      tell(incident, 'triggered', INTEGRATION)
      return incident
    },
    acknowledgedByEvent(alert) {
      const incident = holding(alert)
      if (incident?.status !== 'triggered') return
      changed(incident.id, 'acknowledged', 'acknowledged', INTEGRATION)
    },
    resolvedByEvent(alert) {
      const incident = holding(alert)
      if (incident === undefined || incident.status === 'resolved') return
      if (incident.alerts.some(one => one.status !== 'resolved')) return
      changed(incident.id, 'resolved', 'resolved', INTEGRATION)
    },
    acknowledge: (id, by = STAND_IN_PERSON) => changed(id, 'acknowledged', 'acknowledged', by),
    unacknowledge: (id, by = null) => changed(id, 'triggered', 'unacknowledged', by),
    resolve: (id, by = STAND_IN_PERSON) => changed(id, 'resolved', 'resolved', by),
    reopen(id, by = STAND_IN_PERSON) {
      for (const alert of get(id).alerts) {
        alert.status = 'triggered'
        deps.onReopened(alert)
      }
      changed(id, 'triggered', 'reopened', by)
    },
    reassign(id, to, by = STAND_IN_PERSON) {
      get(id).assignees = [to]
      tell(get(id), 'reassigned', by)
    },
    escalate(id, to) {
      get(id).assignees = [to]
      tell(get(id), 'escalated', null)
    },
    annotate(id, content, by = STAND_IN_PERSON) {
      get(id).notes.push({ at: deps.now(), by, content })
      const incident = { id, type: 'incident_reference', summary: get(id).title }
      tell(get(id), 'annotated', by, { incident, id: 'PNOTE01', content, trimmed: false, type: 'incident_note' })
    },
    prioritize(id, priority, by = STAND_IN_PERSON) {
      const reference = { id: 'PPRIO01', type: 'priority_reference', summary: priority }
      tell(get(id), 'priority_updated', by, { ...shown(get(id)), priority: reference })
    },
    merge(from, into, by = STAND_IN_PERSON) {
      const [source, target] = [get(from), get(into)]
      target.alerts.push(...source.alerts.splice(0))
      source.mergedInto = into
      changed(from, 'resolved', 'resolved', by)
    },
    clear() {
      all.length = 0
    },
  }
}

/** As webhooks show it: `incident_key` is null for what the Events API opened, and there are no alerts in it. */
function shown(incident: StandInIncident): object {
  return {
    id: incident.id,
    type: 'incident',
    number: incident.number,
    status: incident.status,
    incident_key: null,
    created_at: new Date(incident.createdAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    title: incident.title,
    service: SERVICE,
    assignees: incident.assignees,
    teams: [],
    priority: null,
    urgency: 'high',
    conference_bridge: null,
    resolve_reason: mergeReason(incident),
  }
}

export function mergeReason({ mergedInto }: StandInIncident): object | null {
  return mergedInto === null
    ? null
    : { type: 'merge_resolve_reason', incident: { id: mergedInto, type: 'incident_reference' } }
}
