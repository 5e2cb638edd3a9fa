import fc from 'fast-check'
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
const known = { destinations }

for (const pagerduty of [true, false]) {
  for (const slack of [true, false]) {
    t.test(
      `the defaults with${pagerduty ? '' : 'out'} PagerDuty, with${slack ? '' : 'out'} Slack are valid`,
      async t => {
        const document = defaultRules({ pagerduty, slack })
        const there = destinations.filter(({ kind }) => kind === 'backlog' || (kind === 'slack' ? slack : pagerduty))
        t.same(validateRules(document, { destinations: there }), { document })
        t.same(validateRules(JSON.parse(JSON.stringify(document)), { destinations: there }), { document })
      },
    )
  }
}

/** The defaults, as JSON that anyone could have typed into. */
type Draft = Record<string, unknown> & {
  [list in 'severityRules' | 'policies' | 'routes' | 'coreFlows']: Record<string, unknown>[]
} & { settings: Record<string, unknown> }

function problemsAfter(change: (draft: Draft) => void): { path: string; message: string }[] {
  const draft = JSON.parse(JSON.stringify(defaultRules({ pagerduty: true, slack: true }))) as Draft
  change(draft)
  const result = validateRules(draft, known)
  return 'problems' in result ? result.problems : []
}

const rule = (id: string, more: object = {}) => ({ id, name: id, about: 'issue', severity: 'P2', when: null, ...more })
const route = (id: string, more: object = {}) => ({ id, name: id, when: null, policy: 'p2', ...more })
const asks = (when: unknown) => (draft: Draft) => draft.severityRules.unshift(rule('new', { when }))
const routes = (when: unknown) => (draft: Draft) => draft.routes.unshift(route('new', { when }))
const policy =
  (change: (steps: Record<string, unknown>[], policy: Record<string, unknown>) => void) => (draft: Draft) => {
    const first = draft.policies[0] ?? {}
    change(first.steps as Record<string, unknown>[], first)
  }
const target = (destination: string, mention: string | null = null) => ({ destination, mention })
const HOURS = { timeZone: 'Europe/Berlin', days: ['mon', 'tue'], from: '09:00', to: '17:00' }
/** A first step, and one that waits for business hours. */
const waits = (after: string) => [
  { after: 'PT0S', targets: [target('slack-alerts-production')] },
  { after, within: 'business-hours', targets: [target('slack-incidents')] },
]
const inHours =
  (after: string, more: object = {}) =>
  (draft: Draft) =>
    Object.assign(draft.policies[2] ?? {}, { steps: waits(after), hours: { ...HOURS, ...more } })
const nested = (depth: number): unknown =>
  depth === 0 ? { field: 'source', op: '=', value: 'x' } : { not: nested(depth - 1) }

const users = (op: string, value: number) => ({ field: 'users-per-hour', op, value })
const falls =
  (until: unknown, more: object = {}) =>
  (draft: Draft) =>
    draft.severityRules.unshift(rule('new', { when: users('>', 5000), until, ...more }))

