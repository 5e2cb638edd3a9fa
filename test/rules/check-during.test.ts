import t from 'tap'
import type { KnownDestination } from '../../src/rules/check-policies.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'
import type { RulesDocument } from '../../src/rules/rules-document.ts'
import { validateRules } from '../../src/rules/validate-rules.ts'

const destinations: KnownDestination[] = [
  { id: 'pagerduty-oncall', kind: 'pagerduty' },
  { id: 'slack-incidents', kind: 'slack' },
  { id: 'slack-alerts-production', kind: 'slack' },
  { id: 'backlog', kind: 'backlog' },
]
const HOURS = { timeZone: 'Europe/Berlin', days: ['mon'], from: '09:00', to: '17:00' }
const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

function pathsWith(change: (routes: Record<string, unknown>[]) => void): string[] {
  const draft = structuredClone(defaultRules({ pagerduty: true, slack: true }))
  change(draft.routes as Record<string, unknown>[])
  const result = validateRules(draft, { destinations })
  return 'problems' in result ? result.problems.map(({ path }) => path) : []
}
const during = (hours: object, outside = false, more: object = {}) =>
  pathsWith(routes =>
    routes.unshift({ id: 'new', name: 'new', when: null, policy: 'p0', during: { hours, outside }, ...more }),
  )

t.test('hours as policies have them, and some time left', async t => {
  t.same(during(HOURS), [])
  t.same(during({ ...HOURS, timeZone: 'Mars' }), ['/routes/0/during/hours/timeZone'])
  t.same(during({ ...HOURS, from: '18:00' }), ['/routes/0/during/hours/to'])
  t.same(during({ ...HOURS, from: '17:00' }), ['/routes/0/during/hours/to'])
  t.same(during({ ...HOURS, days: EVERY_DAY, from: '00:00', to: '24:00' }, true), ['/routes/0/during'])
  t.same(during({ ...HOURS, tz: 'x' }), ['/routes/0/during/hours/tz'])
})

t.test('it takes everything only for a while, so what stands below is reached', async t => {
  t.same(during(HOURS), [], 'no route below can "never be reached"')
  t.same(
    pathsWith(routes => Object.assign(routes.at(-1) ?? {}, { during: { hours: HOURS } })),
    ['/routes'],
    'and the catch-all holds at all times',
  )
})

t.test('a P0 that only the backlog hears of by night is refused too', async t => {
  t.same(during(HOURS, true, { policy: 'p3', when: { field: 'severity', op: '=', value: 'P0' } }), ['/routes/0/policy'])
})

t.test('a table stored before there were such routes is read as it was', async t => {
  const draft: RulesDocument = structuredClone(defaultRules({ pagerduty: true, slack: true }))
  const old = { ...draft, routes: draft.routes.map(({ during: _, ...route }) => route) }
  t.same(validateRules(old, { destinations }), { document: draft })
})

t.test('hours over midnight are refused with how to write them', async t => {
  const draft = structuredClone(defaultRules({ pagerduty: true, slack: true })) as { routes: object[] }
  const hours = { ...HOURS, days: EVERY_DAY, from: '22:00', to: '06:00' }
  draft.routes = [{ id: 'new', name: 'new', when: null, policy: 'p0', during: { hours } }, ...draft.routes]
  const result = validateRules(draft, { destinations })
  t.match(result, { problems: [{ message: /from "06:00" to "22:00" with "outside": true/ }] })
  const written = { hours: { ...hours, from: '06:00', to: '22:00' }, outside: true }
  const [first, ...rest] = draft.routes
  t.notOk('problems' in validateRules({ ...draft, routes: [{ ...first, during: written }, ...rest] }, { destinations }))
})
