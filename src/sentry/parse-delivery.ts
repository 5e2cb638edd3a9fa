import type { InputProblem } from '../errors.ts'
import type { Delivery } from '../signals/delivery.ts'
import { NO_FACTS } from '../signals/no-facts.ts'
import type { Facts, Person, Signal } from '../signals/signal.ts'
import { signalId } from '../signals/signal-id.ts'
import { parseErrorEvent, parseEventAlert } from './parse-event.ts'
import { parseActivityAlert, parseIssue } from './parse-issue.ts'
import { parseMetricAlert } from './parse-metric-alert.ts'
import { toPerson } from './parse-person.ts'
import type { Reading } from './parse-reading.ts'
import { firstOf, isObject, type JsonObject, toText } from './payload-fields.ts'
import { organizationSlug } from './payload-links.ts'
import { actorShape } from './payload-shapes.ts'
import { sameUuid } from './same-uuid.ts'

export interface ParseContext {
  /** Keyed hash of a user; its input is forgotten. */
  hashUser(raw: string): string
  /** Uuid of our own Sentry app: what we did ourselves comes back as a webhook and asks nothing of us. */
  ownApp?: string | null
}

export type Parsed =
  | { kind: 'signal'; signal: Signal }
  | { kind: 'quarantine'; reason: string; problems: InputProblem[] }

/** Times this far ahead of our own clock are nonsense, and so are those before Sentry existed. */
const MAX_AHEAD_MS = 600_000
const SENTRY_BEGAN = Date.UTC(2008, 0, 1)

/** What each resource cannot do without. */
const ESSENTIAL: Readonly<Record<string, InputProblem>> = {
  issue: { path: '/data/issue/id', message: 'The issue has no id.' },
  activity_alert: { path: '/data/issue/id', message: 'The issue has no id.' },
  event_alert: { path: '/data/event/issue_id', message: 'The event has neither issue_id nor event_id.' },
  error: { path: '/data/error/issue_id', message: 'The event has neither issue_id nor event_id.' },
  metric_alert: {
    path: '/data/metric_alert',
    message: 'Nothing names the alert: no alert_rule.id, name, identifier or title.',
  },
}

/** Resources with one action that carries something; any other action of theirs is acknowledged and counted. */
const ONLY_ACTION: Readonly<Record<string, string>> = {
  event_alert: 'triggered',
  activity_alert: 'triggered',
  error: 'created',
}

/** When the resource header is missing, what the body carries says which it is. */
const CARRIED: readonly [key: string, resource: string][] = [
  ['metric_alert', 'metric_alert'],
  ['activity', 'activity_alert'],
  ['event', 'event_alert'],
  ['error', 'error'],
  ['issue', 'issue'],
  ['comment', 'comment'],
  ['installation', 'installation'],
]

/**
 * One delivery in our words. Never throws. Lenient: unknown fields, resources and actions pass (the latter two carry no alert);
 * what is no JSON object with an action, or lacks what its resource cannot do without, goes to quarantine with the path.
 */
export function parseDelivery(delivery: Delivery, context: ParseContext): Parsed {
  const body = toJson(delivery)
  if (body === undefined) return quarantine('The body is not JSON.', '', 'Not valid JSON in UTF-8.')
  if (!isObject(body)) return quarantine('The body is not a JSON object.', '', 'Expected {"action", "data", …}.')
  const action = toText(body.action)
  if (action === null) return quarantine('The body has no action.', '/action', 'Expected a text such as "triggered".')
  if (!isObject(body.data)) return quarantine('The body has no data.', '/data', 'Expected an object.')
  const resource = delivery.resource === '' ? carriedResource(body.data) : delivery.resource
  const read = readData(resource, action, body.data, context)
  if (read === null) {
    const problem = ESSENTIAL[resource] ?? { path: '/data', message: 'Unreadable.' }
    return { kind: 'quarantine', reason: `${resource}.${action}: ${problem.message}`, problems: [problem] }
  }
  const actor = isObject(body.actor) ? toPerson(actorShape.parse(body.actor)) : null
  const silent = isOwnEcho(resource, actor, context) || (ONLY_ACTION[resource] ?? action) !== action
  const reading = silent ? { ...read, intent: 'nothing' as const } : read
  return { kind: 'signal', signal: toSignal(delivery, resource, action, actor, reading) }
}

function toJson(delivery: Delivery): unknown {
  if (delivery.encoding === 'base64') return undefined
  try {
    return JSON.parse(delivery.body.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}

function quarantine(reason: string, path: string, message: string): Parsed {
  return { kind: 'quarantine', reason, problems: [{ path, message }] }
}

function carriedResource(data: JsonObject): string {
  return (
    CARRIED.find(([key]) => isObject(data[key]) || (key === 'comment' && data.comment_id !== undefined))?.[1] ??
    'unknown'
  )
}

function readData(resource: string, action: string, data: JsonObject, context: ParseContext): Reading | null {
  switch (resource) {
    case 'issue':
      return parseIssue(data, action)
    case 'activity_alert':
      return parseActivityAlert(data)
    case 'event_alert':
      return parseEventAlert(data, context.hashUser)
    case 'error':
      return parseErrorEvent(data, context.hashUser)
    case 'metric_alert':
      return parseMetricAlert(data, action)
    default:
      return {
        intent: 'nothing',
        subject: { kind: 'none' },
        facts: factsOf(resource, action, data),
        metric: null,
        settings: {},
        lifecycleAt: null,
      }
  }
}

/** comment.*, installation.*, seer.*, preprod_artifact.* and whatever comes next: acknowledged and counted. */
function factsOf(resource: string, action: string, data: JsonObject): Facts {
  return {
    ...NO_FACTS,
    organization: firstOf(toText(data.organizationSlug), organizationSlug(toText(data.web_url), toText(data.url))),
    project: firstOf(toText(data.project_slug), toText(data.projectSlug)),
    issue: firstOf(toText(data.issue_id), toText(data.group_id)),
    title: `${resource}.${action}`,
  }
}

/** Our own writes to Sentry come back as issue.* and comment.* with our app as the actor. */
function isOwnEcho(resource: string, actor: Person | null, context: ParseContext): boolean {
  const echoes = resource === 'issue' || resource === 'comment' || resource === 'activity_alert'
  return echoes && actor?.id != null && context.ownApp != null && sameUuid(actor.id, context.ownApp)
}

function toSignal(
  delivery: Delivery,
  resource: string,
  action: string,
  actor: Person | null,
  reading: Reading,
): Signal {
  const { receivedAt } = delivery
  const sane = (time: number | null) =>
    time !== null && time >= SENTRY_BEGAN && time <= receivedAt + MAX_AHEAD_MS ? time : null
  const eventAt = sane(reading.facts.eventAt)
  const hookAt = sane(delivery.hookTimestamp)
  const carriesEvent = resource === 'event_alert' || resource === 'error'
  const at = carriesEvent ? firstOf(eventAt, receivedAt) : firstOf(hookAt, sane(reading.lifecycleAt), receivedAt)
  return {
    version: 1,
    id: signalId(delivery),
    source: delivery.source,
    delivery: delivery.id,
    origin: 'webhook',
    resource,
    action,
    intent: reading.intent,
    subject: reading.subject,
    at: at ?? receivedAt,
    receivedAt,
    actor,
    facts: { ...reading.facts, eventAt },
    metric: reading.metric,
    settings: reading.settings,
  }
}