const MISTAKES: [string, (draft: Draft) => void, string, RegExp][] = [
  // Falling.
  [
    'a threshold for falling above the one for rising',
    falls(users('<=', 6000)),
    '/severityRules/0/until',
    /over at once/,
  ],
  [
    'the same with equal numbers that both hold',
    falls(users('<=', 5000), { when: users('>=', 5000) }),
    '/severityRules/0/until',
    /Leave room/,
  ],
  [
    'a threshold for falling that looks up as the one for rising does',
    falls(users('>', 50)),
    '/severityRules/0/until',
    /looks the same way .* Write <=/,
  ],
  [
    'the same as one of several ways to fall',
    falls({ any: [users('<=', 50), users('>=', 5000)] }),
    '/severityRules/0/until',
    /over at once|looks the same way/,
  ],
  ['an unknown field in it', falls({ field: 'usres', op: '=', value: 1 }), '/severityRules/0/until/field', /usres/],
  [
    'a cap that could be over',
    falls(users('<', 10), { effect: 'cap' }),
    '/severityRules/0/until',
    /a cap opens nothing/,
  ],
  [
    'a calm that cannot be waited for',
    policy((_, one) => Object.assign(one, { whenCalm: { after: 'P400D' } })),
    '/policies/0/whenCalm/after',
    /at most 366 days/,
  ],
  // Shape.
  [
    'an unknown key',
    d => Object.assign(d, { rotues: [] }),
    '/rotues',
    /unknown field "rotues"\. Did you mean "routes"/,
  ],
  [
    'an unknown key of a route',
    d => Object.assign(d.routes[0] ?? {}, { contnue: true }),
    '/routes/0/contnue',
    /Did you mean "continue"/,
  ],
  [
    'an unknown key with nothing near',
    d => Object.assign(d.routes[0] ?? {}, { zzzzzzzz: 1 }),
    '/routes/0/zzzzzzzz',
    /Known: id, name, when, policy, continue/,
  ],
  [
    'an unknown setting',
    d => Object.assign(d.settings, { flapwindow: 'PT1M' }),
    '/settings/flapwindow',
    /Did you mean "flapWindow"/,
  ],
  [
    'an unknown key of a target',
    policy(s => Object.assign(s[0] ?? {}, { targets: [{ ...target('backlog'), mentions: 'x' }] })),
    '/policies/0/steps/0/targets/0/mentions',
    /Did you mean "mention"/,
  ],
  ['a missing list', d => Reflect.deleteProperty(d, 'routes'), '/routes', /missing: a list is needed/],
  ['a wrong type', d => Object.assign(d.routes[0] ?? {}, { name: 3 }), '/routes/0/name', /must be a string/],
  [
    'a wrong severity',
    d => Object.assign(d.severityRules[0] ?? {}, { severity: 'P9' }),
    '/severityRules/0/severity',
    /one of: P0, P1, P2, P3/,
  ],
  [
    'a wrong about',
    d => Object.assign(d.severityRules[0] ?? {}, { about: 'isue' }),
    '/severityRules/0/about',
    /one of: issue/,
  ],
  ['a wrong id', d => Object.assign(d.routes[0] ?? {}, { id: 'Über' }), '/routes/0/id', /lower-case/],
  [
    'a wrong duration',
    policy(s => Object.assign(s[1] ?? {}, { after: '15m' })),
    '/policies/0/steps/1/after',
    /ISO 8601/,
  ],
  [
    'a core flow tag without a value',
    d => Object.assign(d.coreFlows[0] ?? {}, { tags: ['core'] }),
    '/coreFlows/0/tags/0',
    /key:value/,
  ],
  ['no production name', d => Object.assign(d, { production: [] }), '/production', /Too small/],

  // Conditions.
  ['no condition at all', d => Reflect.deleteProperty(d.routes[0] ?? {}, 'when'), '/routes/0/when', /null for always/],
  ['a condition that is a text', asks('users > 100'), '/severityRules/0/when', /must be a condition/],
  [
    'an unknown field',
    asks({ field: 'user-per-hour', op: '>', value: 1 }),
    '/severityRules/0/when/field',
    /unknown field "user-per-hour"\. Did you mean "users-per-hour"/,
  ],
  [
    'an unknown field, deep',
    asks({ all: [{ any: [{ not: { field: 'levle', op: '=', value: 'info' } }] }] }),
    '/severityRules/0/when/all/0/any/0/not/field',
    /Did you mean "level"/,
  ],
  [
    'a tag without a name',
    asks({ field: 'tag.', op: '=', value: 'x' }),
    '/severityRules/0/when/field',
    /unknown field/,
  ],
  ['no field', asks({ op: '=', value: 'x' }), '/severityRules/0/when/field', /name of a field/],
  [
    'a field of another table',
    asks({ field: 'crash-free.production', op: '<', value: 95 }),
    '/severityRules/0/when/field',
    /cannot ask "crash-free.production"/,
  ],
  [
    'severity in a severity rule',
    asks({ field: 'severity', op: '=', value: 'P0' }),
    '/severityRules/0/when/field',
    /cannot ask "severity"/,
  ],
  [
    'handled in a route',
    routes({ field: 'handled', op: '=', value: true }),
    '/routes/0/when/field',
    /a route cannot ask "handled"; it can ask: source/,
  ],
  [
    'an unknown operator',
    asks({ field: 'level', op: '==', value: 'info' }),
    '/severityRules/0/when/op',
    /must be one of: = !=/,
  ],
  [
    'an operator that does not fit',
    asks({ field: 'handled', op: '>', value: true }),
    '/severityRules/0/when/op',
    /does not fit "handled" \(boolean\)/,
  ],
  [
    'an order on severities',
    routes({ field: 'severity', op: '<', value: 'P2' }),
    '/routes/0/when/op',
    /does not fit "severity"/,
  ],
  [
    'a quoted number',
    asks({ field: 'users-per-hour', op: '>', value: '100' }),
    '/severityRules/0/when/value',
    /is a number \(users\): write 100 without quotes/,
  ],
  [
    'a quoted boolean',
    asks({ field: 'handled', op: '=', value: 'false' }),
    '/severityRules/0/when/value',
    /true or false, without quotes/,
  ],
  ['a number for a text', asks({ field: 'release', op: '=', value: 2 }), '/severityRules/0/when/value', /is a text/],
  [
    'no value',
    asks({ field: 'users-per-hour', op: '>' }),
    '/severityRules/0/when/value',
    /missing: "users-per-hour" > what\?/,
  ],
  [
    'a value that known does not take',
    asks({ field: 'release', op: 'known', value: 'x' }),
    '/severityRules/0/when/value',
    /takes no "value"/,
  ],
  [
    'a level that is none',
    asks({ field: 'level', op: '<=', value: 'warn' }),
    '/severityRules/0/when/value',
    /"warn" is no level of the event\./,
  ],
  [
    'a kind that is none',
    routes({ field: 'kind', op: 'in', value: ['issue', 'projct'] }),
    '/routes/0/when/value/1',
    /Did you mean "project"/,
  ],
  [
    'in without a list',
    asks({ field: 'release', op: 'in', value: 'v1' }),
    '/severityRules/0/when/value',
    /takes a list/,
  ],
  [
    'in with an empty list',
    asks({ field: 'release', op: 'in', value: [] }),
    '/severityRules/0/when/value',
    /takes a list of 1 to 500/,
  ],
  ['an empty all', asks({ all: [] }), '/severityRules/0/when/all', /list of 1 to 50/],
  ['all that is no list', asks({ all: { field: 'level' } }), '/severityRules/0/when/all', /list of 1 to 50/],
  [
    'all beside a field',
    asks({ all: [nested(0)], field: 'level' }),
    '/severityRules/0/when/field',
    /cannot stand beside "all"/,
  ],
  [
    'an unknown key of a comparison',
    asks({ field: 'level', op: '=', value: 'info', val: 1 }),
    '/severityRules/0/when/val',
    /Did you mean "value"/,
  ],
  [
    'value and than',
    asks({ field: 'users-per-hour', op: '>', value: 1, than: { field: 'baseline-users' } }),
    '/severityRules/0/when/than',
    /not with both/,
  ],
  [
    'than with a text',
    asks({ field: 'users-per-hour', op: '>', than: { field: 'release' } }),
    '/severityRules/0/when/than',
    /"release" is text/,
  ],
  [
    'than of a text',
    asks({ field: 'release', op: '=', than: { field: 'baseline-users' } }),
    '/severityRules/0/when/than',
    /"release" is text/,
  ],
  [
    'than with a factor of 0',
    asks({ field: 'users-per-hour', op: '>', than: { field: 'baseline-users', factor: 0 } }),
    '/severityRules/0/when/than/factor',
    /above 0/,
  ],
  [
    'than that is a text',
    asks({ field: 'users-per-hour', op: '>', than: 'baseline-users' }),
    '/severityRules/0/when/than',
    /must be \{"field"/,
  ],
  [
    'than with an unknown key',
    asks({ field: 'users-per-hour', op: '>', than: { field: 'baseline-users', factr: 2 } }),
    '/severityRules/0/when/than/factr',
    /Did you mean "factor"/,
  ],
  [
    'than with in',
    asks({ field: 'users-per-hour', op: 'in', than: { field: 'baseline-users' } }),
    '/severityRules/0/when/than',
    /takes a list in "value"/,
  ],
  [
    'a very long text',
    asks({ field: 'release', op: 'glob', value: 'x'.repeat(501) }),
    '/severityRules/0/when/value',
    /longer than 500/,
  ],
  ['eleven deep', asks(nested(10)), `/severityRules/0/when${'/not'.repeat(10)}`, /nested more than 10 deep/],
  ['ten thousand deep', asks(nested(5_000)), `/severityRules/0/when${'/not'.repeat(10)}`, /nested more than 10 deep/],

  // What the parts say together.
  [
    'a duplicate rule id',
    d => d.severityRules.unshift(rule('data-loss', { when: nested(0) })),
    '/severityRules/2/id',
    /taken by \/severityRules\/0/,
  ],
  [
    'a duplicate route id',
    d => d.routes.unshift(route('p0', { when: nested(0) })),
    '/routes/1/id',
    /taken by \/routes\/0/,
  ],
  ['a duplicate policy id', d => d.policies.push({ ...d.policies[0] }), '/policies/4/id', /taken by \/policies\/0/],
  [
    'a missing policy',
    d => Object.assign(d.routes[0] ?? {}, { policy: 'p00' }),
    '/routes/0/policy',
    /unknown policy "p00"\. Did you mean "p0"/,
  ],
  [
    'a missing destination',
    policy(s => Object.assign(s[0] ?? {}, { targets: [target('pagerduty-oncal')] })),
    '/policies/0/steps/0/targets/0/destination',
    /Did you mean "pagerduty-oncall"/,
  ],
  ['no catch-all', d => d.routes.pop(), '/routes', /no catch-all/],
  [
    'a route after the catch-all',
    d => d.routes.push(route('late', { when: nested(0) })),
    '/routes/5',
    /"late" can never be reached: "catch-all" \(\/routes\/4\)/,
  ],
  [
    'the same route twice',
    d => d.routes.splice(1, 0, route('again', { when: { field: 'severity', op: '=', value: 'P0' } })),
    '/routes/1',
    /"p0" \(\/routes\/0\)/,
  ],
  [
    'a narrower route below',
    d =>
      d.routes.splice(
        1,
        0,
        route('again', {
          when: {
            all: [
              { field: 'project', op: '=', value: 'web' },
              { field: 'severity', op: 'in', value: ['P0'] },
            ],
          },
        }),
      ),
    '/routes/1',
    /can never be reached/,
  ],
  [
    'a rule after one that always holds',
    d => d.severityRules.splice(13, 0, rule('always')),
    '/severityRules/14',
    /"users-unknown" can never fall: "always"/,
  ],
  [
    'the first step later',
    policy(s => Object.assign(s[0] ?? {}, { after: 'PT1S' })),
    '/policies/0/steps/0/after',
    /write "PT0S"/,
  ],
  [
    'a step not later than the one above',
    policy(s => s.push({ after: 'PT15M', targets: [target('backlog')] })),
    '/policies/0/steps/2/after',
    /forward in time/,
  ],
  [
    'a later step at once',
    policy(s => Object.assign(s[1] ?? {}, { after: 'PT0S' })),
    '/policies/0/steps/1/after',
    /at least one second/,
  ],
  [
    'a page that would wake nobody',
    policy(s => s.push({ after: 'PT30M', targets: [target('pagerduty-oncall')] })),
    '/policies/0/steps/2/targets/0/destination',
    /step 1 already pages.*wake nobody/,
  ],
  [
    'a wait for business hours that the policy has not',
    d => Object.assign(d.policies[2] ?? {}, { steps: waits('PT4H'), hours: null }),
    '/policies/2/steps/1/within',
    /has no business hours/,
  ],
  [
    'business hours that nothing counts',
    d => Object.assign(d.policies[2] ?? {}, { hours: HOURS }),
    '/policies/2/hours',
    /no wait .* counts business hours/,
  ],
  ['a zone of nowhere', inHours('PT4H', { timeZone: 'Mars/Olympus' }), '/policies/2/hours/timeZone', /Europe\/Berlin/],
  ['hours that end before they begin', inHours('PT4H', { from: '18:00' }), '/policies/2/hours/to', /later than from/],
  ['a day of work twice', inHours('PT4H', { days: ['mon', 'mon'] }), '/policies/2/hours/days', /twice/],
  [
    'a holiday that never comes',
    inHours('PT4H', { holidays: ['2026-02-30'] }),
    '/policies/2/hours/holidays/0',
    /no date of the calendar/,
  ],
  ['a wait of a year of business days', inHours('P365D'), '/policies/2/steps/1/after', /at most 60/],
  [
    'a step that may overtake one that waits for business hours',
    d =>
      Object.assign(d.policies[2] ?? {}, {
        hours: HOURS,
        steps: [...waits('PT4H'), { after: 'PT5H', targets: [target('slack-incidents')] }],
      }),
    '/policies/2/steps/2/within',
    /could come before it/,
  ],
  [
    'a first step that waits for business hours',
    d =>
      Object.assign(d.policies[2] ?? {}, {
        hours: HOURS,
        steps: waits('PT4H').map(step => ({ ...step, within: 'business-hours' })),
      }),
    '/policies/2/steps/0/within',
    /told at once/,
  ],
  [
    'a P0 that waits for the morning',
    d => Object.assign(d.policies[0] ?? {}, { hours: HOURS, steps: waits('PT4H') }),
    '/routes/0/policy',
    /step 2 of policy "p0" waits for business hours/,
  ],
  [
    'a P0 that begins again in the morning',
    d =>
      Object.assign(d.policies[0] ?? {}, {
        hours: HOURS,
        repeat: { times: 1, after: 'PT1H', within: 'business-hours' },
      }),
    '/routes/0/policy',
    /the repeat of policy "p0" waits/,
  ],
  [
    'a repeat that wakes nobody',
    d =>
      Object.assign(d.policies[3] ?? {}, {
        steps: [{ after: 'PT0S', targets: [target('backlog')] }],
        repeat: { times: 1, after: 'PT1H' },
      }),
    '/policies/3/repeat',
    /would wake nobody/,
  ],
  [
    'a stale answer that would wake nobody',
    d =>
      Object.assign(d.policies[3] ?? {}, {
        steps: [{ after: 'PT0S', targets: [target('backlog')] }],
        staleAfter: 'PT1H',
      }),
    '/policies/3/staleAfter',
    /would wake nobody/,
  ],
  [
    'more repeats than ten',
    policy((_, p) => Object.assign(p, { repeat: { times: 11, after: 'PT1H' } })),
    '/policies/0/repeat/times',
    /10/,
  ],
  [
    'a repeat after nothing',
    policy((_, p) => Object.assign(p, { repeat: { times: 1, after: 'PT0S' } })),
    '/policies/0/repeat/after',
    /at least one second/,
  ],
  [
    'the same target twice in a step',
    policy(s => Object.assign(s[1] ?? {}, { targets: [target('slack-incidents'), target('slack-incidents')] })),
    '/policies/0/steps/1/targets/1/destination',
    /told twice/,
  ],
  [
    'a mention outside Slack',
    policy(s => Object.assign(s[0] ?? {}, { targets: [target('pagerduty-oncall', 'here')] })),
    '/policies/0/steps/0/targets/0/mention',
    /only Slack can mention/,
  ],
  [
    'a mention that is none',
    policy(s => Object.assign(s[1] ?? {}, { targets: [target('slack-incidents', 'team-laed')] })),
    '/policies/0/steps/1/targets/0/mention',
    /Did you mean "team-lead"/,
  ],
  [
    'a response time of nothing',
    policy((_, p) => Object.assign(p, { responseTime: 'PT0S' })),
    '/policies/0/responseTime',
    /at least one second/,
  ],
  [
    'a duration beyond all time',
    policy((_, p) => Object.assign(p, { responseTime: 'P99999999999999999999D' })),
    '/policies/0/responseTime',
    /at most 366 days/,
  ],
  [
    'a setting of nothing',
    d => Object.assign(d.settings, { flapWindow: 'P0D' }),
    '/settings/flapWindow',
    /at least one second/,
  ],
  [
    'measuring again backwards',
    d => Object.assign(d.settings, { remeasureAfter: ['PT2M', 'PT30S'] }),
    '/settings/remeasureAfter/1',
    /later than the one before/,
  ],
  [
    'giving up before the fallback is told',
    d => Object.assign(d.settings, { giveUpAfter: 'PT30S' }),
    '/settings/giveUpAfter',
    /shorter than fallbackAfter \("PT1M"\).*at least as long/,
  ],
  [
    'a P0 that is only written down',
    policy(s => Object.assign(s[0] ?? {}, { targets: [target('backlog')] })),
    '/routes/0/policy',
    /P0 incidents take route "p0".*nobody would be woken\. Add a PagerDuty or Slack destination/,
  ],
  [
    'some P0s that are only written down',
    d =>
      d.routes.unshift(
        route('quiet', {
          policy: 'p3',
          when: {
            all: [
              { field: 'severity', op: 'in', value: ['P0', 'P1'] },
              { field: 'project', op: '=', value: 'web' },
            ],
          },
        }),
      ),
    '/routes/0/policy',
    /route "quiet"/,
  ],
  [
    'P0s that fall through to the backlog',
    d => {
      d.routes.shift()
      Object.assign(d.routes[3] ?? {}, { policy: 'p3' })
    },
    '/routes/3/policy',
    /route "catch-all"/,
  ],
  [
    'too many routes',
    d => Object.assign(d, { routes: Array(10_001).fill(d.routes[4]) }),
    '/routes',
    /10001 rows; at most 10000/,
  ],
]

for (const [name, change, path, message] of MISTAKES) {
  t.test(`${name} is refused with its path`, async t => {
    const problems = problemsAfter(change)
    const found = problems.find(problem => problem.path === path)
    t.match(found?.message, message, JSON.stringify(problems).slice(0, 600))
  })
}

t.test('each of these mistakes is told once', async t => {
  for (const [name, change] of MISTAKES) t.equal(problemsAfter(change).length, 1, name)
})

t.test('what is allowed', async t => {
  const fine: [string, (draft: Draft) => void][] = [
    [
      'a narrower route above',
      routes({
        all: [
          { field: 'severity', op: '=', value: 'P0' },
          { field: 'project', op: '=', value: 'web' },
        ],
      }),
    ],
    ['a route below one that continues', d => d.routes.unshift(route('copy', { continue: true }))],
    ['a disabled rule after one that always holds', d => d.severityRules.push(rule('off', { enabled: false }))],
    [
      'one project set aside',
      d => d.routes.unshift(route('toy', { policy: 'p3', when: { field: 'project', op: '=', value: 'toy' } })),
    ],
    [
      'a P0 that is also written down',
      d =>
        d.routes.unshift(
          route('log', { policy: 'p3', continue: true, when: { field: 'severity', op: '=', value: 'P0' } }),
        ),
    ],
    ['a fallback as late as the giving up', d => Object.assign(d.settings, { giveUpAfter: 'PT1M' })],
    ['an unused policy', d => d.policies.push({ ...d.policies[0], id: 'spare' })],
    [
      'Slack ids as mentions',
      policy(s =>
        Object.assign(s[1] ?? {}, {
          targets: [target('slack-incidents', 'S0123ABC'), target('slack-incidents', 'U0123ABC')],
        }),
      ),
    ],
    [
      'two pages in one step',
      policy(s => Object.assign(s[0] ?? {}, { targets: [target('pagerduty-oncall'), target('backlog')] })),
    ],
    ['the same business day', inHours('P1D', { to: '24:00', holidays: ['2026-12-25'] })],
    [
      'repeats, and answers that go stale',
      policy((_, p) => Object.assign(p, { repeat: { times: 10, after: 'PT15M' }, staleAfter: 'PT4H' })),
    ],
    ['steps a second apart', policy(s => Object.assign(s[1] ?? {}, { after: 'PT1S' }))],
    ['ten deep', asks(nested(9))],
    ['level by order', asks({ field: 'level', op: '<', value: 'error' })],
  ]
  for (const [name, change] of fine) t.same(problemsAfter(change), [], name)
})

t.test('defaults are filled in', async t => {
  const { severityRules, policies, routes: table } = defaultRules({ pagerduty: true, slack: true })
  const result = validateRules({ severityRules, policies, routes: table }, known)
  t.match(result, {
    document: { production: ['production', 'prod', 'live'], coreFlows: [], settings: { flapWindow: 'PT10M' } },
  })
})

t.test('ten thousand routes are checked, and one that cannot be reached is found among them', async t => {
  const document = defaultRules({ pagerduty: true, slack: true })
  const many: RulesDocument['routes'] = Array.from({ length: 9_990 }, (_, index) => ({
    id: `r${index}`,
    name: 'r',
    when: {
      all: [
        { field: 'severity', op: '=', value: `P${index % 4}` },
        { field: 'project', op: '=', value: `p${index}` },
      ],
    },
    policy: 'p0',
    continue: false,
    during: null,
  }))
  const good = { ...document, routes: [...many, ...document.routes] }
  t.hasOwnProp(validateRules(good, known), 'document')
  const when: RulesDocument['routes'][number]['when'] = {
    all: [
      { field: 'project', op: '=', value: 'p77' },
      { field: 'severity', op: '=', value: 'P1' },
    ],
  }
  const bad = {
    ...document,
    routes: [...many, { id: 'dead', name: 'dead', when, policy: 'p0', continue: false }, ...document.routes],
  }
  t.match(validateRules(bad, known), { problems: [{ path: '/routes/9990', message: /"r77" \(\/routes\/77\)/ }] })
})

t.test('never throws, and never accepts what is no document', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), input => {
      const result = validateRules(input, known)
      return 'problems' in result && result.problems.length > 0
    }),
  )
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('severityRules', 'policies', 'routes', 'settings'), (junk, list) => {
      const result = validateRules({ ...defaultRules({ pagerduty: true, slack: true }), [list]: [junk] }, known)
      return (
        'problems' in result && result.problems.every(problem => problem.path === '' || problem.path.startsWith('/'))
      )
    }),
  )
})

