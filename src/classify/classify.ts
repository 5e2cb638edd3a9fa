import type { Impact } from '../measure/impact.ts'
import type { Signal } from '../signals/signal.ts'
import type { About } from './fields.ts'
import { judgeTable } from './judge-table.ts'
import { type OperatorMarks, readFields } from './read-fields.ts'
import { giveReason } from './say-reason.ts'
import type { Severity } from './severity.ts'
import type { SeverityRule } from './severity-rule.ts'
import type { Verdict } from './verdict.ts'

export interface ClassifyInput {
  signal: Signal
  impact: Impact
  about: About
  rules: readonly SeverityRule[]
  /** Number of the rules' revision. */
  revision: number
  now: number
  marks?: OperatorMarks
}

/** `possible`: how severe it may turn out when what is unknown becomes known; null: not more severe than this. */
export type Judgement = Verdict & { possible: Severity | null }

/** The verdict's rule when no row holds: an operator's table need not cover everything. */
export const NO_RULE = 'none'

/**
 * How bad is it: the first row of that table that holds, held down by the caps above it, with its evidence. Pure.
 * When no row holds it is P2, because unknown is not harmless; except about a project, where that means
 * that nothing is breached and there is no incident: null.
 */
export function classify(input: ClassifyInput & { about: Exclude<About, 'project'> }): Judgement
export function classify(input: ClassifyInput): Judgement | null
export function classify(input: ClassifyInput): Judgement | null {
  const { signal, impact, about, rules, revision, now, marks } = input
  const reader = readFields(signal, impact, marks)
  const judged = judgeTable(rules, about, reader.value)
  if (judged.fired === null && about === 'project') return null
  const { reason, evidence } = giveReason(judged, about, impact, reader)
  return {
    severity: judged.severity,
    rule: judged.fired?.rule.id ?? NO_RULE,
    cap: judged.cap?.rule.id ?? null,
    reason,
    evidence,
    degraded: impact.degraded,
    gaps: impact.gaps,
    at: now,
    revision,
    possible: judged.possible,
  }
}
