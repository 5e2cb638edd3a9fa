import { classify, type Judgement } from '../classify/classify.ts'
import type { Truth } from '../classify/condition.ts'
import { isCalm } from '../classify/is-calm.ts'
import type { OperatorMarks } from '../classify/read-fields.ts'
import type { Impact } from '../measure/impact.ts'
import { inItsEnvironment } from '../measure/in-its-environment.ts'
import type { Revision } from '../rules/rules-document.ts'
import type { Signal } from '../signals/signal.ts'

interface Judged<Own extends Judgement | null> {
  own: Own
  /** Has it fallen below that rule's threshold for falling? */
  calm(rule: string): Truth
}

export type Verdicts = ReturnType<typeof createVerdicts>

/**
 * What that revision says of a signal and of what was measured for it: the one place where a signal meets the severity
 * table, whether it is judged now, simulated, or told again. Pure. `now`: ms.
 */
export function createVerdicts({ document, number: revision }: Pick<Revision, 'document' | 'number'>, now: number) {
  const rules = document.severityRules
  const calmOf = (signal: Signal, impact: Impact) => (rule: string) => isCalm(rule, rules, signal, impact)

  /** About what the signal itself says it is about. */
  function ofSignal(signal: Signal, impact: Impact, marks: OperatorMarks = {}): Judged<Judgement | null> {
    const { kind } = signal.subject
    if (kind === 'project') return ofProject(signal, impact)
    if (kind !== 'metric' && kind !== 'source') return ofIssue(signal, impact, marks)
    const where = kind === 'source' ? impact : inItsEnvironment(signal, impact, document.production)
    const own = classify({ signal, impact: where, about: kind, rules, revision, now, marks: {} })
    return { own, calm: calmOf(signal, where) }
  }

  function ofIssue(signal: Signal, impact: Impact, marks: OperatorMarks = {}): Judged<Judgement> {
    const own = classify({ signal, impact, about: 'issue', rules, revision, now, marks })
    return { own, calm: calmOf(signal, impact) }
  }

  /** Null: nothing is breached. Measuring again asks what is so now: what an alert said once is no evidence of that. */
  function ofProject(signal: Signal, impact: Impact): Judged<Judgement | null> {
    const asOf = signal.origin === 'monitor' && signal.subject.kind === 'project' ? { ...signal, metric: null } : signal
    const own = classify({ signal: asOf, impact, about: 'project', rules, revision, now })
    return { own, calm: calmOf(asOf, impact) }
  }

  return { ofSignal, ofIssue, ofProject }
}

/** What an issue shows about its project: null where nothing is breached, or it says nothing about production. */
export function breachOf(
  verdicts: Verdicts,
  signal: Signal,
  impact: Impact,
  projectImpact: Impact | null,
): Judgement | null {
  if (signal.facts.project === null || projectImpact === null || impact.issue?.inProduction === false) return null
  return verdicts.ofProject(signal, projectImpact).own
}
