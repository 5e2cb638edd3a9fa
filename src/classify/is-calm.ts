import type { Impact } from '../measure/impact.ts'
import type { Signal } from '../signals/signal.ts'
import type { Truth } from './condition.ts'
import { evaluate } from './evaluate.ts'
import { readFields } from './read-fields.ts'
import type { SeverityRule } from './severity-rule.ts'

/**
 * Has what that rule opened fallen below its threshold for falling (`until`), or, where it has none, does the rule no
 * longer hold? Unknown numbers are no calm: unknown is not zero. A rule that is gone says nothing: unknown. Pure.
 */
export function isCalm(rule: string, rules: readonly SeverityRule[], signal: Signal, impact: Impact): Truth {
  const row = rules.find(candidate => candidate.id === rule)
  if (row === undefined) return 'unknown'
  const { value } = readFields(signal, impact)
  if (row.until !== null) return evaluate(row.until, value).truth
  const holds = evaluate(row.when, value).truth
  return holds === 'unknown' ? holds : !holds
}
