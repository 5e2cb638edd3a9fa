import type { z } from 'zod'
import { severityRuleSchema } from '../classify/severity-rule.ts'
import { businessHoursSchema } from '../incidents/business-hours.ts'
import { coreFlowSchema } from '../measure/core-flow.ts'
import { inhibitionSchema } from '../mute/inhibition.ts'
import { maintenanceWindowSchema } from '../mute/maintenance-window.ts'
import { policySchema, routeSchema, stepSchema, targetSchema } from '../route/escalation-table.ts'
import { didYouMean } from '../suggest.ts'
import type { ProblemList } from './problem-list.ts'
import { knownPersonSchema, rulesDocumentSchema, settingsSchema } from './rules-document.ts'

/** What may stand in each part of the document, by the name of the list (or object) it stands in. */
const KEYS: Readonly<Record<string, string[]>> = {
  '': Object.keys(rulesDocumentSchema.shape),
  coreFlows: Object.keys(coreFlowSchema.shape),
  severityRules: Object.keys(severityRuleSchema.shape),
  policies: Object.keys(policySchema.shape),
  steps: Object.keys(stepSchema.shape),
  targets: Object.keys(targetSchema.shape),
  routes: Object.keys(routeSchema.shape),
  settings: Object.keys(settingsSchema.shape),
  maintenance: Object.keys(maintenanceWindowSchema.shape),
  inhibitions: Object.keys(inhibitionSchema.shape),
  people: Object.keys(knownPersonSchema.shape),
  repeat: Object.keys(policySchema.shape.repeat.unwrap().unwrap().shape),
  whenCalm: Object.keys(policySchema.shape.whenCalm.unwrap().unwrap().shape),
  storm: ['incidents', 'within'],
  during: ['hours', 'outside'],
  hours: Object.keys(businessHoursSchema.shape),
}

type Issue = z.core.$ZodIssue

/** zod's issues in the words of an operator, each with its path and what to do. */
export function explainShape(issues: readonly Issue[], problems: ProblemList): void {
  for (const issue of issues) {
    if (problems.full) return
    const path = issue.path.map(part => (typeof part === 'symbol' ? String(part) : part))
    if (issue.code === 'unrecognized_keys') {
      const place = path.findLast(part => typeof part === 'string') ?? ''
      const allowed = KEYS[place] ?? []
      for (const key of issue.keys) problems.add([...path, key], `unknown field "${key}".${didYouMean(key, allowed)}`)
    } else {
      problems.add(path, say(issue))
    }
  }
}

function say(issue: Issue): string {
  if (issue.code === 'invalid_union') {
    const first = issue.errors[0]?.[0]
    return first === undefined ? issue.message : say(first)
  }
  if (issue.code === 'invalid_value') return `must be one of: ${issue.values.map(String).join(', ')}`
  if (issue.code === 'invalid_format') return `must be ${issue.message}`
  if (issue.code === 'invalid_type') {
    const missing = issue.message.endsWith('received undefined')
    return missing ? `missing: ${article(issue.expected)} is needed here` : `must be ${article(issue.expected)}`
  }
  return issue.message
}

function article(type: string): string {
  if (type === 'array') return 'a list'
  if (type === 'boolean') return 'true or false'
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}
