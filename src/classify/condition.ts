import { z } from 'zod'
import { EXPRESSION_WORDS } from './expression-names.ts'

/**
 * What operators write to say "when": plain matchers over named fields, combined by all, any, none, not; or an expression.
 * Three-valued: a comparison with an unknown number is unknown, never false, because unknown is not zero.
 */
export const comparisonSchema = z.strictObject({
  field: z.string(),
  op: z.enum(['=', '!=', '<', '<=', '>', '>=', 'in', 'not-in', 'prefix', 'glob', 'regex', 'known', 'unknown']),
  value: z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()])).max(500)]).optional(),
  /** Compare with another field instead of a value, times `factor`. */
  than: z.strictObject({ field: z.string(), factor: z.number().positive().default(1) }).optional(),
})
export type Comparison = z.infer<typeof comparisonSchema>

/** Longer ones nobody reads; what it may ask beyond that is in expression.ts. */
export const LONGEST_EXPRESSION = 2_000

/** In Google's Common Expression Language: `users_per_hour > 3.0 * baseline_users && tag("plan") == "gold"`. */
export const expressionSchema = z.strictObject({
  cel: z.string().min(1).max(LONGEST_EXPRESSION).describe(EXPRESSION_WORDS),
})
export type Expression = z.infer<typeof expressionSchema>

export type Condition =
  | Comparison
  | Expression
  | { all: Condition[] }
  | { any: Condition[] }
  | { none: Condition[] }
  | { not: Condition }

export const conditionSchema: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    comparisonSchema,
    expressionSchema,
    z.strictObject({ all: z.array(conditionSchema).min(1).max(50) }),
    z.strictObject({ any: z.array(conditionSchema).min(1).max(50) }),
    z.strictObject({ none: z.array(conditionSchema).min(1).max(50) }),
    z.strictObject({ not: conditionSchema }),
  ]),
)

export type Truth = boolean | 'unknown'
