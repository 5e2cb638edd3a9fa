import { hexId } from './envelope.ts'
import { float } from './serialize.ts'

export interface OccurrenceOptions {
  now: number
  /** Group type id: 4001 cron, 6001 feedback, 7001 uptime, 8001 metric issue. */
  type: 4001 | 6001 | 7001 | 8001
  title: string
  subtitle: string
  evidenceData?: object
  evidenceDisplay?: { name: string; value: string; important: boolean }[]
  priority?: 75 | 50
}

/** Issue-platform data, in the camelCase of webhooks. */
export function occurrence(options: OccurrenceOptions): object {
  const { now, type, title, subtitle, evidenceData = {}, evidenceDisplay = [], priority = 75 } = options
  const id = hexId('occurrence', title, now)
  return {
    id,
    projectId: 301,
    eventId: hexId('occurrence-event', title, now),
    fingerprint: [id],
    issueTitle: title,
    subtitle,
    resourceId: null,
    evidenceData,
    evidenceDisplay,
    type,
    detectionTime: float(Math.round(now / 1000)),
    level: 'error',
    culprit: '',
    priority,
  }
}

/** What a metric monitor leaves in the issue it opens: itself, its query, the value and the condition that held. */
export function metricEvidence(options: {
  /** Legacy alert rule id, which `metric_alert` names the monitor by; null: it names it by detector id plus 10^10. */
  alert: number | null
  detector: number
  aggregate: string
  query?: string
  /** Seconds here. */
  windowSeconds: number
  value: number
  condition: { type: 'gt' | 'lt'; comparison: number }
}): object {
  const { alert, detector, aggregate, query = '', windowSeconds, value, condition } = options
  const snubaQuery = {
    id: '5',
    dataset: 'events',
    query,
    aggregate,
    timeWindow: windowSeconds,
    environment: 'production',
  }
  return {
    detectorId: detector,
    alertId: alert,
    value,
    dataPacketSourceId: '31',
    conditions: [{ id: 4, ...condition, conditionResult: 75 }],
    config: { detectionType: 'static', comparisonDelta: null },
    dataSources: [{ id: '6', type: 'snuba_query_subscription', queryObj: { id: '31', status: 1, snubaQuery } }],
  }
}
