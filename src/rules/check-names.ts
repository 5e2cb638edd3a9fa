import { didYouMean } from '../suggest.ts'
import type { ProblemList } from './problem-list.ts'
import type { RulesDocument } from './rules-document.ts'

/** Every id once, and every policy that a route names is there. */
export function checkNames(document: RulesDocument, problems: ProblemList): void {
  for (const list of ['coreFlows', 'severityRules', 'policies', 'routes'] as const)
    checkUnique(document, list, problems)
  const policies = new Set(document.policies.map(policy => policy.id))
  for (const [index, route] of document.routes.entries()) {
    if (problems.full) return
    if (policies.has(route.policy)) continue
    problems.add(
      ['routes', index, 'policy'],
      `unknown policy "${route.policy}".${didYouMean(route.policy, [...policies])}`,
    )
  }
}

function checkUnique(
  document: RulesDocument,
  list: 'coreFlows' | 'severityRules' | 'policies' | 'routes',
  problems: ProblemList,
): void {
  const seen = new Map<string, number>()
  for (const [index, { id }] of document[list].entries()) {
    const first = seen.get(id)
    if (first === undefined) seen.set(id, index)
    else problems.add([list, index, 'id'], `"${id}" is taken by /${list}/${first}: ids are unique`)
  }
}
