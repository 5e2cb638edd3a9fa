import { DEFAULT_CORE_FLOWS } from './default-core-flows.ts'
import { defaultPolicies, defaultRoutes, type ExistingDestinations } from './default-policies.ts'
import { defaultSeverityRules } from './default-severity-rules.ts'
import { type RulesDocument, rulesDocumentSchema } from './rules-document.ts'

/** The rules that are published at the first start, for the destinations there are. Plain data: everything is editable. */
export function defaultRules(existing: ExistingDestinations): RulesDocument {
  return rulesDocumentSchema.parse({
    coreFlows: DEFAULT_CORE_FLOWS,
    severityRules: defaultSeverityRules(),
    policies: defaultPolicies(existing),
    routes: defaultRoutes(),
  })
}
