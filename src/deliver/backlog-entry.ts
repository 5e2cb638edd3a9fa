import { z } from 'zod'
import { severitySchema } from '../classify/severity.ts'
import { personSchema } from '../signals/signal.ts'

/** Work for a later day, with an owner: what a P3 becomes. */
export const backlogEntrySchema = z.object({
  /** One per incident and generation: `b-<hash>`. */
  id: z.string(),
  incident: z.string(),
  generation: z.number().int(),
  title: z.string(),
  project: z.string().nullable(),
  severity: severitySchema,
  reason: z.string(),
  link: z.string().nullable(),
  /** Sentry's assignee, else its ownership, else null: then the entry says nobody owns it. */
  owner: personSchema.nullable(),
  status: z.enum(['open', 'closed']),
  closedBecause: z.string().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
})
export type BacklogEntry = z.infer<typeof backlogEntrySchema>
