import { matchCoreFlow } from '../measure/core-flow.ts'
import { isProduction } from '../measure/production.ts'
import type { WindowEvent } from '../measure/window-event.ts'
import type { RulesDocument } from '../rules/rules-document.ts'
import type { Signal } from '../signals/signal.ts'

/** The error event in a signal, as the windows count it; null: it carries none that can be placed. */
export function toWindowEvent(
  signal: Signal,
  rules: Pick<RulesDocument, 'production' | 'coreFlows'>,
): WindowEvent | null {
  const { facts } = signal
  if (facts.event === null || facts.issue === null || facts.project === null) return null
  if (facts.category !== 'error') return null
  return {
    source: signal.source,
    project: facts.project,
    issue: facts.issue,
    event: facts.event,
    user: facts.user,
    // A time that no clock could have told is none: it counts as of its arrival.
    at: facts.eventAt ?? signal.receivedAt,
    receivedAt: signal.receivedAt,
    unhandled: facts.handled === false,
    environment: facts.environment,
    // A missing environment counts as production.
    production: isProduction(facts.environment, rules.production),
    coreFlow: matchCoreFlow(facts, rules.coreFlows),
    feed: signal.resource === 'error',
  }
}
