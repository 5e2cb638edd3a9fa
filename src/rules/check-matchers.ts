import type { InputProblem } from '../errors.ts'
import { checkCondition } from './check-condition.ts'
import { createProblemList } from './problem-list.ts'

/** Everything that is wrong with the matchers of a silence, below `/matchers`: they are what a route may ask. */
export function checkMatchers(input: unknown): InputProblem[] {
  const problems = createProblemList()
  checkCondition(input, ['matchers'], 'route', problems)
  return problems.all
}
