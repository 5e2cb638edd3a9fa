import type { Table } from '../classify/fields.ts'
import { checkComparison } from './check-comparison.ts'
import { checkExpression } from './check-expression.ts'
import { isObject, type Path, type ProblemList, type RawObject } from './problem-list.ts'

/** Nesting beyond this is never needed, and reading it must not cost a stack. */
const DEEPEST = 10
const MOST_PARTS = 50
const COMBINATORS = ['all', 'any', 'none', 'not']
const SHAPES =
  '{"field", "op", "value"}, {"all": [...]}, {"any": [...]}, {"none": [...]}, {"not": ...} or {"cel": "expression"}'

/**
 * Everything that is wrong with a condition as it was written, each with its path: unknown names, operators and values
 * that do not fit the field's type, fields that do not belong in this table, nesting. `table` null: not known yet.
 */
export function checkCondition(
  input: unknown,
  path: Path,
  table: Table | null,
  problems: ProblemList,
  depth = 1,
): void {
  if (problems.full) return
  if (depth > DEEPEST) problems.add(path, `nested more than ${DEEPEST} deep: split it into several rows`)
  else if (!isObject(input)) problems.add(path, `must be a condition: ${SHAPES}`)
  else if (COMBINATORS.some(key => key in input)) checkCombination(input, path, table, problems, depth)
  else if ('cel' in input) checkExpression(input, path, table, problems)
  else checkComparison(input, path, table, problems)
}

function checkCombination(
  input: RawObject,
  path: Path,
  table: Table | null,
  problems: ProblemList,
  depth: number,
): void {
  const combinator = COMBINATORS.find(key => key in input) ?? 'all'
  for (const key of Object.keys(input)) {
    if (key !== combinator) {
      problems.add([...path, key], `cannot stand beside "${combinator}": a condition is one of ${SHAPES}`)
    }
  }
  const inner = input[combinator]
  const at = [...path, combinator]
  if (combinator === 'not') {
    checkCondition(inner, at, table, problems, depth + 1)
    return
  }
  const parts: unknown[] = Array.isArray(inner) ? inner : []
  if (parts.length === 0 || parts.length > MOST_PARTS) {
    problems.add(at, `must be a list of 1 to ${MOST_PARTS} conditions`)
    return
  }
  for (const [index, part] of parts.entries()) checkCondition(part, [...at, index], table, problems, depth + 1)
}
