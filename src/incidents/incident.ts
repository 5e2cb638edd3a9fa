import { z } from 'zod'
import { severitySchema } from '../classify/severity.ts'
import { verdictSchema } from '../classify/verdict.ts'
import { issueImpactSchema, projectImpactSchema } from '../measure/impact.ts'
import { chosenSchema } from '../signals/chosen.ts'
import { frameSchema, personSchema } from '../signals/signal.ts'
import { actorSchema } from './act.ts'
import { businessHoursSchema, withinSchema } from './business-hours.ts'

/** An ongoing problem someone answers for. One record per key, for good; each life towards PagerDuty is a generation. */
export const statusSchema = z.enum(['triggered', 'acknowledged', 'resolved'])
export type Status = z.infer<typeof statusSchema>

export const suspectSchema = z.object({
  incident: z.string(),
  issue: z.string(),
  title: z.string(),
  link: z.string().nullable(),
  /** Events in the window, where known: suspects are listed largest first. */
  events: z.number().nullable(),
  users: z.number().nullable(),
  coreFlow: z.string().nullable(),
})
export type Suspect = z.infer<typeof suspectSchema>

/** The escalation that was fixed into the incident when it opened or was raised: edits never disturb one in flight. */
export const escalationSchema = z.object({
  route: z.string(),
  policy: z.string(),
  /** ISO 8601; how soon someone must have answered. */
  responseTime: z.string(),
  steps: z.array(
    z.object({
      after: z.string(),
      within: withinSchema.default('always'),
      targets: z.array(z.object({ destination: z.string(), mention: z.string().nullable() })),
    }),
  ),
  /** After the last step the policy begins again, so often; null: it does not. */
  repeat: z
    .object({ times: z.number().int().nullable(), after: z.string(), within: withinSchema.default('always') })
    .nullable()
    .default(null),
  /** What waits count that count business hours only. */
  hours: businessHoursSchema.nullable().default(null),
  /** An acknowledgement older than this is reminded of, and after the same again it escalates on; null: never. */
  staleAfter: z.string().nullable().default(null),
  whenCalm: z
    .object({ after: z.string(), tell: z.enum(['posts', 'everything']) })
    .nullable()
    .default(null),
  startedAt: z.number(),
  /** Index of the last step told; the next one is due at `dueAt` (null: none left). */
  step: z.number().int(),
  dueAt: z.number().nullable(),
  /** How often it has begun again by its `repeat`. */
  repeated: z.number().int().default(0),
  /** Grows whenever steps are told that were told before; whoever was paged in an earlier lap is paged anew. */
  lap: z.number().int().default(0),
  pagedLap: z.number().int().default(0),
  /** When whoever acknowledged it was last reminded. */
  remindedAt: z.number().nullable().default(null),
})
export type Escalation = z.infer<typeof escalationSchema>

