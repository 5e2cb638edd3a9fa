import { z } from 'zod'
import { conditionSchema } from './condition.ts'
import { severitySchema } from './severity.ts'

/** One row of the severity table: the first that holds decides; a cap that holds limits every row after it. */
export const severityRuleSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63'),
  name: z.string().min(1).max(200),
  /** What kind of incident it judges. */
  about: z.enum(['issue', 'project', 'metric', 'source']),
  /** `severity`: this is it. `cap`: nothing below may be more severe than this. */
  effect: z.enum(['severity', 'cap']).default('severity'),
  severity: severitySchema,
  when: conditionSchema.nullable(),
  /**
   * What it opened is over, or calm, only when this holds: the threshold for falling, beside `when` for rising. null: as
   * soon as `when` no longer holds. Of a cap it says nothing.
   */
  until: conditionSchema.nullable().default(null),
  enabled: z.boolean().default(true),
})
export type SeverityRule = z.infer<typeof severityRuleSchema>
