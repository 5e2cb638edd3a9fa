import fc from 'fast-check'
import t from 'tap'
import type { FieldValue } from '../../src/classify/fields.ts'
import type { Route } from '../../src/route/escalation-table.ts'
import { matchRoutes } from '../../src/route/match-route.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'

/** Any moment: these routes hold at all times. */
const NOW = 0
const route = (id: string, more: Partial<Route> = {}): Route => {
  return { id, name: id, when: null, policy: 'p', continue: false, during: null, ...more }
}
const readOf =
  (values: Record<string, FieldValue>) =>
  (field: string): FieldValue | undefined =>
    values[field]

t.test('the first route that matches wins; continue goes on below it', async t => {
  const routes = [
    route('p0', { when: { field: 'severity', op: '=', value: 'P0' } }),
    route('also', { when: { field: 'project', op: '=', value: 'web' }, continue: true }),
    route('all'),
    route('never'),
  ]
  const matched = (values: Record<string, FieldValue>) =>
    matchRoutes(readOf(values), routes, NOW).matched.map(found => found.id)
  t.same(matched({ severity: 'P0', project: 'web' }), ['p0'])
  t.same(matched({ severity: 'P1', project: 'web' }), ['also', 'all'])
  t.same(matched({ severity: 'P1', project: 'api' }), ['all'])
})

t.test('what is unknown does not match, and the trace says so', async t => {
  const routes = [
    route('a', { when: { field: 'transaction', op: 'glob', value: '*pay*' } }),
    route('b', { when: { field: 'severity', op: 'in', value: ['P2', 'P3'] } }),
    route('c', { when: { field: 'users-per-hour', op: '>', than: { field: 'events-per-hour', factor: 2 } } }),
    route('d', { when: { field: 'core-flow', op: 'unknown' } }),
  ]
  const read = readOf({ severity: 'P0', 'users-per-hour': 5, 'events-per-hour': 5, 'core-flow': null })
  t.same(matchRoutes(read, routes, NOW).trace, [
    { route: 'a', matched: false, why: 'transaction is unknown, so it does not match' },
    { route: 'b', matched: false, why: 'severity is P0 (not in ["P2","P3"])' },
    { route: 'c', matched: false, why: 'number of affected users in the last hour is 5 (not > 2 × events-per-hour)' },
    { route: 'd', matched: true, why: 'core flow it breaks is none (unknown)' },
  ])
  t.equal(matchRoutes(read, [route('x')], NOW).trace[0]?.why, 'matches everything')
})

t.test('matched routes are those that match, in order, up to the first that does not continue', async () => {
  const rows = fc.array(fc.record({ fits: fc.boolean(), on: fc.boolean() }), { maxLength: 12 })
  fc.assert(
    fc.property(rows, given => {
      const routes = given.map(({ fits, on }, index) =>
        route(`r${index}`, { when: { field: 'project', op: '=', value: fits ? 'web' : 'api' }, continue: on }),
      )
      const wanted: string[] = []
      for (const [index, { fits, on }] of given.entries()) {
        if (!fits) continue
        wanted.push(`r${index}`)
        if (!on) break
      }
      const { matched } = matchRoutes(readOf({ project: 'web' }), routes, NOW)
      return JSON.stringify(matched.map(found => found.id)) === JSON.stringify(wanted)
    }),
  )
})

t.test('the default table sends each severity to its own policy', async t => {
  const { routes } = defaultRules({ pagerduty: true, slack: true })
  for (const severity of ['P0', 'P1', 'P2', 'P3']) {
    t.same(
      matchRoutes(readOf({ severity }), routes, NOW).matched.map(found => found.policy),
      [severity.toLowerCase()],
    )
  }
  t.same(
    matchRoutes(() => undefined, routes, NOW).matched.map(found => found.id),
    ['catch-all'],
  )
})

t.test('a route by time of day matches only while its hours run, or only while they do not', async t => {
  const hours = {
    timeZone: 'Europe/Berlin',
    days: ['mon', 'tue', 'wed', 'thu', 'fri'] as ('mon' | 'tue' | 'wed' | 'thu' | 'fri')[],
    from: '09:00',
    to: '17:00',
    holidays: ['2026-12-25'],
  }
  const day = route('day', { during: { hours, outside: false } })
  const night = route('night', { during: { hours, outside: true } })
  const taken = (iso: string, routes = [day, night]) =>
    matchRoutes(readOf({}), routes, Date.parse(iso)).matched.map(found => found.id)
  t.same(taken('2026-11-23T08:00:00Z'), ['day'], 'Monday, nine in the morning in Berlin')
  t.same(taken('2026-11-23T07:59:59.999Z'), ['night'])
  t.same(taken('2026-11-23T16:00:00Z'), ['night'], 'the first minute that counts no more')
  t.same(taken('2026-11-22T10:00:00Z'), ['night'], 'Sunday')
  t.same(taken('2026-12-25T10:00:00Z'), ['night'], 'a holiday')
  t.same(taken('2026-03-27T08:00:00Z'), ['day'], 'before the clocks change nine is eight in UTC')
  t.same(taken('2026-03-30T07:00:00Z'), ['day'], 'after it, seven')
  t.same(taken('2026-03-30T06:59:00Z'), ['night'])
  const { trace } = matchRoutes(readOf({}), [day], Date.parse('2026-11-22T10:00:00Z'))
  t.same(trace, [{ route: 'day', matched: false, why: 'matches everything; outside its hours' }])
  const nowhere = route('lost', { during: { hours: { ...hours, timeZone: 'Mars/Olympus' }, outside: false } })
  t.same(taken('2026-11-22T10:00:00Z', [nowhere]), ['lost'], 'hours that cannot be read keep nobody from being told')
})
