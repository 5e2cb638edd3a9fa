import type { Impact } from '../measure/impact.ts'
import { type Chosen, whereChosen } from '../signals/chosen.ts'
import { isDataLoss } from '../signals/data-loss.ts'
import type { Signal } from '../signals/signal.ts'
import type { Judgement } from './classify.ts'
import { moreSevere, type Severity } from './severity.ts'

/** Stands where the id of a cap does when a ceiling chosen in Sentry held a verdict down. */
export const CHOSEN_CEILING = 'chosen-in-sentry'

export interface ChosenAbout {
  kind: Signal['subject']['kind']
  /** Of the incident, the signal's own among them. */
  tags: Readonly<Record<string, string>>
  impact: Impact
}

/**
 * The verdict within the floor and ceiling that were chosen in Sentry, saying which number they overrule. Pure.
 * A ceiling hides no P0 of data loss, crash-free rate or spike unless it says so. A floor does not lift what is seen
 * only outside production: an alert rule without an environment filter fires there too, and nobody asked to be woken
 * by a test system. (A policy chosen for it is followed all the same: that says who is told of this very alert.)
 */
export function applyChosen(verdict: Judgement, chosen: Chosen | null, about: ChosenAbout): Judgement {
  if (chosen === null) return verdict
  const { floor, ceiling } = chosen
  if (floor !== null && moreSevere(floor, verdict.severity) && !isOutsideProduction(verdict, about)) {
    return { ...overruled(verdict, floor, 'floor', chosen), possible: ifMoreSevere(verdict.possible, floor) }
  }
  if (ceiling === null) return verdict
  const possible = chosen.ceilingHidesAll
    ? ifMoreSevere(leastSevere(verdict.possible, ceiling), verdict.severity)
    : verdict.possible
  if (!moreSevere(verdict.severity, ceiling)) return { ...verdict, possible }
  if (!chosen.ceilingHidesAll && isNeverHidden(verdict, about)) {
    const left = `the ceiling ${ceiling} chosen in ${whereChosen(chosen)} does not say that it holds for this`
    return { ...verdict, reason: `${verdict.reason.replace(/\.+$/, '')}; ${left}.` }
  }
  return { ...overruled(verdict, ceiling, 'ceiling', chosen), cap: CHOSEN_CEILING, possible: null }
}

function isOutsideProduction(verdict: Judgement, { impact }: ChosenAbout): boolean {
  const judgedSo = verdict.evidence.some(({ field, value }) => field === 'in-production' && value === false)
  return judgedSo || impact.issue?.inProduction === false
}

/** About a project a P0 is its crash-free rate or a spike: its table judges nothing else. */
function isNeverHidden(verdict: Judgement, { kind, tags }: ChosenAbout): boolean {
  return verdict.severity === 'P0' && (kind === 'project' || isDataLoss(tags))
}

function overruled(verdict: Judgement, to: Severity, by: 'floor' | 'ceiling', chosen: Chosen): Judgement {
  const says = `${by} ${to} chosen in ${whereChosen(chosen)}`
  return {
    ...verdict,
    severity: to,
    measured: verdict.severity,
    reason: `${to} by the ${by} chosen in ${whereChosen(chosen)}; measured ${verdict.reason}`,
    evidence: [...verdict.evidence, { field: `chosen-${by}`, says, value: to, source: null, at: chosen.at }],
  }
}

function ifMoreSevere(severity: Severity | null, than: Severity): Severity | null {
  return severity !== null && moreSevere(severity, than) ? severity : null
}

function leastSevere(severity: Severity | null, ceiling: Severity): Severity | null {
  return severity !== null && moreSevere(severity, ceiling) ? ceiling : severity
}
