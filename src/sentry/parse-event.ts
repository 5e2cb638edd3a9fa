import { maskText } from '../signals/mask.ts'
import { NO_FACTS } from '../signals/no-facts.ts'
import type { Facts, MetricReading, Subject } from '../signals/signal.ts'
import { categoryOfTypeId, toLevel } from './parse-category.ts'
import { metricSubject } from './parse-metric-alert.ts'
import { metricIssueReading } from './parse-metric-issue.ts'
import { toSettings } from './parse-person.ts'
import type { Reading } from './parse-reading.ts'
import { keptTags, readTags } from './parse-tags.ts'
import { firstOf, isObject, toBoolean, toNumber } from './payload-fields.ts'
import { issueLink, organizationSlug, projectSlug, replayLink } from './payload-links.ts'
import { type EventPayload, eventAlertShape, eventShape } from './payload-shapes.ts'

type HashUser = (raw: string) => string
type Tags = ReadonlyMap<string, string>

/** `event_alert.triggered`; null when it names neither its issue nor its event. */
export function parseEventAlert(data: Record<string, unknown>, hashUser: HashUser): Reading | null {
  const event = eventShape.safeParse(data.event ?? {}).data
  if (event === undefined || (event.issue_id === null && event.event_id === null)) return null
  const alert = eventAlertShape.parse(data)
  const facts = { ...toFacts(event, hashUser), alertRule: firstOf(alert.triggered_rule, alert.issue_alert?.title) }
  const metric = facts.category === 'metric' ? metricIssueReading(event.occurrence) : null
  return {
    intent: facts.category === 'feedback' ? 'attach' : 'alert',
    subject: subjectOf(event, facts, metric),
    facts,
    metric,
    settings: toSettings(alert.issue_alert?.settings),
    lifecycleAt: null,
  }
}

/** `error.created`: one error event, which only feeds the windows; null when it names neither its issue nor its event. */
export function parseErrorEvent(data: Record<string, unknown>, hashUser: HashUser): Reading | null {
  const event = eventShape.safeParse(data.error ?? {}).data
  if (event === undefined || (event.issue_id === null && event.event_id === null)) return null
  const facts = toFacts(event, hashUser)
  const intent = facts.category === 'feedback' ? 'attach' : 'count'
  return { intent, subject: subjectOf(event, facts, null), facts, metric: null, settings: {}, lifecycleAt: null }
}

function subjectOf(event: EventPayload, facts: Facts, metric: MetricReading | null): Subject {
  if (metric !== null) return metricSubject(metric, facts.project)
  const associated = facts.category === 'feedback' ? event.contexts?.feedback?.associated_issue_id : null
  const issue = associated ?? event.issue_id
  return issue === null ? { kind: 'none' } : { kind: 'issue', issue }
}

function toFacts(event: EventPayload, hashUser: HashUser): Facts {
  const tags = readTags(event.tags)
  const failure = event.exception?.values.at(-1) // oldest first: the last is the one that was thrown
  const organization = organizationSlug(event.url, event.web_url)
  const replay = event.contexts?.replay?.replay_id ?? tags.get('replayId') ?? null
  return {
    ...NO_FACTS,
    organization,
    project: firstOf(projectSlug(event.url), event.project),
    projectId: event.project,
    issue: event.issue_id,
    event: event.event_id,
    title: titleOf(event),
    culprit: masked(firstOf(event.culprit, event.location)),
    transaction: masked(firstOf(event.transaction, tags.get('transaction'))),
    level: toLevel(event.level, tags.get('level')),
    environment: firstOf(event.environment, tags.get('environment')),
    release: firstOf(event.release, tags.get('release')),
    handled: firstOf(failure?.mechanism?.handled, toBoolean(tags.get('handled'))),
    errorClass: masked(firstOf(failure?.type, event.metadata?.type)),
    frame: frameOf(failure?.stacktrace?.frames ?? []),
    tags: keptTags(tags),
    user: userOf(event, tags, hashUser),
    eventAt: firstOf(event.datetime, event.timestamp, event.received),
    category: categoryOf(event),
    feedbackOn: firstOf(event.contexts?.feedback?.associated_issue_id, event.contexts?.feedback?.associated_event_id),
    links: {
      issue: issueLink(event.web_url),
      event: event.web_url,
      replay: replayLink(event.web_url, organization, replay),
      alert: null,
    },
  }
}

function masked(text: string | null): string | null {
  return text === null ? null : maskText(text)
}

function titleOf(event: EventPayload): string {
  const { type, value } = event.metadata ?? { type: null, value: null }
  const made = type !== null && value !== null ? `${type}: ${value}` : firstOf(type, value)
  return maskText(firstOf(event.title, made, event.message, event.culprit) ?? 'Untitled event')
}

function categoryOf(event: EventPayload): Facts['category'] {
  const typeId = isObject(event.occurrence) ? toNumber(event.occurrence.type) : null
  return firstOf(categoryOfTypeId(typeId), event.contexts?.feedback == null ? null : ('feedback' as const)) ?? 'error'
}

type Frames = NonNullable<NonNullable<NonNullable<EventPayload['exception']>['values'][number]['stacktrace']>['frames']>

/** The deepest frame of the application's own code; frames come oldest first. */
function frameOf(frames: Frames): Facts['frame'] {
  const frame = frames.findLast(candidate => candidate.in_app === true)
  if (frame === undefined) return null
  const file = firstOf(frame.filename, frame.abs_path, frame.module)
  return { file: masked(file), function: masked(frame.function), line: frame.lineno }
}

/** Hashed in the form of Sentry's own `user` tag, so that an event with only the tag counts as the same person. */
function userOf(event: EventPayload, tags: Tags, hashUser: HashUser): string | null {
  const user = event.user
  if (user?.id != null) return hashUser(`id:${user.id}`)
  if (user?.email != null) return hashUser(`email:${user.email.toLowerCase()}`)
  if (user?.ip_address != null) return hashUser(`ip:${user.ip_address}`)
  if (user?.username != null) return hashUser(`username:${user.username}`)
  const tag = tags.get('user')
  return tag === undefined ? null : hashUser(tag)
}
