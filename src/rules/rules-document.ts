import { z } from 'zod'
import { severityRuleSchema } from '../classify/severity-rule.ts'
import { coreFlowSchema } from '../measure/core-flow.ts'
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
  /** A failing page also goes to its fallback after this long; the page itself is tried on. */
  fallbackAfter: durationSchema.default('PT1M'),
  /** A notification is given up, and dead-lettered, after this long. */
  giveUpAfter: durationSchema.default('P1D'),
})
export type Settings = z.infer<typeof settingsSchema>

export const rulesDocumentSchema = z.strictObject({
  /** Environment names that count as production; a missing environment always does. */
  production: z.array(z.string().min(1)).min(1).default(['production', 'prod', 'live']),
  coreFlows: z.array(coreFlowSchema).default([]),
  severityRules: z.array(severityRuleSchema).min(1),
  policies: z.array(policySchema).min(1),
  routes: z.array(routeSchema).min(1),
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
