import { z } from 'zod'
import { severitySchema } from './severity.ts'

/** One number or fact a rule looked at. */
export const evidenceSchema = z.object({
  /** The field, by its name in fields.ts. */
  field: z.string(),
  /** In words for people: "320 users in the last hour". */
  says: z.string(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  source: z.string().nullable(),
  at: z.number().nullable(),
})
export type Evidence = z.infer<typeof evidenceSchema>

export const verdictSchema = z.object({
  severity: severitySchema,
  /** What the table says, where a floor or ceiling that was chosen in Sentry overrules it; else absent. */
  measured: severitySchema.optional(),
  /** Id of the rule that fired, and of the cap that held it down, if one did. */
  rule: z.string(),
  cap: z.string().nullable(),
  /** One sentence for people: why it is this severity. */
  reason: z.string(),
  evidence: z.array(evidenceSchema),
  /** A number was missing: the verdict will be made again. */
  degraded: z.boolean(),
  gaps: z.array(z.string()),
  at: z.number(),
  /** The revision of the rules it was judged by. */
  revision: z.number(),
})
export type Verdict = z.infer<typeof verdictSchema>
