import { isOurSetting } from '../signals/chosen.ts'
import { maskText } from '../signals/mask.ts'
import { NO_FACTS } from '../signals/no-facts.ts'
import type { Facts, MetricReading, Subject } from '../signals/signal.ts'
import { measuresOf, windowMinutes } from './parse-measures.ts'
import { valueInText } from './parse-metric-text.ts'
import { toSettings } from './parse-person.ts'
import type { Reading } from './parse-reading.ts'
import { firstOf, toText } from './payload-fields.ts'
import { organizationSlug } from './payload-links.ts'
import { type MetricAlertPayload, metricAlertShape } from './payload-shapes.ts'

type Alert = NonNullable<MetricAlertPayload['metric_alert']>
type Rule = NonNullable<Alert['alert_rule']>

const INTENTS = { critical: 'alert', warning: 'alert', open: 'alert', resolved: 'resolve' } as const
const DIRECTIONS = ['above', 'below'] as const

/** `metric_alert.{critical,warning,open,resolved}`; null when nothing in it names the alert. Other actions carry no alert. */
export function parseMetricAlert(data: unknown, action: string): Reading | null {
  const payload = metricAlertShape.parse(data)
  const alert = payload.metric_alert
  if (alert === null || namesNothing(alert)) return null
  const status = Object.hasOwn(INTENTS, action) ? (action as keyof typeof INTENTS) : null
  const metric = toReading(payload, alert, status ?? 'open')
  const facts = toFacts(payload, alert, metric)
  return {
    intent: status === null ? 'nothing' : INTENTS[status],
    subject: metricSubject(metric, facts.project),
    facts,
    metric: status === null ? null : metric,
    settings: settingsOf(alert.alert_rule, action),
    lifecycleAt: firstOf(action === 'resolved' ? alert.date_closed : null, alert.date_started, alert.date_detected),
  }
}

function namesNothing(alert: Alert): boolean {
  return firstOf(alert.alert_rule?.id, alert.alert_rule?.name, alert.identifier, alert.id, alert.title) === null
}

/** Crash-free and spike are facts about a project; any other monitor is its own problem. */
export function metricSubject(metric: MetricReading, project: string | null): Subject {
  const aboutProject = /^(?:crash-free|unhandled)/.test(metric.measures)
  if (aboutProject && project !== null) return { kind: 'project', project }
  const { measures, rule } = metric
  return {
    kind: 'metric',
    detector: rule.id,
    project: project ?? 'unknown',
    measures,
    windowMinutes: metric.windowMinutes,
  }
}

function toReading(payload: MetricAlertPayload, alert: Alert, status: MetricReading['status']): MetricReading {
  const rule = alert.alert_rule
  const minutes = windowMinutes(rule?.time_window ?? null)
  // A monitor of a change against an earlier time measures neither a count nor a rate, and its threshold has another unit.
  const ofChange = rule?.detection_type === 'percent'
  const measures = ofChange ? 'other' : measuresOf(rule?.aggregate ?? null, rule?.query ?? null, minutes)
  const trigger = rule?.triggers.find(({ label }) => label?.toLowerCase() === status)
  return {
    measures,
    aggregate: rule?.aggregate ?? null,
    query: rule?.query ?? null,
    status,
    value: valueInText(payload.description_text, measures),
    threshold: ofChange ? null : (trigger?.alert_threshold ?? null),
    // Not the trigger's own threshold_type: every condition other than a strict "greater" is marked "below" there.
    direction: DIRECTIONS[rule?.threshold_type ?? -1] ?? null,
    windowMinutes: minutes,
    rule: { id: rule?.id ?? null, name: rule?.name ?? null },
    identifier: alert.identifier ?? alert.id,
  }
}

function toFacts(payload: MetricAlertPayload, alert: Alert, metric: MetricReading): Facts {
  const rule = alert.alert_rule
  const title = firstOf(rule?.name, payload.description_title, alert.title) ?? 'Metric alert'
  return {
    ...NO_FACTS,
    organization: organizationSlug(payload.web_url),
    project: firstOf(firstProject(alert.projects), firstProject(rule?.projects)),
    title: maskText(title),
    environment: rule?.environment ?? null,
    category: 'metric',
    alertRule: metric.rule.name,
    links: { ...NO_FACTS.links, alert: payload.web_url },
  }
}

function firstProject(projects: unknown): string | null {
  return Array.isArray(projects) ? firstOf(...projects.map(toText)) : null
}

/**
 * Settings hang on the trigger's actions; the trigger is the one whose label is the action. Other integrations' actions
 * hang there too, and nothing here says which is ours but the names of the settings.
 */
function settingsOf(rule: Rule | null, action: string): Record<string, string> {
  const trigger = rule?.triggers.find(({ label }) => label?.toLowerCase() === action)
  const set = (trigger?.actions ?? []).map(({ settings }) => settings).filter(settings => settings.length > 0)
  return toSettings(set.find(settings => settings.some(({ name }) => isOurSetting(name))) ?? set[0])
}
