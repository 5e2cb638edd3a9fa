import type { Truth } from '../classify/condition.ts'
import { evaluatePartly } from '../classify/evaluate.ts'
import { mentionedFields } from '../classify/mentioned-fields.ts'
import type { Severity } from '../classify/severity.ts'
import type { Route } from '../route/escalation-table.ts'

/** Severe enough that somebody is woken: as in the shipped table, where P2 waits for the day. */
const WAKING: readonly Severity[] = ['P0', 'P1']

/** Which routes take what may wake somebody, by their places in the table. */
export interface WhoTakes {
  /** Routes that every incident of that severity takes, whatever else is known of it. */
  every: { severity: Severity; routes: number[] }[]
  /** Routes that every P0 takes, or that name the severity and may take one. */
  p0: number[]
}

export function whoTakes(routes: readonly Route[]): WhoTakes {
  return { every: WAKING.map(severity => ({ severity, routes: everyTaking(routes, severity) })), p0: takingP0(routes) }
}

function everyTaking(routes: readonly Route[], severity: Severity): number[] {
  const taking: number[] = []
  for (const [index, route] of routes.entries()) {
    if (takes(route, severity) !== true || route.during !== null) continue
    taking.push(index)
    if (!route.continue) break
  }
  return taking
}

function takingP0(routes: readonly Route[]): number[] {
  const taking: number[] = []
  for (const [index, route] of routes.entries()) {
    const truth = takes(route, 'P0')
    const asks = truth === 'unknown' && mentionedFields(route.when).includes('severity')
    if (truth === true || asks) taking.push(index)
    // Nothing is left for those below.
    if (truth === true && !route.continue && route.during === null) break
  }
  return taking
}

function takes({ when }: Route, severity: Severity): Truth {
  return evaluatePartly(when, field => (field === 'severity' ? severity : undefined))
}
