import { z } from 'zod'
import { severityRuleSchema } from '../classify/severity-rule.ts'
import { coreFlowSchema } from '../measure/core-flow.ts'
import { inhibitionSchema } from '../mute/inhibition.ts'
import { maintenanceWindowSchema } from '../mute/maintenance-window.ts'
import { durationSchema, policySchema, routeSchema } from '../route/escalation-table.ts'

/** Everything operators decide, in one document. Each published version of it is a revision, immutable. */
export const settingsSchema = z.strictObject({
  /** Reopening within it continues the same page generation. */
  flapWindow: durationSchema.default('PT10M'),
  /** When a degraded verdict is made again, after it fell. */
  remeasureAfter: z.array(durationSchema).min(1).max(10).default(['PT30S', 'PT2M', 'PT5M']),
  /** How often an issue on a core flow is measured again while fresh, and how long it counts as fresh. */
  coreFlowEvery: durationSchema.default('PT1M'),
  coreFlowFresh: durationSchema.default('PT15M'),
  /** An open issue is measured again this often: near a threshold, while events keep coming, and while it is quiet. */
  watchNear: durationSchema.default('PT1M'),
  watchActive: durationSchema.default('PT5M'),
  watchQuiet: durationSchema.default('PT30M'),
  /** How often Sentry is asked what its webhooks did not tell. */
  pollEvery: durationSchema.default('PT1M'),
  /** New issues without any webhook for this long: the source has gone silent. */
  silentAfter: durationSchema.default('PT15M'),
  /** A metric alert whose resolve never came: closed when our own measuring has found it over for this long. */
  alertOverAfter: durationSchema.default('PT30M'),
  /** So many incidents within that time, of one project, release or cause, become one post with a list; null: never. */
  storm: z
    .strictObject({ incidents: z.number().int().min(2).max(1_000).default(5), within: durationSchema.default('PT1M') })
    .nullable()
    .default({ incidents: 5, within: 'PT1M' }),
  /**
   * A silence that matched more than this of the last 30 days is refused unless confirmed: of the incidents (where at least
   * `atLeast` matched) or of the projects (where several did), in per cent; or any P0.
   */
  silenceBreadth: z
    .strictObject({
      incidentsPercent: z.number().min(0).max(100).default(50),
      projectsPercent: z.number().min(0).max(100).default(20),
      atLeast: z.number().int().min(1).max(10_000).default(10),
    })
    .default({ incidentsPercent: 50, projectsPercent: 20, atLeast: 10 }),
  /** So long before its end a silence with something open under it is announced; one that was shorter is not. */
  silenceEndsSoon: durationSchema.default('PT1H'),
  /** The Slack destination for that; null: where the most severe incident under it would have been posted. */
  silenceAnnouncedIn: z.string().min(1).nullable().default(null),
  /** A failing page also goes to its fallback after this long; the page itself is tried on. */
  fallbackAfter: durationSchema.default('PT1M'),
  /** A notification is given up, and dead-lettered, after this long. */
  giveUpAfter: durationSchema.default('P1D'),
  /** Signals that were judged are kept so long, for replays against other rules. */
  keepSignals: durationSchema.default('P31D'),
})
export type Settings = z.infer<typeof settingsSchema>

/** One person, and who they are elsewhere: so that what they press in Slack bears their name. */
export const knownPersonSchema = z.strictObject({
  name: z.string().trim().min(1).max(120),
  slack: z
    .string()
    .regex(/^[UW][A-Z0-9]{2,30}$/, 'the id of a Slack user (U…), from their profile: "Copy member ID"')
    .nullable()
    .default(null),
  /** PagerDuty's user id (P…). */
  pagerduty: z.string().min(1).max(60).nullable().default(null),
  /** Sentry's user id, a number: what issues are assigned to. */
  sentry: z
    .string()
    .regex(/^\d{1,20}$/, "Sentry's user id, a number")
    .nullable()
    .default(null),
  email: z.email().nullable().default(null),
})

export const rulesDocumentSchema = z.strictObject({
  /** Environment names that count as production; a missing environment always does. */
  production: z.array(z.string().min(1)).min(1).default(['production', 'prod', 'live']),
  coreFlows: z.array(coreFlowSchema).default([]),
  severityRules: z.array(severityRuleSchema).min(1),
  policies: z.array(policySchema).min(1),
  routes: z.array(routeSchema).min(1),
  /** Times in which what matches is expected: recorded, and told to nobody. */
  maintenance: z.array(maintenanceWindowSchema).default([]),
  /** While a cause is open and told, its symptoms are held back. */
  inhibitions: z.array(inhibitionSchema).default([]),
  /** Who is who in Slack, PagerDuty and Sentry. */
  people: z
    .array(knownPersonSchema)
    .max(2_000)
    .superRefine((people, context) => {
      const seen = new Map<string, number>()
      for (const [index, { slack }] of people.entries()) {
        const first = slack === null ? undefined : seen.get(slack)
        if (slack !== null && first === undefined) seen.set(slack, index)
        if (first === undefined) continue
        const message = `person ${first} has the same Slack id: one of them is somebody else`
        context.addIssue({ code: 'custom', path: [index, 'slack'], message })
      }
    })
    .default([]),
  settings: settingsSchema.default(() => settingsSchema.parse({})),
})
export type RulesDocument = z.infer<typeof rulesDocumentSchema>

export const revisionSchema = z.object({
  number: z.number().int(),
  at: z.number(),
  author: z.string(),
  message: z.string(),
  document: rulesDocumentSchema,
})
export type Revision = z.infer<typeof revisionSchema>
