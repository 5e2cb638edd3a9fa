import { z } from 'zod'

/** A signed delivery we could not read, kept whole but masked, for a person to look at. */
export const quarantineEntrySchema = z.object({
  /** The delivery's id. */
  id: z.string(),
  source: z.string(),
  resource: z.string(),
  receivedAt: z.number(),
  /** What did not fit, and where. */
  reason: z.string(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
  /** The masked body; base64 when it is not text. */
  body: z.string(),
  encoding: z.enum(['utf8', 'base64']),
})
export type QuarantineEntry = z.infer<typeof quarantineEntrySchema>

export interface QuarantineFilter {
  source?: string | undefined
  resource?: string | undefined
}
