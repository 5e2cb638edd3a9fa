import { matchCoreFlow } from '../measure/core-flow.ts'
import type { Impact } from '../measure/impact.ts'
import { isProduction } from '../measure/production.ts'
import type { Revision, RulesDocument } from '../rules/rules-document.ts'
import type { Signal } from '../signals/signal.ts'
import type { Recorded } from '../whatif/kept-signal.ts'
import type { Judge } from './judge.ts'
import { breachOf, createVerdicts } from './verdicts.ts'

/**
 * Judges by what was measured before, or given by hand, instead of measuring: the same verdicts. What those rules read
 * differently off the same facts (core flows, production's names) is read anew; numbers that were not measured then are
 * unknown now. `recorded`: what is known of that signal.
 */
export function createJudgeRecorded(
  rules: Pick<Revision, 'number' | 'document'>,
  now: () => number,
  recorded: (signal: Signal) => Recorded,
): Judge {
  return async (signal, options = {}) => {
    const { impact: then, archived, suspects, projectDegraded } = recorded(signal)
    const verdicts = createVerdicts(rules, now())
    if (signal.subject.kind !== 'issue' && signal.subject.kind !== 'none') {
      const { own, calm } = verdicts.ofSignal(signal, then)
      return { signal, own, impact: then, suspects, archived, calm, project: null }
    }
    const impact = readAnew(signal, then, rules.document)
    const { own, calm } = verdicts.ofIssue(signal, impact, await options.marks?.())
    const name = signal.facts.project
    const about: Impact | null =
      impact.project === null ? null : { ...impact, issue: null, degraded: projectDegraded, gaps: [] }
    const breach = breachOf(verdicts, signal, impact, about)
    const base = { signal, own, impact, suspects: [], archived, calm }
    if (name === null || about === null || breach === null) return { ...base, project: null }
    return { ...base, project: { name, verdict: breach, impact: about, suspects } }
  }
}

function readAnew({ facts }: Signal, impact: Impact, { coreFlows, production }: RulesDocument): Impact {
  if (impact.issue === null) return impact
  const coreFlow = matchCoreFlow(facts, coreFlows)
  const numbers = impact.issue
  const { environment } = facts
  const inProduction = environment === null ? numbers.inProduction : isProduction(environment, production)
  if (coreFlow === numbers.coreFlow && inProduction === numbers.inProduction) return impact
  const flow =
    coreFlow === null || numbers.coreFlow === null ? { flowUsers: null, flowEvents: null, flowAnonymous: null } : {}
  return { ...impact, issue: { ...numbers, ...flow, coreFlow, inProduction } }
}
