import t from 'tap'
import { fieldNames, type Table } from '../../src/classify/fields.ts'
import { NO_ISSUE_IMPACT } from '../../src/measure/impact.ts'
import { type RoutedIncident, readIncidentFields } from '../../src/route/read-incident-fields.ts'

function incidentOf(more: Partial<RoutedIncident>): RoutedIncident {
  return {
    severity: 'P0',
    kind: 'issue',
    source: 'default',
    project: 'web',
    environment: 'production',
    level: 'error',
    release: 'v2.4.1',
    errorClass: 'TypeError',
    transaction: '/cart',
    tags: {},
    coreFlow: null,
    owner: null,
    impact: {},
    ...more,
  }
}

t.test('every field that a route may name is read off a full incident', async t => {
  const impact = { ...NO_ISSUE_IMPACT, inProduction: true, isNew: true, regressed: false, escalating: false }
  const users = { value: 7, source: 'sentry' as const, at: 1, windowSeconds: 3600 }
  const read = readIncidentFields(
    incidentOf({
      tags: { plan: 'gold' },
      coreFlow: 'payment',
      owner: { type: 'team', id: '3', name: 'payments' },
      impact: { production: { ...impact, users, events: users } },
    }),
  )
  const table: Table = 'route'
  for (const name of fieldNames(table)) t.not(read(name), undefined, name)
  t.equal(read('owner-team'), 'payments')
  t.equal(read('users-per-hour'), 7)
  t.equal(read('tag.plan'), 'gold')
  t.equal(read('tag.toString'), null)
  t.equal(read('nonsense'), undefined)
})

t.test('unknown stays unknown, none is none, a missing environment is production', async t => {
  const read = readIncidentFields(
    incidentOf({
      environment: null,
      release: null,
      coreFlow: null,
      owner: { type: 'user', id: '1', name: 'x' },
      impact: {},
    }),
  )
  t.equal(read('environment'), 'production')
  t.equal(read('release'), undefined)
  t.equal(read('users-per-hour'), undefined)
  t.equal(read('core-flow'), null)
  t.equal(read('owner-team'), null)
})
