import type { Comparison } from '../classify/condition.ts'
import { type Unfolded, unfold } from '../classify/unfold.ts'
import type { ProblemList } from './problem-list.ts'
import type { RulesDocument } from './rules-document.ts'

/**
 * A threshold for falling lies below the one for rising, or what just rose would be over at once. Refused where both are
 * plain numbers of one field, also when the two look the same way; and on a cap, which opens nothing that could be over.
 */
export function checkFalling({ severityRules }: RulesDocument, problems: ProblemList): void {
  for (const [index, rule] of severityRules.entries()) {
    if (problems.full || rule.until === null) continue
    const path = ['severityRules', index, 'until']
    if (rule.effect === 'cap') {
      problems.add(path, 'a cap opens nothing, so nothing of it can be over: remove it')
      continue
    }
    const rising = rule.when === null ? [] : comparisons(unfold(rule.when))
    const until = unfold(rule.until)
    for (const falling of comparisons(until)) {
      const wrong = rising.find(one => one.field === falling.field && overlap(one, falling))
      if (wrong !== undefined)
        problems.add(
          path,
          `${falling.field} ${falling.op} ${String(falling.value)} holds while ${wrong.op} ${String(wrong.value)} does too: what just rose would be over at once. Leave room between the two`,
        )
    }
    const sameWay = waysToFall(until).find(
      way => way.length > 0 && way.every(falling => rising.some(one => looksTheSameWay(one, falling))),
    )
    const [falling] = sameWay ?? []
    if (falling !== undefined)
      problems.add(
        path,
        `${falling.field} ${falling.op} ${String(falling.value)} looks the same way as the threshold for rising: what hurts most would be over. Write ${falling.op.startsWith('>') ? '<=' : '>='}`,
      )
  }
}

/** Each is enough by itself. */
function waysToFall(condition: Unfolded): Comparison[][] {
  return 'any' in condition ? condition.any.flatMap(waysToFall) : [comparisons(condition)]
}

function looksTheSameWay(a: Comparison, b: Comparison): boolean {
  const numbers = typeof a.value === 'number' && typeof b.value === 'number'
  return numbers && a.field === b.field && '<>'.includes(a.op.charAt(0)) && a.op.charAt(0) === b.op.charAt(0)
}

function comparisons(condition: Unfolded): Comparison[] {
  if ('not' in condition || 'opaque' in condition) return []
  if ('all' in condition) return condition.all.flatMap(comparisons)
  if ('any' in condition) return condition.any.flatMap(comparisons)
  return [condition]
}

/** Is there a number that both hold for? */
function overlap(a: Comparison, b: Comparison): boolean {
  if (typeof a.value !== 'number' || typeof b.value !== 'number') return false
  const ways = [a.op[0], b.op[0]].join('')
  if (ways !== '><' && ways !== '<>') return false
  const [low, high] = ways === '><' ? [a, b] : [b, a]
  const both = low.op === '>=' && high.op === '<='
  return both ? (low.value as number) <= (high.value as number) : (low.value as number) < (high.value as number)
}
