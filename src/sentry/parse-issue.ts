import { maskText } from '../signals/mask.ts'
import { NO_FACTS } from '../signals/no-facts.ts'
import type { Facts, Intent } from '../signals/signal.ts'
import { categoryOfIssue, toLevel } from './parse-category.ts'
import { toPerson, toSettings } from './parse-person.ts'
import type { Reading } from './parse-reading.ts'
import { firstOf } from './payload-fields.ts'
import { organizationSlug } from './payload-links.ts'
import { activityShape, type IssuePayload, issueDataShape, issueShape } from './payload-shapes.ts'

const ISSUE_INTENTS: Readonly<Record<string, Intent>> = {
  created: 'alert',
  unresolved: 'reopen',
  resolved: 'resolve',
  ignored: 'mute',
  archived: 'mute',
  assigned: 'assign',
}

/** Activity types (Sentry's source: activity_registry/sentry_app.py); `seer_*` and all others carry no alert. */
const ACTIVITY_INTENTS: readonly [RegExp, Intent][] = [
  [/^status_(?:unresolved|regression|escalating)/, 'reopen'],
  [/^status_resolved/, 'resolve'],
  [/^status_(?:ignored|archived)/, 'mute'],
]

/** `issue.*`; null when the issue has no id. */
export function parseIssue(data: Record<string, unknown>, action: string): Reading | null {
  const issue = issueShape.safeParse(data.issue ?? {}).data
  if (issue?.id == null) return null
  const { assignee, resolution_type } = issueDataShape.parse(data)
  const facts = toFacts(issue)
  facts.assignee = toPerson(assignee ?? issue.assignedTo)
  facts.resolution = firstOf(resolution_type, facts.resolution)
  return readingOf(issue.id, facts, issueIntent(action, facts.status))
}

/**
 * The issue is read when Sentry sends, which may be long after the action (Sentry's source: tasks/sentry_apps.py): what
 * has been resolved by then is no news of a problem.
 */
function issueIntent(action: string, status: string | null): Intent {
  const intent = ISSUE_INTENTS[action] ?? 'nothing'
  return (intent === 'alert' || intent === 'reopen') && status === 'resolved' ? 'resolve' : intent
}

/** `activity_alert.triggered`; null when the issue has no id. */
export function parseActivityAlert(data: Record<string, unknown>): Reading | null {
  const issue = issueShape.safeParse(data.issue ?? {}).data
  if (issue?.id == null) return null
  const { activity, alert } = activityShape.parse(data)
  const type = activity?.type ?? ''
  const intent = ACTIVITY_INTENTS.find(([pattern]) => pattern.test(type))?.[1] ?? 'nothing'
  const facts = toFacts(issue)
  facts.alertRule = alert?.title ?? null
  facts.links.alert = alert?.web_url ?? null
  if (intent === 'resolve') {
    facts.resolution = firstOf(facts.resolution, type.slice('status_'.length))
    facts.resolvedInRelease = firstOf(facts.resolvedInRelease, activity?.details?.inRelease, activity?.details?.version)
  }
  return { ...readingOf(issue.id, facts, intent), settings: toSettings(alert?.settings) }
}

function readingOf(issue: string, facts: Facts, intent: Intent): Reading {
  // Feedback belongs to another issue's incident and opens none of its own.
  const opens = intent === 'alert' || intent === 'reopen'
  return {
    intent: facts.category === 'feedback' && opens ? 'attach' : intent,
    subject: { kind: 'issue', issue },
    facts,
    metric: null,
    settings: {},
    lifecycleAt: facts.lastSeen,
  }
}

function toFacts(issue: IssuePayload): Facts {
  const page = firstOf(issue.web_url, issue.permalink)
  const { type, value } = issue.metadata ?? { type: null, value: null }
  const category = categoryOfIssue(issue.issueType, issue.issueCategory)
  return {
    ...NO_FACTS,
    organization: organizationSlug(issue.url, page),
    project: firstOf(issue.project?.slug, issue.project?.id),
    projectId: issue.project?.id ?? null,
    issue: issue.id,
    shortId: issue.shortId,
    title: maskText(firstOf(issue.title, value, type) ?? `Issue ${issue.id}`),
    culprit: issue.culprit === null ? null : maskText(issue.culprit),
    level: toLevel(issue.level),
    handled: issue.isUnhandled === null ? null : !issue.isUnhandled,
    errorClass: category === 'error' && type !== null ? maskText(type) : null,
    firstSeen: issue.firstSeen,
    lastSeen: issue.lastSeen,
    status: issue.status,
    substatus: issue.substatus,
    category,
    lifetimeEvents: issue.count,
    lifetimeUsers: issue.userCount,
    resolvedInRelease: issue.statusDetails?.inRelease ?? null,
    resolution: resolutionOf(issue),
    assignee: toPerson(issue.assignedTo),
    links: { ...NO_FACTS.links, issue: page },
  }
}

function resolutionOf(issue: IssuePayload): string | null {
  const details = issue.statusDetails
  if (details?.inNextRelease === true) return 'in_next_release'
  if (details?.inRelease != null) return 'in_release'
  return details?.inCommit == null ? null : 'in_commit'
}
