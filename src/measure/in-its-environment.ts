import type { Signal } from '../signals/signal.ts'
import { type Impact, NO_ISSUE_IMPACT } from './impact.ts'
import { isProduction } from './production.ts'

/** A metric is of no issue: of one, only whether its environment is production is known. Pure. */
export function inItsEnvironment(
  { facts }: Pick<Signal, 'facts'>,
  impact: Impact,
  production: readonly string[],
): Impact {
  return { ...impact, issue: { ...NO_ISSUE_IMPACT, inProduction: isProduction(facts.environment, production) } }
}
