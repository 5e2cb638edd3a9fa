import type { Comparison, Condition } from './condition.ts'

/** Every comparison in a condition, in the order they are written. */
export function comparisonsOf(condition: Condition | null): Comparison[] {
  if (condition === null) return []
  if ('field' in condition) return [condition]
  if ('not' in condition) return comparisonsOf(condition.not)
  return ('all' in condition ? condition.all : condition.any).flatMap(comparisonsOf)
}

/** Every field a condition asks about, compared-with ones included. */
export function mentionedFields(condition: Condition | null): string[] {
  const names = comparisonsOf(condition).flatMap(({ field, than }) =>
    than === undefined ? [field] : [field, than.field],
  )
  return [...new Set(names)]
}