export const incidentSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  key: z.string(),
  kind: z.enum(['issue', 'project', 'metric', 'source']),
  source: z.string(),
  status: statusSchema,
  severity: severitySchema,
  /** Page generation, from 1: part of the PagerDuty dedup key. */
  generation: z.number().int(),
  /** Grows with every change; what a write must have read. */
  rev: z.number().int(),
  title: z.string(),
  project: z.string().nullable(),
  environment: z.string().nullable(),
  release: z.string().nullable(),
  level: z.string().nullable(),
  culprit: z.string().nullable(),
  transaction: z.string().nullable(),
  errorClass: z.string().nullable(),
  frame: frameSchema.nullable(),
  tags: z.record(z.string(), z.string()),
  coreFlow: z.string().nullable(),
  issue: z.string().nullable(),
  shortId: z.string().nullable(),
  links: z.object({ sentry: z.string().nullable(), event: z.string().nullable(), replay: z.string().nullable() }),
  owner: personSchema.nullable(),
  /** When Sentry said so, by its own time: an older word does not win. */
  ownerSetAt: z.number().nullable().default(null),
  verdict: verdictSchema,
  /** Per environment, as last measured; `production` stands for every production name. */
  impact: z.record(z.string(), issueImpactSchema),
  projectImpact: projectImpactSchema.nullable(),
  /** Every cause, and when it cleared; the incident resolves when all have. */
  causes: z.record(z.string(), z.object({ since: z.number(), clearedAt: z.number().nullable() })),
  /** Of a project incident: the issues behind it, largest first. */
  suspects: z.array(suspectSchema),
  /** Incidents that belong with this one. */
  linked: z.array(z.string()),
  /** Archived or ignored in Sentry: escalation stopped. */
  muted: z.object({ by: z.string(), reason: z.string(), since: z.number() }).nullable(),
  /** Another incident speaks for this one: it does not page meanwhile; one of a storm does not post either. */
  quiet: z
    .object({
      speaker: z.string(),
      reason: z.string(),
      since: z.number(),
      /** Absent: pages. */
      holds: z.enum(['pages', 'everything']).optional(),
      /** The inhibition rule that says so; absent: no rule does. */
      rule: z.object({ id: z.string(), name: z.string() }).optional(),
    })
    .nullable(),
  /** It speaks for so many others of a storm; they are among its suspects. */
  storm: z.object({ since: z.number(), members: z.number().int(), common: z.string() }).nullable().default(null),
  escalations: z.array(escalationSchema),
  firstSeen: z.number().nullable(),
  openedAt: z.number(),
  updatedAt: z.number(),
  lastSignalAt: z.number(),
  /** Newest event, and newest `unresolved`, by Sentry's own time: what a late resolve is held against. */
  lastEventAt: z.number().nullable(),
  lastEventRelease: z.string().nullable(),
  lastUnresolvedAt: z.number().nullable(),
  acknowledgedAt: z.number().nullable(),
  resolvedAt: z.number().nullable(),
  resolvedBy: z.string().nullable(),
  /** The release it was resolved in; `next`: in whatever comes after `release`. */
  resolvedInRelease: z.string().nullable(),
  /** Signals taken in, over all lives. */
  signals: z.number().int(),
  feedback: z.number().int(),
  /** Chosen in Sentry's own alert screen by whoever wrote the alert rule. */
  chosen: chosenSchema.nullable().default(null),
  /** Since when it has measured below its threshold for falling; null: it does not, or nobody knows. */
  calmSince: z.number().nullable().default(null),
  /** It resolved because it was calm for long, not because anybody said so: it comes back only when it hurts again. */
  faded: z.enum(['posts', 'everything']).nullable().default(null),
  /** Who answers for it; null: nobody has acknowledged it, or no longer does. */
  acknowledgedBy: actorSchema.nullable().default(null),
  /** The page generation in which somebody answered, or its pages were quieted: triggered again, they would wake nobody. */
  answeredIn: z.number().int().nullable().default(null),
  /** A severity that a person set: the machine leaves it until impact has doubled (`users` an hour, then) or it is released. */
  pinned: z
    .object({
      severity: severitySchema,
      by: z.string(),
      reason: z.string(),
      at: z.number(),
      users: z.number().nullable(),
    })
    .nullable()
    .default(null),
  /** Quiet by a person until then: escalation waits. */
  silenced: z
    .object({
      until: z.number(),
      by: z.string(),
      reason: z.string(),
      since: z.number(),
      /** The silence or maintenance window that matches it; absent: a person silenced this one. */
      through: z.object({ kind: z.enum(['silence', 'maintenance']), id: z.string() }).optional(),
    })
    .nullable()
    .default(null),
  /** An operator's mark that there is a way around it. */
  workaround: z.object({ text: z.string(), by: z.string(), at: z.number() }).nullable().default(null),
  /** Marked as noise by a person, for the report. */
  noise: z
    .object({
      label: z.enum(['false-positive', 'not-actionable', 'poor-detail']),
      note: z.string().nullable(),
      by: z.string(),
      at: z.number(),
    })
    .nullable()
    .default(null),
  /** How often its issue was archived, over all lives. */
  archived: z.number().int().default(0),
  /** People who resolved it, newest last: told when it comes back. */
  resolvers: z.array(actorSchema).default([]),
  /** When the next step of its escalation, a reminder or the end of a silence is due; null: nothing waits. */
  stepAt: z.number().nullable().default(null),
  /** Users in an hour when people were last told. */
  toldUsers: z.number().nullable().default(null),
  /** When the verdict is due to be made again, and how often it was; null: nothing to wait for. */
  remeasureAt: z.number().nullable(),
  remeasured: z.number().int(),
})
export type Incident = z.infer<typeof incidentSchema>

export const timelineEntrySchema = z.object({
  at: z.number(),
  what: z.enum([
    'opened',
    'raised',
    'attached',
    'judged',
    'resolved',
    'reopened',
    'muted',
    'unmuted',
    'assigned',
    'linked',
    'chosen',
    'quiet',
    'speaks',
    'feedback',
    'notified',
    'delivery-failed',
    'dropped',
    'late',
    'acknowledged',
    'unacknowledged',
    'escalated',
    'reminded',
    'pinned',
    'unpinned',
    'noted',
    'silenced',
    'unsilenced',
    'workaround',
    'backlog',
    'noise',
    'synced',
  ]),
  severity: severitySchema.nullable(),
  reason: z.string(),
  by: z.string().nullable(),
  signal: z.string().nullable(),
  notification: z.string().nullable(),
})
export type TimelineEntry = z.infer<typeof timelineEntrySchema>
