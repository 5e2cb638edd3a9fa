import { z } from 'zod'

/** Whom does it hurt: measured numbers, each with where it came from, when, over what. null is unknown, never zero. */

/** windows: counted here from error events; sentry: asked of its API; webhook: read off a payload. */
const measuredSourceSchema = z.enum(['windows', 'sentry', 'webhook'])

export const measuredSchema = z.object({
  value: z.number(),
  source: measuredSourceSchema,
  /** When it was measured, ms. */
  at: z.number(),
  /** Over how many seconds; 0 for a lifetime or a single reading. */
  windowSeconds: z.number(),
  /** The same as another source counted it, when two could; the larger one is the value. */
  also: z.object({ value: z.number(), source: measuredSourceSchema }).optional(),
})
export type Measured = z.infer<typeof measuredSchema>

export const crashFreeSchema = z.object({
  /** Percent, 0 to 100. */
  percent: z.number(),
  /** Sessions behind it; null when a metric alert said the rate without its sample. */
  sessions: z.number().nullable(),
  /** production as a whole, or the newest release. */
  scope: z.enum(['production', 'release']),
  release: z.string().nullable(),
  /** `webhook`: a crash-free metric alert's own value, which counts at once. */
  source: z.enum(['sentry', 'webhook']),
  at: z.number(),
})
export type CrashFree = z.infer<typeof crashFreeSchema>

/** The numbers of one issue in production. */
export const issueImpactSchema = z.object({
  /** Unique users in the last hour. */
  users: measuredSchema.nullable(),
  /** Events in the last hour. */
  events: measuredSchema.nullable(),
  /** The core flow it breaks, by the rules; null: none. */
  coreFlow: z.string().nullable(),
  /** Unique users in the last 5 minutes, counted only on a core flow. */
  flowUsers: measuredSchema.nullable(),
  /** Events in the last 5 minutes, counted only on a core flow. */
  flowEvents: measuredSchema.nullable(),
  /** Those of them that name no user (guests): a count of users says nothing about these. */
  flowAnonymous: measuredSchema.nullable().default(null),
  firstSeen: z.number().nullable(),
  /** First seen within 24 h; null: unknown. */
  isNew: z.boolean().nullable(),
  regressed: z.boolean().nullable(),
  escalating: z.boolean().nullable(),
  /** Users in a usual hour of the last day; null: not enough history. */
  baselineUsers: measuredSchema.nullable(),
  /** Where it was seen: true when in a production environment (or none was ever named), false when only elsewhere, null: unknown. */
  inProduction: z.boolean().nullable(),
})
export type IssueImpact = z.infer<typeof issueImpactSchema>

/** The numbers of one project in production. */
export const projectImpactSchema = z.object({
  crashFree: z.array(crashFreeSchema),
  /** The worst of the last minutes. */
  unhandledPerMinute: measuredSchema.nullable(),
  /** Crashes in the last 10 minutes: true they go on, false they stopped, null unknown. */
  crashing: z.boolean().nullable(),
})
export type ProjectImpact = z.infer<typeof projectImpactSchema>

export const impactSchema = z.object({
  at: z.number(),
  issue: issueImpactSchema.nullable(),
  project: projectImpactSchema.nullable(),
  /** True when a number that a rule asks for could not be had: the verdict will be made again. */
  degraded: z.boolean(),
  /** What could not be had, and why, in words for people. */
  gaps: z.array(z.string()),
})
export type Impact = z.infer<typeof impactSchema>

export const NO_ISSUE_IMPACT: IssueImpact = {
  users: null,
  events: null,
  coreFlow: null,
  flowUsers: null,
  flowEvents: null,
  flowAnonymous: null,
  firstSeen: null,
  isNew: null,
  regressed: null,
  escalating: null,
  baselineUsers: null,
  inProduction: null,
}
