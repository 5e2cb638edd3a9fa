import { type Evaluation, evaluate, type Leaf } from '../classify/evaluate.ts'
import { fieldNamed, type ReadField } from '../classify/fields.ts'
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
 * search goes on below it. What is unknown does not match, and the trace says so. Pure.
 */
export function matchRoutes(read: ReadField, routes: readonly Route[]): MatchedRoutes {
  const matched: Route[] = []
  const trace: RouteTrace[] = []
  for (const route of routes) {
    const evaluation = evaluate(route.when, read)
    const fits = evaluation.truth === true
    trace.push({ route: route.id, matched: fits, why: explain(evaluation, read) })
    if (!fits) continue
    matched.push(route)
    if (!route.continue) break
  }
  return { matched, trace }
}

function explain({ truth, leaves }: Evaluation, read: ReadField): string {
  if (leaves.length === 0) return 'matches everything'
  const facts = [...new Set(leaves.map(leaf => explainLeaf(leaf, read)))].join('; ')
  return truth === 'unknown' ? `${facts}, so it does not match` : facts
}

function explainLeaf({ comparison, truth }: Leaf, read: ReadField): string {
  const { field, op, value, than } = comparison
  const phrase = fieldNamed(field)?.phrase ?? field
  const is = read(field)
  if (truth === 'unknown') return `${phrase} is unknown`
  const wanted =
    than === undefined ? (value === undefined ? '' : ` ${JSON.stringify(value)}`) : ` ${than.factor} × ${than.field}`
  return `${phrase} is ${is === undefined ? 'unknown' : (is ?? 'none')} (${truth ? '' : 'not '}${op}${wanted})`
}
