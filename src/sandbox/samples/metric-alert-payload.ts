import { envelope, isoTime, SENTRY } from './envelope.ts'
import { float } from './serialize.ts'

export interface MetricAlertOptions {
  now: number
  action: 'critical' | 'warning' | 'resolved' | 'open'
  rule: string
  name: string
  aggregate: string
  query?: string
  /** Minutes. */
  window: number
  /** What Sentry writes before " in the last …", e.g. "91.2% sessions crash free rate". */
  said: string
  direction: 'above' | 'below'
  critical: number
  warning?: number
  project?: string
  environment?: string | null
  /** Names this life of the alert. */
  identifier?: string
  settings?: { name: string; value: string }[]
}

export const CRASH_FREE_SESSIONS = 'percentage(sessions_crashed, sessions) AS _crash_rate_alert_aggregate'
const STATUS = { critical: 20, warning: 10, resolved: 2, open: 1 }
const TITLES = { critical: 'Critical', warning: 'Warning', resolved: 'Resolved', open: 'Open' }

/** `metric_alert.<action>`: snake case, the window in minutes as a float, the measured value only in prose. */
export function metricAlert(options: MetricAlertOptions): object {
  const { now, action, rule, name, aggregate, window, direction, project = 'web-shop' } = options
  const { identifier = '57', environment = 'production', query = '' } = options
  const triggers = [
    trigger('critical', options.critical, options),
    ...(options.warning === undefined ? [] : [trigger('warning', options.warning, options)]),
  ]
  const alertRule = {
    id: rule,
    name,
    organization_id: '9',
    status: 0,
    query,
    aggregate,
    dataset: aggregate === CRASH_FREE_SESSIONS ? 'metrics' : 'events',
    query_type: aggregate === CRASH_FREE_SESSIONS ? 2 : 0,
    time_window: float(window),
    resolution: float(1),
    environment,
    threshold_type: direction === 'above' ? 0 : 1,
    resolve_threshold: null,
    threshold_period: 1,
    comparison_delta: null,
    owner: 'team:12',
    detection_type: 'static',
    projects: [project],
    triggers,
  }
  const alert = {
    id: identifier,
    identifier,
    organization_id: '9',
    projects: [project],
    alert_rule: alertRule,
    activities: null,
    status: STATUS[action],
    status_method: 3,
    type: 2,
    title: name,
    date_started: isoTime(now - 120_000),
    date_detected: isoTime(now - 60_000),
    date_created: isoTime(now - 60_000),
    date_closed: action === 'resolved' ? isoTime(now) : null,
  }
  return envelope(action, {
    metric_alert: alert,
    description_text: `${options.said} in the last ${window === 1 ? 'minute' : `${window} minutes`}`,
    description_title: `${TITLES[action]}: ${name}`,
    web_url: `${SENTRY}/alerts/rules/details/${rule}/?alert=${identifier}&referrer=metric_alert_sentry_app`,
  })
}

function trigger(label: string, threshold: number, options: MetricAlertOptions): object {
  const settings = options.settings ?? []
  return {
    id: label === 'critical' ? '71' : '72',
    alert_rule_id: options.rule,
    label,
    alert_threshold: float(threshold),
    resolve_threshold: null,
    threshold_type: options.direction === 'above' ? 0 : 1,
    actions: settings.length === 0 ? [] : [{ type: 'sentry_app', sentry_app_id: 12, settings }],
  }
}
