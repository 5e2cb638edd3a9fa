import { type Evaluation, evaluate, type Leaf } from '../classify/evaluate.ts'
import { fieldsOfExpression } from '../classify/expression.ts'
import { fieldNamed, type ReadField } from '../classify/fields.ts'
import { isWithin } from './business-time.ts'
import type { Route } from './escalation-table.ts'

export interface RouteTrace {
  route: string
  matched: boolean
  /** In words: which comparisons decided it. */
  why: string
}

export interface MatchedRoutes {
  /** In the table's order; more than one only where `continue` says so. Empty: nobody would be told. */
  matched: Route[]
  /** Every route that was looked at. */
  trace: RouteTrace[]
}

/**
 * Reads the escalation table from the top: the first route that matches wins, unless it says `continue`, then the
 * search goes on below it. What is unknown does not match, and the trace says so. `now`, ms, is for routes by time of
 * day. Looks at every row to tell why: what only wants to know who matches asks an index (route-index.ts). Pure.
 */
export function matchRoutes(read: ReadField, routes: readonly Route[], now: number): MatchedRoutes {
  const matched: Route[] = []
  const trace: RouteTrace[] = []
  for (const route of routes) {
    const looked = lookAt(route, read, now)
    trace.push({ route: route.id, ...looked })
    if (!looked.matched) continue
    matched.push(route)
    if (!route.continue) break
  }
  return { matched, trace }
}

/** One route by itself, and why. Pure. */
export function lookAt(route: Route, read: ReadField, now: number): { matched: boolean; why: string } {
  const evaluation = evaluate(route.when, read)
  const why = explain(evaluation, read)
  if (evaluation.truth !== true || route.during === null) return { matched: evaluation.truth === true, why }
  const matched = isItsTime(route, now)
  return { matched, why: `${why}; ${matched ? 'within' : 'outside'} its hours` }
}

/** Hours that cannot be read keep nobody from being told. */
export function isItsTime({ during }: Pick<Route, 'during'>, now: number): boolean {
  if (during === null) return true
  try {
    return isWithin(during.hours, now) !== during.outside
  } catch {
    return true
  }
}

function explain({ truth, leaves }: Evaluation, read: ReadField): string {
  if (leaves.length === 0) return 'matches everything'
  const facts = [...new Set(leaves.map(leaf => explainLeaf(leaf, read)))].join('; ')
  return truth === 'unknown' ? `${facts}, so it does not match` : facts
}

function explainLeaf(leaf: Leaf, read: ReadField): string {
  if ('expression' in leaf) {
    const values = fieldsOfExpression(leaf.expression).map(field => `${phraseOf(field)} is ${said(field, read)}`)
    return `${leaf.expression} is ${leaf.truth}${values.length > 0 ? ` (${values.join(', ')})` : ''}`
  }
  const { field, op, value, than } = leaf.comparison
  if (leaf.truth === 'unknown') return `${phraseOf(field)} is unknown`
  const wanted =
    than === undefined ? (value === undefined ? '' : ` ${JSON.stringify(value)}`) : ` ${than.factor} × ${than.field}`
  return `${phraseOf(field)} is ${said(field, read)} (${leaf.truth ? '' : 'not '}${op}${wanted})`
}

function phraseOf(field: string): string {
  return fieldNamed(field)?.phrase ?? field
}

function said(field: string, read: ReadField): string {
  const value = read(field)
  return value === undefined ? 'unknown' : String(value ?? 'none')
}
