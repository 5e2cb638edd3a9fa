import { compare } from './compare.ts'
import type { Comparison, Condition, Truth } from './condition.ts'
import type { ReadField } from './fields.ts'

/** One comparison of a condition, and how it came out. */
export interface Leaf {
  comparison: Comparison
  truth: Truth
}

export interface Evaluation {
  truth: Truth
  /** The comparisons that decided it, in the order they are written: the evidence. */
  leaves: Leaf[]
}

/** A condition that is null always holds. Never throws. */
export function evaluate(condition: Condition | null, read: ReadField): Evaluation {
  return evaluateWith(condition, comparison => compare(comparison, read))
}

/**
 * Kleene's three-valued logic over comparisons judged by `truthOf`: false decides an `all`, true decides an `any`,
 * whatever is unknown beside it; else one unknown makes the whole unknown.
 */
export function evaluateWith(condition: Condition | null, truthOf: (comparison: Comparison) => Truth): Evaluation {
  if (condition === null) return { truth: true, leaves: [] }
  if ('field' in condition) {
    const truth = truthOf(condition)
    return { truth, leaves: [{ comparison: condition, truth }] }
  }
  if ('not' in condition) {
    const { truth, leaves } = evaluateWith(condition.not, truthOf)
    return { truth: truth === 'unknown' ? truth : !truth, leaves }
  }
  return 'all' in condition ? combine(condition.all, false, truthOf) : combine(condition.any, true, truthOf)
}

/** `decisive`: the truth that, found once, decides. */
function combine(
  parts: readonly Condition[],
  decisive: boolean,
  truthOf: (comparison: Comparison) => Truth,
): Evaluation {
  const agreed: Leaf[] = []
  const open: Leaf[] = []
  for (const part of parts) {
    const { truth, leaves } = evaluateWith(part, truthOf)
    if (truth === decisive) return { truth, leaves }
    ;(truth === 'unknown' ? open : agreed).push(...leaves)
  }
  return open.length === 0 ? { truth: !decisive, leaves: agreed } : { truth: 'unknown', leaves: open }
}
