import { compare } from './compare.ts'
import type { Comparison } from './condition.ts'
import type { ReadField } from './fields.ts'
import { moreSevere, type Severity } from './severity.ts'
import type { SeverityRule } from './severity-rule.ts'
import { type Unfolded, unfold } from './unfold.ts'

/** From a third of a threshold up a number is near it: it may pass it before anyone would look again at leisure. */
const NEAR = 3

/**
 * Is a measured number close below a threshold that would make an issue more severe than it is? Told from the rules
 * themselves, so that edited thresholds are watched too. Pure.
 */
export function nearThreshold(severity: Severity, rules: readonly SeverityRule[], read: ReadField): boolean {
  return nearOnes(severity, rules).some(near => compare(near, read) === true)
}

const known = new WeakMap<readonly SeverityRule[], Map<Severity, readonly Comparison[]>>()

/** Found once for each table: a revision's rules are never changed in place. */
function nearOnes(severity: Severity, rules: readonly SeverityRule[]): readonly Comparison[] {
  const found = known.get(rules)?.get(severity)
  if (found !== undefined) return found
  const made = rules
    .filter(
      rule =>
        rule.enabled && rule.about === 'issue' && rule.effect === 'severity' && moreSevere(rule.severity, severity),
    )
    .flatMap(rule => (rule.when === null ? [] : thresholds(unfold(rule.when))))
    .map(threshold => ({ ...threshold, value: (threshold.value as number) / NEAR }))
  const bySeverity = known.get(rules) ?? new Map<Severity, readonly Comparison[]>()
  known.set(rules, bySeverity.set(severity, made))
  return made
}

/** Comparisons that a growing number comes to fulfil. */
function thresholds(condition: Unfolded): Comparison[] {
  if ('not' in condition || 'opaque' in condition) return []
  if ('all' in condition) return condition.all.flatMap(thresholds)
  if ('any' in condition) return condition.any.flatMap(thresholds)
  const grows = condition.op === '>' || condition.op === '>='
  return grows && typeof condition.value === 'number' ? [condition] : []
}
