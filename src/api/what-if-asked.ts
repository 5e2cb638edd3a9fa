import { z } from 'zod'
import { givenImpactSchema } from '../whatif/given-impact.ts'

/** What simulate, replay and shadow are asked, as it comes over REST. */

export const timeSchema = z.iso
  .datetime({ offset: true, error: 'a time as in RFC 3339, such as 2026-11-05T14:03:10Z' })
  .transform(text => Date.parse(text))

/** Checked where it is used, against the destinations there are. */
const document = z.record(z.string(), z.unknown())

export const againstSchema = z
  .union([
    z.literal('current'),
    z.strictObject({ revision: z.number().int().min(1) }),
    z.strictObject({ draft: z.string().min(1).max(200) }),
    z.strictObject({ document }),
  ])
  .describe('Which rules: `current`, a revision, a draft, or a document that is sent along')
export type AgainstAsked = z.infer<typeof againstSchema>

const text = z.string().max(500)

/** An issue, or a project, described by hand. */
const factsSchema = z.strictObject({
  about: z.enum(['issue', 'project']).default('issue'),
  source: text.default('default'),
  project: text.default('some-project'),
  title: text.default('simulated'),
  level: z.enum(['fatal', 'error', 'warning', 'info', 'debug']).nullable().default(null),
  environment: text.nullable().default(null),
  release: text.nullable().default(null),
  handled: z.boolean().nullable().default(null),
  errorClass: text.nullable().default(null),
  transaction: text.nullable().default(null),
  tags: z.record(z.string().max(200), text).default({}),
  alertRule: text.nullable().default(null),
})

export const simulateSchema = z
  .strictObject({
    payload: z
      .strictObject({
        resource: z.string().max(100).describe('Sentry-Hook-Resource'),
        body: z
          .union([z.record(z.string(), z.unknown()), z.string()])
          .describe('As Sentry sends it; needs no signature'),
        source: z.string().max(100).default('default'),
      })
      .optional(),
    signal: z.string().min(1).max(200).optional().describe('Id of a delivery whose signal is kept'),
    facts: factsSchema.optional().describe('What an alert would say, described by hand'),
    against: againstSchema.default('current'),
    impact: z
      .union([z.literal('measured'), z.literal('recorded'), givenImpactSchema])
      .default('measured')
      .describe(
        '`measured`: what our windows and Sentry say now; `recorded`: as it was when a stored signal was judged',
      ),
    state: z
      .enum(['fresh', 'as-it-is'])
      .default('fresh')
      .describe(
        '`fresh`: as if no incident had ever been, so that none speaks for it or inhibits it; `as-it-is`: with incidents as they stand',
      ),
    at: timeSchema.optional().describe('When it would arrive; left out: now'),
  })
  .superRefine(({ payload, signal, facts }, context) => {
    const given = [payload, signal, facts].filter(one => one !== undefined).length
    if (given !== 1)
      context.addIssue({ code: 'custom', path: [], message: 'give exactly one of payload, signal and facts' })
  })
export type SimulateAsked = z.infer<typeof simulateSchema>

export const replaySchema = z
  .strictObject({
    against: againstSchema,
    days: z.number().min(0).max(366).optional().describe('The last so many days; left out: 7, or `from` and `to`'),
    from: timeSchema.optional(),
    to: timeSchema.optional(),
    source: z.string().max(100).nullable().default(null).describe('Only of that Sentry source'),
    projects: z.array(z.string().max(200)).max(200).nullable().default(null).describe('Only of these projects'),
    differences: z
      .number()
      .int()
      .min(0)
      .max(5_000)
      .default(200)
      .describe('So many are told one by one; all are counted'),
  })
  .superRefine(({ days, from, to }, context) => {
    if (days !== undefined && (from !== undefined || to !== undefined))
      context.addIssue({ code: 'custom', path: ['days'], message: 'give days, or from and to, not both' })
    if (from !== undefined && to !== undefined && to < from)
      context.addIssue({ code: 'custom', path: ['to'], message: 'is before from' })
  })
export type ReplayAsked = z.infer<typeof replaySchema>
