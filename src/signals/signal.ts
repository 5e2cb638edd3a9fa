import { z } from 'zod'

/**
 * What we were told: one delivery (or poll, or monitor reading) in our words. Immutable.
 * Everything below `facts` is already masked (no e-mail addresses, public IPs, or anything of the users that are hurt; people who act in Sentry keep their names); times are ms since the epoch.
 */

/** What the signal asks of us. `nothing` carries no alert: it is acknowledged and counted. */
export const intentSchema = z.enum([
  'alert', // something may be wrong: measure, judge, open or raise
  'count', // one error event: feeds the windows only
  'resolve', // a cause has cleared
  'reopen', // Sentry says it is unresolved again (regressed, escalating, by hand)
  'mute', // ignored or archived in Sentry
  'assign', // owner set or cleared
  'attach', // user feedback: belongs to an incident, opens none
  'nothing',
])
export type Intent = z.infer<typeof intentSchema>

/** What the signal is about. Names the incident, by `incidentKey` in dedup-key.ts. */
export const subjectSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('issue'), issue: z.string() }),
  /** Crash-free rate or spike: a fact about a project. */
  z.object({ kind: z.literal('project'), project: z.string() }),
  /** Any other metric monitor: by detector id, else project, kind and window in minutes. */
  z.object({
    kind: z.literal('metric'),
    detector: z.string().nullable(),
    project: z.string(),
    measures: z.string(),
    windowMinutes: z.number().nullable(),
  }),
  /** The source itself: refused webhooks, an API that fails. */
  z.object({ kind: z.literal('source'), condition: z.string() }),
  /** About nothing that could be an incident. */
  z.object({ kind: z.literal('none') }),
])
export type Subject = z.infer<typeof subjectSchema>

export const frameSchema = z.object({
  file: z.string().nullable(),
  function: z.string().nullable(),
  line: z.number().nullable(),
})

export const personSchema = z.object({
  type: z.enum(['user', 'team', 'application', 'unknown']),
  id: z.string().nullable(),
  name: z.string().nullable(),
})
export type Person = z.infer<typeof personSchema>

/** What a metric alert said. */
export const metricReadingSchema = z.object({
  /** What is measured. The crash-free kinds are about the project; `unhandled-per-minute` is the spike. */
  measures: z.enum(['crash-free-sessions', 'crash-free-users', 'unhandled-per-minute', 'events', 'users', 'other']),
  aggregate: z.string().nullable(),
  query: z.string().nullable(),
  status: z.enum(['critical', 'warning', 'resolved', 'open']),
  /** Percent for crash-free kinds, else a plain number; null when the text did not say. */
  value: z.number().nullable(),
  /** The threshold of the trigger that fired, same unit. */
  threshold: z.number().nullable(),
  direction: z.enum(['above', 'below']).nullable(),
  windowMinutes: z.number().nullable(),
  rule: z.object({ id: z.string().nullable(), name: z.string().nullable() }),
  /** Names this alert's one life: `identifier` of the metric alert. */
  identifier: z.string().nullable(),
})
export type MetricReading = z.infer<typeof metricReadingSchema>

export const factsSchema = z.object({
  organization: z.string().nullable(),
  /** Slug where known, else the numeric id as text. Several only on metric alerts: then the first. */
  project: z.string().nullable(),
  projectId: z.string().nullable(),
  issue: z.string().nullable(),
  shortId: z.string().nullable(),
  event: z.string().nullable(),
  title: z.string(),
  culprit: z.string().nullable(),
  transaction: z.string().nullable(),
  level: z.enum(['fatal', 'error', 'warning', 'info', 'debug']).nullable(),
  /** null: not said. A missing environment counts as production. */
  environment: z.string().nullable(),
  release: z.string().nullable(),
  /** true: someone caught it; false: unhandled; null: not said. */
  handled: z.boolean().nullable(),
  errorClass: z.string().nullable(),
  /** The top in-app frame. */
  frame: frameSchema.nullable(),
  tags: z.record(z.string(), z.string()),
  /** Keyed hash of the affected user; null: no user context. */
  user: z.string().nullable(),
  /** When the event happened. */
  eventAt: z.number().nullable(),
  firstSeen: z.number().nullable(),
  lastSeen: z.number().nullable(),
  status: z.string().nullable(),
  /** Sentry's: new, ongoing, escalating, regressed, archived_… */
  substatus: z.string().nullable(),
  /** Kind of trouble: an error, a missed cron, an uptime failure, a metric issue, user feedback, anything else. */
  category: z.enum(['error', 'cron', 'uptime', 'metric', 'feedback', 'performance', 'other']),
  /** Lifetime counts as Sentry's webhook carried them, over all environments. */
  lifetimeEvents: z.number().nullable(),
  lifetimeUsers: z.number().nullable(),
  /** Label of the Sentry alert that fired. */
  alertRule: z.string().nullable(),
  /** The issue feedback belongs to, when this is feedback. */
  feedbackOn: z.string().nullable(),
  /** Release named by a resolution ("resolved in release"), else null. */
  resolvedInRelease: z.string().nullable(),
  resolution: z.string().nullable(),
  assignee: personSchema.nullable(),
  links: z.object({
    issue: z.string().nullable(),
    event: z.string().nullable(),
    replay: z.string().nullable(),
    alert: z.string().nullable(),
  }),
})
export type Facts = z.infer<typeof factsSchema>

export const signalSchema = z.object({
  version: z.literal(1),
  /** Stable: the same thing told twice has the same id. */
  id: z.string(),
  source: z.string(),
  /** The delivery that brought it; null for polls and monitors. */
  delivery: z.string().nullable(),
  origin: z.enum(['webhook', 'poll', 'monitor']),
  /** Sentry's resource and action, e.g. `event_alert.triggered`. */
  resource: z.string(),
  action: z.string(),
  intent: intentSchema,
  subject: subjectSchema,
  /** Orders signals: event time where there is one, else the hook timestamp, else receivedAt. */
  at: z.number(),
  receivedAt: z.number(),
  actor: personSchema.nullable(),
  facts: factsSchema,
  metric: metricReadingSchema.nullable(),
  /** Settings chosen in Sentry's own screen, as they came. */
  settings: z.record(z.string(), z.string()),
})
export type Signal = z.infer<typeof signalSchema>
