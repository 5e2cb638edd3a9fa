import t from 'tap'
import type { Condition } from '../../src/classify/condition.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'
import type { RulesDocument } from '../../src/rules/rules-document.ts'
import { validateRules } from '../../src/rules/validate-rules.ts'
import { warnOverlaps } from '../../src/rules/warn-overlaps.ts'
import type { Surroundings } from '../../src/rules/warning.ts'
import { findWarnings } from '../../src/rules/warnings.ts'

const rules = defaultRules({ pagerduty: true, slack: true })
const DESTINATIONS: Surroundings['destinations'] = [
  { id: 'pagerduty-oncall', kind: 'pagerduty', fallback: null },
  { id: 'slack-incidents', kind: 'slack', fallback: null },
  { id: 'slack-alerts-production', kind: 'slack', fallback: null },
  { id: 'backlog', kind: 'backlog', fallback: null },
]
const taken = { status: 'taken', at: 0, error: null } as const
const TESTS = new Map(DESTINATIONS.map(({ id }) => [id, taken]))
const WELL: Surroundings = { destinations: DESTINATIONS, tests: TESTS }
const found = (document: RulesDocument, surroundings: Surroundings = WELL) => {
  const { destinations } = surroundings
  t.same(validateRules(document, { destinations }), { document }, 'only valid rules are looked at')
  return findWarnings(document, surroundings).map(({ code, path }) => `${code} ${path}`)
}
const route = (id: string, when: Condition | null, policy = 'p0', more: object = {}) => ({
  ...{ id, name: id, when, policy, continue: false, during: null },
  ...more,
})
const routed = (...routes: RulesDocument['routes']): RulesDocument => ({
  ...rules,
  routes: [...routes, ...rules.routes],
})
const is = (field: string, value: string): Condition => ({ field, op: '=', value })

t.test('the shipped rules, tried, warn of nothing but what was not told to be needed', async t => {
  t.same(found(rules), [])
})

t.test('a destination that was never tried, or whose last test failed', async t => {
  const tests = new Map<string, { status: 'taken' | 'waiting' | 'failed'; at: number; error: string | null }>(TESTS)
  tests.delete('slack-incidents')
  tests.set('pagerduty-oncall', { status: 'failed', at: 5, error: 'invalid routing key' })
  t.same(found(rules, { ...WELL, tests }), [
    'destination-test-failed /destinations/pagerduty-oncall',
    'destination-never-tested /destinations/slack-incidents',
  ])
  t.match(findWarnings(rules, { ...WELL, tests })[0], {
    message: /invalid routing key/,
    suggestion: /POST .*\/destinations\/pagerduty-oncall\/test/,
  })
})

t.test('a policy and a destination that nobody uses, a rule that is switched off', async t => {
  const [first, ...others] = rules.severityRules
  const [p0] = rules.policies
  if (first === undefined || p0 === undefined) return t.fail('no rules')
  const document = {
    ...rules,
    severityRules: [{ ...first, enabled: false }, ...others],
    policies: [...rules.policies, { ...p0, id: 'old' }],
  }
  const destinations = [...DESTINATIONS, { id: 'slack-old', kind: 'slack' as const, fallback: null }]
  t.same(found(document, { ...WELL, destinations }), [
    'policy-unused /policies/4',
    'destination-unused /destinations/slack-old',
    'rule-disabled /severityRules/0/enabled',
  ])
  const fallback = destinations.map(one => (one.id === 'pagerduty-oncall' ? { ...one, fallback: 'slack-old' } : one))
  t.same(
    found(rules, { destinations: fallback, tests: new Map(TESTS).set('slack-old', taken) }),
    [],
    'a fallback is used',
  )
})

t.test('a severity that nobody is paged for', async t => {
  const routes = rules.routes.map(one => (one.id === 'p1' ? { ...one, policy: 'p2' } : one))
  const document = { ...rules, routes }
  t.ok(found(document).includes('severity-without-page /routes'))
  const slackOnly = { ...WELL, destinations: DESTINATIONS.filter(({ kind }) => kind !== 'pagerduty') }
  const messages = findWarnings(defaultRules({ pagerduty: false, slack: true }), slackOnly)
  t.match(messages[0], { code: 'severity-without-page', message: /P0/, suggestion: /make a PagerDuty destination/ })
})

