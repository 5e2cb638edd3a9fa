import { z } from 'zod'
import { boolean, link, number, raw, section, sections, text, time } from './payload-fields.ts'

/**
 * What we read of Sentry's payloads, and nothing else (Sentry's source: tasks/sentry_apps.py, eventstore/models.py as_dict,
 * rules/actions/notify_event_service.py, notifications/notification_action/activity_registry/sentry_app.py).
 */

const person = { type: text, id: text, name: text }

/** `[{name, value}]`: what somebody chose in Sentry's own alert screen. */
const settings = sections({ name: text, value: raw })

export const issueShape = z.object({
  id: text,
  shortId: text,
  title: text,
  culprit: text,
  level: text,
  status: text,
  substatus: text,
  statusDetails: section({ inRelease: text, inNextRelease: boolean, inCommit: raw }),
  isUnhandled: boolean,
  /** Text on the wire: "3". */
  count: number,
  userCount: number,
  firstSeen: time,
  lastSeen: time,
  issueType: text,
  issueCategory: text,
  project: section({ id: text, slug: text, name: text }),
  metadata: section({ type: text, value: text }),
  assignedTo: section(person),
  url: text,
  web_url: link,
  permalink: link,
})
export type IssuePayload = z.output<typeof issueShape>

const frame = { filename: text, abs_path: text, module: text, function: text, lineno: number, in_app: boolean }

export const eventShape = z.object({
  event_id: text,
  issue_id: text,
  /** The numeric id only; the slug stands in `url`. */
  project: text,
  title: text,
  message: text,
  culprit: text,
  location: text,
  transaction: text,
  level: text,
  environment: text,
  release: text,
  datetime: time,
  timestamp: time,
  received: time,
  type: text,
  url: text,
  web_url: link,
  metadata: section({ type: text, value: text }),
  user: section({ id: text, email: text, ip_address: text, username: text }),
  /** Pairs here, objects in the API. */
  tags: raw,
  exception: section({
    values: sections({
      type: text,
      mechanism: section({ handled: boolean }),
      stacktrace: section({ frames: sections(frame) }),
    }),
  }),
  contexts: section({
    replay: section({ replay_id: text }),
    feedback: section({ associated_event_id: text, associated_issue_id: text }),
  }),
  /** Issue-platform data: camelCase in webhooks, snake_case where it is stored. */
  occurrence: raw,
})
export type EventPayload = z.output<typeof eventShape>

export const eventAlertShape = z.object({
  triggered_rule: text,
  issue_alert: section({ id: text, title: text, settings }),
})

export const issueDataShape = z.object({ assignee: section(person), resolution_type: text })

export const activityShape = z.object({
  activity: section({ type: text, details: section({ version: text, inRelease: text, user: section(person) }) }),
  alert: section({ id: text, title: text, web_url: link, url: link, settings }),
})

export const metricAlertShape = z.object({
  metric_alert: section({
    id: text,
    identifier: text,
    title: text,
    projects: raw,
    date_started: time,
    date_detected: time,
    date_closed: time,
    alert_rule: section({
      id: text,
      name: text,
      aggregate: text,
      dataset: text,
      query: text,
      /** Minutes, a float: `60.0`. Older versions sent seconds. */
      time_window: number,
      environment: text,
      threshold_type: number,
      detection_type: text,
      projects: raw,
      triggers: sections({
        label: text,
        alert_threshold: number,
        resolve_threshold: number,
        actions: sections({ settings }),
      }),
    }),
  }),
  description_text: text,
  description_title: text,
  web_url: link,
})
export type MetricAlertPayload = z.output<typeof metricAlertShape>

export const actorShape = z.object(person)
