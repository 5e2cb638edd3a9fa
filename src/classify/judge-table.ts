import { type Evaluation, evaluate, type Leaf } from './evaluate.ts'
import type { About, ReadField } from './fields.ts'
import { moreSevere, type Severity } from './severity.ts'
import type { SeverityRule } from './severity-rule.ts'

export interface RowThatHolds {
  rule: SeverityRule
  leaves: Leaf[]
}

export interface Judged {
  severity: Severity
  /** The row that decided; null: none held. */
  fired: RowThatHolds | null
  /** The cap that made it less severe than the row says; null: none did. */
  cap: RowThatHolds | null
  /** The most severe row above the fired one that is unknown, where it would be more severe; else null. */
  possible: Severity | null
}

/** What an issue is when no row holds: unknown is not zero, so it is not P3. */
const WHEN_NO_ROW_HOLDS: Severity = 'P2'

/**
 * Reads the severity table from the top: the first enabled row that holds decides. A cap that holds limits every
 * row after it; one that is unknown does not, or a missing number would make things look harmless.
 */
export function judgeTable(rules: readonly SeverityRule[], about: About, read: ReadField): Judged {
  let cap: RowThatHolds | null = null
  let possible: Severity | null = null
  for (const rule of rules) {
    if (!rule.enabled || rule.about !== about) continue
    const { truth, leaves }: Evaluation = evaluate(rule.when, read)
    if (truth === false) continue
    if (rule.effect === 'cap') {
      if (truth === true && (cap === null || moreSevere(cap.rule.severity, rule.severity))) cap = { rule, leaves }
      continue
    }
    const severity = capped(rule.severity, cap)
    if (truth === true) return settle(severity, { rule, leaves }, cap, possible)
    if (possible === null || moreSevere(severity, possible)) possible = severity
  }
  return settle(capped(WHEN_NO_ROW_HOLDS, cap), null, cap, possible)
}

function capped(severity: Severity, cap: RowThatHolds | null): Severity {
  return cap !== null && moreSevere(severity, cap.rule.severity) ? cap.rule.severity : severity
}

function settle(
  severity: Severity,
  fired: RowThatHolds | null,
  cap: RowThatHolds | null,
  possible: Severity | null,
): Judged {
  const said = fired?.rule.severity ?? WHEN_NO_ROW_HOLDS
  return {
    severity,
    fired,
    cap: severity === said ? null : cap,
    possible: possible !== null && moreSevere(possible, severity) ? possible : null,
  }
}