t.test('a P0 that is told once, or whose own route pages nobody', async t => {
  const [p0, ...others] = rules.policies
  if (p0 === undefined) return t.fail('no policies')
  const once = { ...p0, id: 'once', steps: p0.steps.slice(0, 1), repeat: null }
  const when = { all: [is('project', 'shop'), is('severity', 'P0')] }
  const document = { ...routed(route('shop', when, 'once')), policies: [p0, once, ...others] }
  t.same(found(document), ['p0-without-second-step /policies/1'])
  t.same(found(routed(route('shop', when, 'p2'))), ['p0-without-page /routes/0/policy'])
})

t.test('a route that several above it leave nothing for, and one that can never match', async t => {
  const both = routed(
    route('severe', { field: 'severity', op: 'in', value: ['P0', 'P1'] }),
    route('mild', { field: 'severity', op: 'in', value: ['P2', 'P3'] }, 'p2'),
    route('shop', is('project', 'shop'), 'p1'),
  )
  const { routes, ...rest } = both
  const only = { ...rest, routes: [...routes.slice(0, 3), route('all', null, 'p3')] }
  const codes = findWarnings(only, WELL)
  t.match(
    codes.filter(({ code }) => code === 'route-unreachable'),
    [{ path: '/routes/2', message: /"severe", "mild" above/ }],
  )
  const never = { all: [is('project', 'a'), is('project', 'b')] }
  t.same(found(routed(route('never', never))), ['route-never-matches /routes/0'])
  const numbers: Condition = { all: [{ field: 'users-per-hour', op: '>', value: 100 }, is('kind', 'project')] }
  t.ok(found(routed(route('unknown', numbers))).includes('route-asks-unknown /routes/0'))
})

t.test('routes that take from each other, unless the upper is simply the narrower', async t => {
  const document = routed(route('staging', is('environment', 'staging'), 'p3'))
  t.same(
    found(document),
    [1, 2, 3].map(at => `routes-overlap /routes/${at}`),
  )
  const narrower: Condition = { all: [is('project', 'shop'), { field: 'severity', op: 'in', value: ['P0', 'P1'] }] }
  t.same(found(routed(route('shop', narrower, 'p0'))), [], 'the narrower on top is how tables are written')
  const apart = routed(
    route('a', { all: [is('project', 'a'), is('environment', 'x')] }, 'p0'),
    route('b', { all: [is('project', 'b'), is('environment', 'x')] }, 'p1'),
  )
  t.same(
    found(apart).filter(one => one === 'routes-overlap /routes/1'),
    [],
    'what excludes each other does not overlap',
  )
})

t.test('ten thousand routes are looked at, and the list stays short', async t => {
  const many = Array.from({ length: 9_990 }, (_, n) =>
    route(`r${n}`, { all: [is('project', `p${n % 3_000}`), is('environment', `e${n}`)] }, n % 2 ? 'p0' : 'p1'),
  )
  const { warnings, complete } = warnOverlaps(many)
  t.same({ warnings, complete }, { warnings: [], complete: true })
  const crossing = Array.from({ length: 3_000 }, (_, n) =>
    route(`r${n}`, is(n % 2 ? 'project' : 'environment', `x${n}`), n % 2 ? 'p0' : 'p1'),
  )
  t.match(findWarnings(routed(...crossing), WELL).at(-1), { code: 'more' })
})

