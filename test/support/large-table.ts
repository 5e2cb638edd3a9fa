import type { Condition } from '../../src/classify/condition.ts'
import type { FieldValue, ReadField } from '../../src/classify/fields.ts'
import type { Route } from '../../src/route/escalation-table.ts'

/** An escalation table as a large company writes it, and incidents that land at its top, in its middle and at its end. */

const ENVIRONMENTS = ['production', 'staging', 'canary', 'load-test', 'preview']
const SEVERE: Condition = { field: 'severity', op: 'in', value: ['P0', 'P1'] }
const is = (field: string, value: string): Condition => ({ field, op: '=', value })

/** Of so many routes: by project and environment, by team and severity, by prefix of the project, by expression; a catch-all. */
export function tableOf(size: number): { routes: Route[]; incidents: ReadField[] } {
  const routes = Array.from({ length: size - 1 }, (_, n) => routeOf(`r${n}`, conditionOf(n)))
  return {
    routes: [...routes, routeOf('everything-else', null)],
    incidents: [0, 3, Math.floor(size / 2), size - 2, size * 10].map(n => incidentOf(n)),
  }
}

function conditionOf(n: number): Condition {
  const project = `project-${Math.floor(n / 5)}`
  if (n % 10 === 7) return { all: [is('tag.team', `team-${n}`), SEVERE] }
  if (n % 10 === 8)
    return { any: [{ field: 'project', op: 'prefix', value: `group-${n}/` }, is('owner-team', `t-${n}`)] }
  if (n % 10 === 9) return { cel: `project == "calculated-${n}" && users_per_hour > 10` }
  return { all: [is('project', project), is('environment', ENVIRONMENTS[n % 5] ?? ''), SEVERE] }
}

function routeOf(id: string, when: Condition | null): Route {
  return { id, name: id, when, policy: 'p', continue: false, during: null }
}

function incidentOf(n: number): ReadField {
  const values: Record<string, FieldValue> = {
    severity: 'P1',
    project: `project-${Math.floor(n / 5)}`,
    environment: ENVIRONMENTS[n % 5] ?? '',
    release: '1.0',
    'owner-team': null,
    'core-flow': null,
    'users-per-hour': 40,
  }
  return field => (field === 'tag.team' ? `team-${n}` : values[field])
}
