import { compare } from './compare.ts'
import type { Comparison, Condition, Expression, Truth } from './condition.ts'
import { evaluateExpression } from './expression.ts'
import type { ReadField } from './fields.ts'

/** One comparison or expression of a condition, and how it came out. */
export type Leaf = { comparison: Comparison; truth: Truth } | { expression: string; truth: Truth }

export interface Evaluation {
  truth: Truth
  /** The comparisons and expressions that decided it, in the order they are written: the evidence. */
  leaves: Leaf[]
}

/** A condition that is null always holds. Never throws. */
export function evaluate(condition: Condition | null, read: ReadField): Evaluation {
  return evaluateWith(condition, leaf => ('cel' in leaf ? evaluateExpression(leaf.cel, read) : compare(leaf, read)))
}

/** Whether it holds whatever the fields are that `known` gives no value for: unknown, where it hangs on one of them. */
export function evaluatePartly(condition: Condition | null, known: ReadField): Truth {
  return evaluateWith(condition, leaf => {
    if ('cel' in leaf) return evaluateExpression(leaf.cel, known, true)
    return known(leaf.field) === undefined ? 'unknown' : compare(leaf, known)
  }).truth
}

/**
 * Kleene's three-valued logic over what `truthOf` judges: false decides an `all`, true decides an `any` and, the other way
 * round, a `none`, whatever is unknown beside it; else one unknown makes the whole unknown.
 */
export function evaluateWith(
  condition: Condition | null,
  truthOf: (leaf: Comparison | Expression) => Truth,
): Evaluation {
  if (condition === null) return { truth: true, leaves: [] }
  if ('field' in condition) {
    const truth = truthOf(condition)
    return { truth, leaves: [{ comparison: condition, truth }] }
  }
  if ('cel' in condition) {
    const truth = truthOf(condition)
    return { truth, leaves: [{ expression: condition.cel, truth }] }
  }
  if ('not' in condition) return opposite(evaluateWith(condition.not, truthOf))
  if ('none' in condition) return opposite(combine(condition.none, true, truthOf))
  return 'all' in condition ? combine(condition.all, false, truthOf) : combine(condition.any, true, truthOf)
}

function opposite({ truth, leaves }: Evaluation): Evaluation {
  return { truth: truth === 'unknown' ? truth : !truth, leaves }
}

/** `decisive`: the truth that, found once, decides. */
function combine(
  parts: readonly Condition[],
  decisive: boolean,
  truthOf: (leaf: Comparison | Expression) => Truth,
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
