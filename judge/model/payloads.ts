import { AUTOMATIC, hexId, MARTA } from '../../src/sandbox/samples/envelope.ts'
import { errorCreated, eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { issuePayload, issueWebhook } from '../../src/sandbox/samples/issue-payload.ts'
import { metricAlert } from '../../src/sandbox/samples/metric-alert-payload.ts'
import { metricEvidence, occurrence } from '../../src/sandbox/samples/occurrence-payload.ts'
import { serialize } from '../../src/sandbox/samples/serialize.ts'
import type { AlertRule, Failure, Issue, Monitor, Project } from './happening.ts'
import { type IssueLife, stateAt } from './issue-life.ts'
import { categoryOf, countUntil, titleOf } from './issue-view.ts'

/** The bodies that Sentry would post. `now` and other times are by Sentry's clock. */

export interface Told {
  issue: Issue
  failures: readonly Failure[]
  life: IssueLife
}

/** `issue.<action>`, as the issue stands when the webhook is made (`at`, scenario's time). */
export function issueBody(
  told: Told,
  action: string,
  byPerson: boolean,
  at: number,
  toSentry: (at: number) => number,
): string {
  const { issue, failures, life } = told
  const state = stateAt(life, at)
  const got = failures.slice(0, countUntil(failures, at))
  const before = issue.usual === null ? 0 : issue.usual.users * issue.usual.days * 24
  const last = got.at(-1)
  const group = issuePayload({
    now: toSentry(last?.happened ?? at),
    issue: issue.id,
    title: titleOf(issue),
    errorClass: issue.errorClass,
    culprit: issue.transaction,
    project: issue.project.slug,
    level: issue.level,
    status: state?.status ?? 'unresolved',
    substatus: state?.substatus ?? 'new',
    statusDetails: detailsOf(state?.inRelease ?? null),
    unhandled: issue.kind === 'error' && last?.handled !== true,
    events: before + got.length,
    users: before + new Set(got.flatMap(failure => failure.user ?? [])).size,
    firstSeenAgo: (last?.happened ?? at) - life.firstSeen,
    assignedTo: personOf(state?.assignee ?? null),
    ...categoryOf(issue.kind),
  })
  const extra = action === 'assigned' ? { assignee: personOf(state?.assignee ?? null) } : {}
  const owned = { ...group, project: { id: issue.project.id, name: issue.project.slug, slug: issue.project.slug } }
  return serialize(issueWebhook(action, owned, byPerson ? MARTA : AUTOMATIC, extra))
}

function detailsOf(inRelease: string | null): object {
  if (inRelease === null) return {}
  return inRelease === 'next' ? { inNextRelease: true } : { inRelease }
}

function personOf(name: string | null): object | null {
  return name === null ? null : { type: 'user', id: '77', name }
}

export function alertBody(issue: Issue, rule: AlertRule, failure: Failure, toSentry: (at: number) => number): string {
  return serialize(eventAlert(eventOf(issue, failure, toSentry), rule.name, rule.settings))
}

export function errorBody(issue: Issue, failure: Failure, toSentry: (at: number) => number): string {
  return serialize(errorCreated(eventOf(issue, failure, toSentry)))
}

function eventOf(issue: Issue, failure: Failure, toSentry: (at: number) => number): object {
  const now = Math.round(toSentry(failure.happened))
  const monitored = issue.kind !== 'error'
  const event = eventPayload({
    now,
    issue: issue.id,
    event: hexId('judge', issue.id, issue.failures.indexOf(failure)),
    errorClass: issue.errorClass,
    message: issue.message,
    project: issue.project.slug,
    transaction: issue.transaction,
    level: issue.level,
    environment: failure.environment,
    release: failure.release,
    handled: monitored ? null : failure.handled,
    user: failure.user === null ? null : { id: failure.user },
    tags: failure.tags,
    ...(monitored ? occurrenceOf(issue, now) : {}),
  })
  return { ...event, project: Number(issue.project.id) }
}

const TYPE_OF = { cron: 4001, uptime: 7001, feedback: 6001 } as const

function occurrenceOf(issue: Issue, now: number): object {
  if (issue.kind === 'error') return {}
  const feedback = { message: issue.message, contact_email: 'buyer@example.com', associated_issue_id: issue.feedbackOn }
  return {
    occurrence: occurrence({ now, type: TYPE_OF[issue.kind], title: issue.errorClass, subtitle: issue.message }),
    ...(issue.kind === 'feedback' ? { contexts: { feedback } } : {}),
  }
}

export type MetricAction = 'critical' | 'warning' | 'resolved'

export function metricBody(
  project: Project,
  monitor: Monitor,
  action: MetricAction,
  value: number,
  now: number,
  life: number,
): string {
  return serialize(
    metricAlert({
      now,
      action,
      rule: monitor.rule,
      name: monitor.name,
      aggregate: monitor.aggregate,
      query: monitor.query,
      window: monitor.windowMinutes,
      said: monitor.said(value),
      direction: monitor.direction,
      critical: monitor.critical,
      ...(monitor.warning === null ? {} : { warning: monitor.warning }),
      project: project.slug,
      identifier: `${monitor.rule}${life}`,
    }),
  )
}

/** The issue that a metric monitor opens besides, told by a broad alert. */
export function metricIssueBody(project: Project, monitor: Monitor, issue: string, value: number, now: number): string {
  const evidenceData = metricEvidence({
    alert: Number(monitor.rule),
    detector: Number(monitor.rule) + 500_000,
    aggregate: monitor.aggregate,
    query: monitor.query,
    windowSeconds: monitor.windowMinutes * 60,
    value,
    condition: { type: monitor.direction === 'above' ? 'gt' : 'lt', comparison: monitor.critical },
  })
  const subtitle = `Critical: ${monitor.said(value)}`
  const breach = occurrence({ now, type: 8001, title: monitor.name, subtitle, evidenceData })
  const about = { errorClass: monitor.name, message: subtitle, user: null, handled: null, project: project.slug }
  const event = eventPayload({ now, issue, ...about, occurrence: breach })
  return serialize(eventAlert({ ...event, project: Number(project.id) }, 'All monitors'))
}