t.test('a place that is told otherwise than by a policy is used, and should be tried as well', async t => {
  const announced = { ...rules, settings: { ...rules.settings, silenceAnnouncedIn: 'slack-quiet' } }
  const quiet = { id: 'slack-quiet', kind: 'slack' as const, fallback: null }
  const tests = new Map(TESTS).set('slack-quiet', taken)
  t.same(found(announced, { destinations: [...DESTINATIONS, quiet], tests }), [])
  t.same(found(announced, { destinations: [...DESTINATIONS, quiet], tests: TESTS }), [
    'destination-never-tested /destinations/slack-quiet',
  ])
  const standIn = DESTINATIONS.map(one => (one.id === 'pagerduty-oncall' ? { ...one, fallback: 'slack-quiet' } : one))
  t.same(found(rules, { destinations: [quiet, ...standIn], tests: TESTS }), [
    'destination-never-tested /destinations/slack-quiet',
  ])
})

t.test('a second step that wakes nobody is none', async t => {
  const [p0, ...others] = rules.policies
  if (p0 === undefined) return t.fail('no policies')
  const backlog = { ...p0.steps[0], after: 'PT15M', targets: [{ destination: 'backlog', mention: null }] }
  const steps = [...p0.steps.slice(0, 1), backlog] as typeof p0.steps
  const document = { ...rules, policies: [{ ...p0, steps, repeat: null }, ...others] }
  t.same(found(document), ['p0-without-second-step /policies/0'])
})

t.test('a project that nobody has heard of is warned of where it is almost one that is known', t => {
  const projects = ['web-shop', 'payments-api', 'shop-1', 'ios']
  const unknownIn = (document: RulesDocument, surroundings: Surroundings) =>
    found(document, surroundings).filter(one => one.startsWith('unknown-project'))
  const at = (when: Condition) => unknownIn(routed(route('r', when)), { ...WELL, projects })
  const unknown = (path: string) => [`unknown-project /routes/0/when${path}`]
  t.same(at(is('project', 'web-shp')), unknown('/value'))
  t.same(at(is('project', 'Web-Shop')), unknown('/value'), 'it is compared as it is written')
  t.same(
    at({ any: [is('level', 'fatal'), { not: { field: 'project', op: 'in', value: ['ios', 'paymets-api'] } }] }),
    unknown('/any/1/not/value/1'),
  )
  for (const project of ['web-shop', 'still-to-come', 'shop-2', 'web-shop-2', 'tvos', 'app'])
    t.same(at(is('project', project)), [], project)
  t.same(at({ field: 'project', op: 'prefix', value: 'web-shp' }), [], 'the beginning of a name is no name')
  const typo = routed(route('r', is('project', 'web-shp')))
  t.same(unknownIn(typo, WELL), [], 'where none is known, none is unknown')
  const warnings = findWarnings(typo, { ...WELL, projects })
  t.match(
    warnings.find(({ code }) => code === 'unknown-project'),
    {
      message: 'no source and no incident is of project "web-shp", and there is "web-shop"',
      suggestion: /did you mean "web-shop"\?/,
    },
  )
  t.end()
})

t.test('projects are looked for wherever a document names one', t => {
  const when = is('project', 'web-shp')
  const [first, ...others] = rules.severityRules
  if (first === undefined) return t.fail('no severity rules')
  const window = { id: 'w', name: 'w', when, reason: 'r', starts: '2026-11-22T02:00', duration: 'PT1H' }
  const more = { timeZone: 'UTC', rrule: null, enabled: true }
  const document: RulesDocument = {
    ...rules,
    coreFlows: [...rules.coreFlows, { id: 'f', transactions: [], tags: [], projects: ['ios', 'web-shp'] }],
    severityRules: [{ ...first, until: when }, ...others],
    maintenance: [{ ...window, ...more }],
    inhibitions: [
      { id: 'i', name: 'i', source: when, target: is('project', 'ios'), equal: [], mostSevere: null, enabled: true },
    ],
  }
  const paths = findWarnings(document, { ...WELL, projects: ['web-shop', 'ios'] })
    .filter(({ code }) => code === 'unknown-project')
    .map(({ path }) => path)
  t.same(paths, [
    `/coreFlows/${rules.coreFlows.length}/projects/1`,
    '/severityRules/0/until/value',
    '/maintenance/0/when/value',
    '/inhibitions/0/source/value',
  ])
  t.end()
})
