import { z } from 'zod'
import { conditionSchema } from '../classify/condition.ts'

/** A person's word that what matches stays quiet for a while: incidents still open and are recorded, nobody new is told. */

/** A silence longer than this is a decision about the rules, not about these days. */
export const LONGEST_SILENCE_MS = 366 * 86_400_000

const MOST_ANNOTATIONS = 20

export const annotationsSchema = z
  .record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/, 'letters, digits and . _ / -, at most 63'),
    z.string().max(500),
  )
  .refine(all => Object.keys(all).length <= MOST_ANNOTATIONS, { error: `at most ${MOST_ANNOTATIONS} annotations` })

export const silenceSchema = z.object({
  id: z.string(),
  /** Over the same fields as a route. What is unknown does not match: nobody is silenced by not being known. */
  matchers: conditionSchema,
  startsAt: z.number(),
  /** Moved here when it is expired early. */
  endsAt: z.number(),
  author: z.string(),
  reason: z.string(),
  annotations: annotationsSchema.default({}),
  /** Data loss is silenced by nothing that does not say so. */
  coversDataLoss: z.boolean().default(false),
  /** Projects that its author may act on; null: all. */
  projects: z.array(z.string()).nullable().default(null),
  createdAt: z.number(),
  updatedAt: z.number(),
  /** Who ended it before its time. */
  expiredBy: z.string().nullable().default(null),
  /** Grows with every change; the ETag. */
  rev: z.number().int(),
})
export type Silence = z.infer<typeof silenceSchema>

export const silenceStateSchema = z.enum(['pending', 'active', 'expired'])
export type SilenceState = z.infer<typeof silenceStateSchema>

/** It ends at the very moment it says. */
export function stateOf({ startsAt, endsAt }: Pick<Silence, 'startsAt' | 'endsAt'>, now: number): SilenceState {
  if (endsAt <= now) return 'expired'
  return startsAt <= now ? 'active' : 'pending'
}

/** Is it the business of whoever may act on these projects alone? One that is bound to none is not. */
export function isBoundWithin({ projects }: Pick<Silence, 'projects'>, reach: readonly string[]): boolean {
  return projects !== null && projects.length > 0 && projects.every(project => reach.includes(project))
}