t.test('a document full of mistakes is answered with a bounded list', async t => {
  const { length } = problemsAfter(draft => {
    draft.routes = Array.from({ length: 5_000 }, (_, index) => route(`r${index}`, { when: { field: 'nope', op: '?' } }))
  })
  t.equal(length, 100)
})

t.test('a misspelt member is told what was meant, wherever it stands', async t => {
  const rules = defaultRules({ pagerduty: true, slack: true })
  const spelt = {
    ...rules,
    policies: rules.policies.map((policy, at) =>
      at === 0 ? { ...policy, repeat: { times: 1, aftr: 'PT1H' } } : policy,
    ),
    people: [{ name: 'Ada', slak: 'U0123' }],
    maintenance: [{ id: 'n', name: 'N', when: null, reason: 'r', starts: '2026-01-01T00:00', durration: 'PT1H' }],
  }
  const found = validateRules(spelt, { destinations: [] })
  const messages = 'problems' in found ? found.problems.map(({ path, message }) => `${path} ${message}`) : []
  for (const [path, meant] of [
    ['/policies/0/repeat/aftr', 'after'],
    ['/people/0/slak', 'slack'],
    ['/maintenance/0/durration', 'duration'],
  ])
    t.ok(
      messages.some(one => one.startsWith(`${path} `) && one.includes(`Did you mean "${meant}"`)),
      `${path}: ${messages.join('; ')}`,
    )
})
