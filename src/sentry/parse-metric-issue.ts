import type { MetricReading } from '../signals/signal.ts'
import { measuresOf } from './parse-measures.ts'
import { firstOf, isObject, type JsonObject, toNumber, toText } from './payload-fields.ts'

/**
 * Sentry's webhooks name a monitor that has no legacy alert rule by its detector id plus this
 * (Sentry's source: incidents/endpoints/serializers/utils.py get_fake_id_from_object_id).
 */
const SYNTHETIC_ID_OFFSET = 10n ** 10n

/** Detector priorities (Sentry's source: workflow_engine/types.py DetectorPriorityLevel). */
const STATUS_BY_PRIORITY: Readonly<Record<number, MetricReading['status']>> = { 75: 'critical', 50: 'warning' }

/**
 * The reading inside a metric issue's occurrence: the monitor that opened it and, where its query was sent along, what it
 * measured. The rule's id is made as `metric_alert` makes its own, so that both notices of one breach name one monitor.
 */
export function metricIssueReading(occurrence: unknown): MetricReading | null {
  const evidence = either(occurrence, 'evidenceData', 'evidence_data')
  if (!isObject(occurrence) || !isObject(evidence)) return null
  const id = monitorId(either(evidence, 'alertId', 'alert_id'), either(evidence, 'detectorId', 'detector_id'))
  const query = queryOf(evidence)
  if (id === null && query === null) return null
  const minutes = minutesOf(either(query, 'timeWindow', 'time_window'))
  const aggregate = toText(either(query, 'aggregate', 'aggregate'))
  const filter = toText(either(query, 'query', 'query'))
  const condition = firstObject(either(evidence, 'conditions', 'conditions'))
  return {
    measures: measuresOf(aggregate, filter, minutes),
    aggregate,
    query: filter,
    status: statusOf(occurrence, condition),
    value: measuredValue(evidence.value),
    threshold: toNumber(either(condition, 'comparison', 'comparison')),
    direction: directionOf(toText(either(condition, 'type', 'type'))),
    windowMinutes: minutes,
    rule: { id, name: toText(either(occurrence, 'issueTitle', 'issue_title')) },
    identifier: null,
  }
}

function monitorId(alert: unknown, detector: unknown): string | null {
  const rule = toText(alert)
  if (rule !== null) return rule
  const id = toText(detector)
  return id !== null && /^\d{1,18}$/.test(id) ? String(BigInt(id) + SYNTHETIC_ID_OFFSET) : id
}

function either(object: unknown, camel: string, snake: string): unknown {
  return isObject(object) ? (object[camel] ?? object[snake]) : undefined
}

function firstObject(list: unknown): JsonObject | null {
  return Array.isArray(list) ? (list.find(isObject) ?? null) : null
}

function queryOf(evidence: JsonObject): JsonObject | null {
  const source = firstObject(either(evidence, 'dataSources', 'data_sources'))
  const query = either(either(source, 'queryObj', 'query_obj'), 'snubaQuery', 'snuba_query')
  return isObject(query) ? query : null
}

/** Seconds there, unlike in `metric_alert`. */
function minutesOf(seconds: unknown): number | null {
  const window = toNumber(seconds)
  return window === null || window <= 0 ? null : window / 60
}

/** A number, or an anomaly with the number inside. */
function measuredValue(value: unknown): number | null {
  return isObject(value) ? toNumber(value.value) : toNumber(value)
}

function statusOf(occurrence: JsonObject, condition: JsonObject | null): MetricReading['status'] {
  const priority = firstOf(
    toNumber(occurrence.priority),
    toNumber(either(condition, 'conditionResult', 'condition_result')),
  )
  const label = /^(critical|warning):/i.exec(toText(occurrence.subtitle) ?? '')?.[1]?.toLowerCase()
  return STATUS_BY_PRIORITY[priority ?? 0] ?? (label === 'critical' || label === 'warning' ? label : 'open')
}

function directionOf(condition: string | null): MetricReading['direction'] {
  if (condition === 'gt' || condition === 'gte') return 'above'
  return condition === 'lt' || condition === 'lte' ? 'below' : null
}
