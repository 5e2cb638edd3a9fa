import { z } from 'zod'

/** A document that somebody is working on: it may have mistakes until it is published, and changes nothing before. */
export const draftSchema = z.object({
  id: z.string(),
  name: z.string(),
  author: z.string().describe('Who began it'),
  base: z.number().int().describe('The revision that it began from, or was last rebased upon'),
  createdAt: z.number(),
  updatedAt: z.number(),
  updatedBy: z.string(),
  document: z.record(z.string(), z.unknown()),
})
export type Draft = z.infer<typeof draftSchema>
export type DraftHead = Omit<Draft, 'document'>
