import { z } from 'zod'
import type { Clock } from '../platform/clock.ts'
import { createApiRequest, type PagerdutyApiAnswer } from './api-request.ts'
import { agentOf, type PagerdutyAgent } from './word.ts'

/** An incident at PagerDuty as its REST API shows it. Times in ms. */
export interface SeenIncident {
  id: string
  status: 'triggered' | 'acknowledged' | 'resolved'
  createdAt: number
  changedAt: number
  changedBy: PagerdutyAgent
  /** Who acknowledged last, of those who still do; null: nobody. */
  acknowledged: { by: PagerdutyAgent; at: number } | null
  mergedInto: string | null
}

export interface SeenAlert {
  id: string
  dedupKey: string | null
  status: string
}

export interface PagerdutyApi {
  /** Writing needs PAGERDUTY_FROM, the e-mail address of a user. */
  canWrite: boolean
  /** Every incident that holds an alert with that dedup key, newest first; resolved ones, too. */
  incidentsWith(dedupKey: string): Promise<PagerdutyApiAnswer<SeenIncident[]>>
  alertsOf(incident: string): Promise<PagerdutyApiAnswer<SeenAlert[]>>
  setStatus(incident: string, status: 'acknowledged' | 'resolved'): Promise<PagerdutyApiAnswer<null>>
}

const reference = z.object({ id: z.string().nullish(), type: z.string().nullish(), summary: z.string().nullish() })
const time = z.string().transform(text => Date.parse(text))

const incidentSchema = z.object({
  id: z.string(),
  status: z.enum(['triggered', 'acknowledged', 'resolved']),
  created_at: time,
  last_status_change_at: z.string().nullish(),
  last_status_change_by: reference.nullish(),
  acknowledgements: z.array(z.object({ at: time, acknowledger: reference.nullish() })).nullish(),
  resolve_reason: z.object({ type: z.string().nullish(), incident: reference.nullish() }).nullish(),
})
const incidentsSchema = z.object({ incidents: z.array(incidentSchema) })
const alertsSchema = z.object({
  alerts: z.array(z.object({ id: z.string(), alert_key: z.string().nullish(), status: z.string() })),
})

/** Most on one page, as documented; nothing of ours has more. */
const PAGE = '100'

/** PagerDuty's REST API v2, as far as it is needed. Answers never throw and never carry the token. */
export function createPagerdutyApi(options: {
  url: string
  token: string
  from: string | null
  timeoutMs: number
  clock: Clock
}): PagerdutyApi {
  const ask = createApiRequest(options)
  return {
    canWrite: options.from !== null,
    async incidentsWith(dedupKey) {
      // "Querying by incident key will return incidents whose alerts have alert_key matching" (api-schema, GET /incidents).
      const query = new URLSearchParams({ incident_key: dedupKey, date_range: 'all', limit: PAGE })
      for (const status of ['triggered', 'acknowledged', 'resolved']) query.append('statuses[]', status)
      const answer = await ask('GET', `/incidents?${query}`, incidentsSchema)
      if (!answer.ok) return answer
      const seen = answer.value.incidents.map(seenIncident)
      return { ok: true, value: seen.toSorted((a, b) => b.createdAt - a.createdAt) }
    },
    async alertsOf(incident) {
      const answer = await ask('GET', `/incidents/${encodeURIComponent(incident)}/alerts?limit=${PAGE}`, alertsSchema)
      if (!answer.ok) return answer
      const value = answer.value.alerts.map(({ id, alert_key, status }) => ({
        id,
        dedupKey: alert_key ?? null,
        status,
      }))
      return { ok: true, value }
    },
    async setStatus(incident, status) {
      const body = { incident: { type: 'incident_reference', status } }
      const answer = await ask('PUT', `/incidents/${encodeURIComponent(incident)}`, z.unknown(), body)
      return answer.ok ? { ok: true, value: null } : answer
    },
  }
}

function seenIncident(found: z.infer<typeof incidentSchema>): SeenIncident {
  const acknowledged = found.acknowledgements?.at(-1)
  const changedAt = Date.parse(found.last_status_change_at ?? '')
  const merged = /^merge_resolve_reason/.test(found.resolve_reason?.type ?? '')
  return {
    id: found.id,
    status: found.status,
    createdAt: found.created_at,
    changedAt: Number.isNaN(changedAt) ? found.created_at : changedAt,
    changedBy: agentOf(found.last_status_change_by),
    acknowledged: acknowledged === undefined ? null : { by: agentOf(acknowledged.acknowledger), at: acknowledged.at },
    mergedInto: merged ? (found.resolve_reason?.incident?.id ?? null) : null,
  }
}
