import { z } from 'zod'

/**
 * What operators write to say "when": plain matchers over named fields, combined by all, any, not.
 * Three-valued: a comparison with an unknown number is unknown, never false, because unknown is not zero.
 */
export const comparisonSchema = z.strictObject({
  field: z.string(),
  op: z.enum(['=', '!=', '<', '<=', '>', '>=', 'in', 'not-in', 'prefix', 'glob', 'known', 'unknown']),
  value: z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()])).max(500)]).optional(),
  /** Compare with another field instead of a value, times `factor`. */
  than: z.strictObject({ field: z.string(), factor: z.number().positive().default(1) }).optional(),
})
export type Comparison = z.infer<typeof comparisonSchema>

export type Condition = Comparison | { all: Condition[] } | { any: Condition[] } | { not: Condition }

export const conditionSchema: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    comparisonSchema,
    z.strictObject({ all: z.array(conditionSchema).min(1).max(50) }),
    z.strictObject({ any: z.array(conditionSchema).min(1).max(50) }),
    z.strictObject({ not: conditionSchema }),
  ]),
)

export type Truth = boolean | 'unknown'
