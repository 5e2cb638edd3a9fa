import type { Condition } from './condition.ts'
import { fieldsOfExpression } from './expression.ts'

/** Every field a condition asks about, compared-with ones included, in the order they are written. */
export function mentionedFields(condition: Condition | null): string[] {
  return [...new Set(namesIn(condition))]
}

function namesIn(condition: Condition | null): string[] {
  if (condition === null) return []
  if ('field' in condition) {
    const { field, than } = condition
    return than === undefined ? [field] : [field, than.field]
  }
  if ('cel' in condition) return fieldsOfExpression(condition.cel)
  if ('not' in condition) return namesIn(condition.not)
  if ('all' in condition) return condition.all.flatMap(namesIn)
  return ('any' in condition ? condition.any : condition.none).flatMap(namesIn)
}
