import { CHOSEN_CEILING } from '../classify/apply-chosen.ts'
import type { Judgement } from '../classify/classify.ts'
import type { Truth } from '../classify/condition.ts'
import { evaluate } from '../classify/evaluate.ts'
import type { About } from '../classify/fields.ts'
import { type OperatorMarks, readFields } from '../classify/read-fields.ts'
import { sayLeaf } from '../classify/say-evidence.ts'
import type { Severity } from '../classify/severity.ts'
import type { SeverityRule } from '../classify/severity-rule.ts'
import type { Impact } from '../measure/impact.ts'
import type { Signal } from '../signals/signal.ts'

/** One row of the severity table, as it looked at a signal. */
export interface SeverityTrace {
  rule: string
  name: string
  effect: SeverityRule['effect']
  severity: Severity
  holds: Truth
  /**
   * `decided`: it is why; `capped`: it held the verdict down; `after`: it stands below the row that decided, which ended
   * the search; `disabled`: it is switched off; `no`: it does not hold, or nobody knows.
   */
  part: 'decided' | 'capped' | 'after' | 'disabled' | 'no'
  why: string
}

/** Every row about such a thing, in the table's order, with why it held or did not. Pure. */
export function traceSeverity(
  about: About,
  signal: Signal,
  impact: Impact,
  rules: readonly SeverityRule[],
  verdict: Judgement | null,
  marks: OperatorMarks = {},
): SeverityTrace[] {
  const reader = readFields(signal, impact, marks)
  const rows = rules.filter(rule => rule.about === about)
  const decidedAt = rows.findIndex(rule => rule.id === verdict?.rule)
  return rows.map((rule, index) => {
    const { truth, leaves } = evaluate(rule.when, reader.value)
    const said = [...new Set(leaves.flatMap(leaf => sayLeaf(leaf, reader)).map(item => item.says))].join('; ')
    const { id, name, effect, severity } = rule
    return { rule: id, name, effect, severity, holds: truth, part: partOf(), why: said === '' ? 'always' : said }

    function partOf(): SeverityTrace['part'] {
      if (!rule.enabled) return 'disabled'
      if (rule.id === verdict?.rule) return 'decided'
      if (rule.id === verdict?.cap && verdict.cap !== CHOSEN_CEILING) return 'capped'
      return decidedAt !== -1 && index > decidedAt ? 'after' : 'no'
    }
  })
}
