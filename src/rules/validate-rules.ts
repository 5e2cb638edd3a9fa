import type { Table } from '../classify/fields.ts'
import type { InputProblem } from '../errors.ts'
import { checkCondition } from './check-condition.ts'
import { checkDuring } from './check-during.ts'
import { checkFalling } from './check-falling.ts'
import { checkMuteConditions, checkMutes } from './check-mutes.ts'
import { checkNames } from './check-names.ts'
import { checkOrder } from './check-order.ts'
import { checkPolicies, type KnownDestination } from './check-policies.ts'
import { checkWhoIsWoken } from './check-who-is-woken.ts'
import { explainShape } from './explain-shape.ts'
import { createProblemList, isObject, type ProblemList } from './problem-list.ts'
import { type RulesDocument, rulesDocumentSchema } from './rules-document.ts'

export type Validation = { document: RulesDocument } | { problems: InputProblem[] }

const MOST_ROWS: Readonly<Record<string, number>> = {
  routes: 10_000,
  severityRules: 1_000,
  policies: 1_000,
  coreFlows: 1_000,
  maintenance: 500,
  inhibitions: 200,
}

/**
 * The document, its defaults filled in, or every problem that keeps it from being published: JSON pointer, what is
 * wrong, what to do. Never throws. First the sizes, then each condition and the shape, then what the parts say together.
 */
export function validateRules(input: unknown, known: { destinations: readonly KnownDestination[] }): Validation {
  const problems = createProblemList()
  checkSizes(input, problems)
  if (problems.all.length > 0) return { problems: problems.all }
  checkConditions(input, problems)
  checkMuteConditions(input, problems)
  // Conditions that were refused are left out: reading the shape recurses into them, and they have been spoken for.
  const parsed = rulesDocumentSchema.safeParse(problems.all.length === 0 ? input : withoutConditions(input))
  if (!parsed.success) explainShape(parsed.error.issues, problems)
  if (!parsed.success || problems.all.length > 0) return { problems: problems.all }
  const document = parsed.data
  checkNames(document, problems)
  checkPolicies(document, known.destinations, problems)
  checkWhoIsWoken(document, known.destinations, problems)
  checkDuring(document, problems)
  checkOrder(document, problems)
  checkFalling(document, problems)
  checkMutes(document, known.destinations, problems)
  return problems.all.length > 0 ? { problems: problems.all } : { document }
}

function checkSizes(input: unknown, problems: ProblemList): void {
  if (!isObject(input)) {
    problems.add([], 'must be a rules document: an object with severityRules, policies and routes')
    return
  }
  for (const [list, most] of Object.entries(MOST_ROWS)) {
    const rows = input[list]
    if (Array.isArray(rows) && rows.length > most) problems.add([list], `${rows.length} rows; at most ${most}`)
  }
}

function checkConditions(input: unknown, problems: ProblemList): void {
  if (!isObject(input)) return
  for (const [index, rule] of rowsOf(input.severityRules)) {
    const table = TABLES.find(name => name === rule.about) ?? null
    checkWhen(rule, ['severityRules', index, 'when'], table, problems)
    const { until } = rule
    if (until !== undefined && until !== null) checkCondition(until, ['severityRules', index, 'until'], table, problems)
  }
  for (const [index, route] of rowsOf(input.routes)) checkWhen(route, ['routes', index, 'when'], 'route', problems)
}

const TABLES = ['issue', 'project', 'metric', 'source'] as const

function rowsOf(list: unknown): [number, Record<string, unknown>][] {
  const rows: unknown[] = Array.isArray(list) ? list : []
  return rows.flatMap((row, index) => (isObject(row) ? [[index, row]] : []))
}

function checkWhen(
  row: Record<string, unknown>,
  path: (string | number)[],
  table: Table | null,
  problems: ProblemList,
): void {
  if (row.when === undefined) problems.add(path, 'missing: a condition, or null for always')
  else if (row.when !== null) checkCondition(row.when, path, table, problems)
}

/** Stands for a condition that was refused and may not be null. */
const ANYTHING = { field: 'severity', op: 'known' }

function withoutConditions(input: unknown): unknown {
  if (!isObject(input)) return input
  const strip = (list: unknown): unknown =>
    Array.isArray(list) ? list.map((row: unknown) => (isObject(row) ? withoutCondition(row) : row)) : list
  const { maintenance, inhibitions, ...rest } = input
  const stripped = {
    ...rest,
    severityRules: strip(input.severityRules),
    routes: strip(input.routes),
    ...(maintenance === undefined ? {} : { maintenance: strip(maintenance) }),
  }
  if (!Array.isArray(inhibitions)) return inhibitions === undefined ? stripped : { ...stripped, inhibitions }
  const plain = (rule: unknown) => (isObject(rule) ? { ...rule, source: ANYTHING, target: ANYTHING } : rule)
  return { ...stripped, inhibitions: inhibitions.map(plain) }
}

function withoutCondition(row: Record<string, unknown>): unknown {
  return 'until' in row ? { ...row, when: null, until: null } : { ...row, when: null }
}
