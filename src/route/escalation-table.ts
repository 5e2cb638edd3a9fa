import { z } from 'zod'
import { conditionSchema } from '../classify/condition.ts'
import { businessHoursSchema, withinSchema } from '../incidents/business-hours.ts'

/** The escalation table: ordered routes (first match wins, `continue` goes on) to policies with timed steps. */

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63')

/** ISO 8601, from one second up; calendar units up to weeks (PT15M, P1D, P2W). */
export const durationSchema = z
  .string()
  .regex(
    /^P(?!$)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/,
    'an ISO 8601 duration such as "PT15M" or "P1D", one second or more',
  )

export const targetSchema = z.strictObject({
  destination: id,
  /** `team-lead`, `here`, `channel`, or a Slack user or group id; null: nobody in particular. */
  mention: z.string().nullable().default(null),
})
export type Target = z.infer<typeof targetSchema>

export const stepSchema = z.strictObject({
  /** From the start of the escalation. The first step's is PT0S. */
  after: z.union([durationSchema, z.literal('PT0S')]),
  /** `business-hours`: counts the policy's `hours` only; days count business days (P1D: the same business day). */
  within: withinSchema.default('always'),
  targets: z.array(targetSchema).min(1),
})
export type Step = z.infer<typeof stepSchema>

export const policySchema = z.strictObject({
  id,
  name: z.string().min(1).max(120),
  responseTime: durationSchema,
  steps: z.array(stepSchema).min(1).max(20),
  /** After the last step it begins again, `after` from then, so often. null: never; `times` null: until it is answered. */
  repeat: z
    .strictObject({
      times: z.number().int().min(0).max(10).nullable(),
      after: durationSchema,
      within: withinSchema.default('always'),
    })
    .nullable()
    .default(null),
  /** The team's, for waits `within` business hours. */
  hours: businessHoursSchema.nullable().default(null),
  /** An acknowledgement older than this is reminded of; after the same again the escalation goes on. null: never. */
  staleAfter: durationSchema.nullable().default(null),
  /** When it has been calm for `after`, the incident resolves by itself. null: never. */
  whenCalm: z
    .strictObject({
      after: durationSchema,
      /** `posts`: messages say so, a page stays open for a person to close; `everything`: the page is resolved too. */
      tell: z.enum(['posts', 'everything']).default('everything'),
    })
    .nullable()
    .default(null),
})
export type Policy = z.infer<typeof policySchema>

export const routeSchema = z.strictObject({
  id,
  name: z.string().min(1).max(120),
  /** null: matches everything. */
  when: conditionSchema.nullable(),
  policy: id,
  continue: z.boolean().default(false),
  /** It takes an incident only while these hours run, or, `outside`, only while they do not. null: at all times. */
  during: z
    .strictObject({ hours: businessHoursSchema, outside: z.boolean().default(false) })
    .nullable()
    .default(null),
})
export type Route = z.infer<typeof routeSchema>
