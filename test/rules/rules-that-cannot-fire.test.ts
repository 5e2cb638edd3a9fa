import t from 'tap'
import { defaultRules } from '../../src/rules/default-rules.ts'
import { rulesThatCannotFire, type SourceFeeds } from '../../src/rules/rules-that-cannot-fire.ts'

const { severityRules } = defaultRules({ pagerduty: true, slack: true })
const blocked = (has: SourceFeeds) => rulesThatCannotFire(severityRules, has).map(found => found.rule)

t.test('with the API every default rule can fire, if metric alerts may come', async t => {
  t.same(blocked({ api: true, errorFeed: false, metricAlerts: null }), [])
  t.same(blocked({ api: true, errorFeed: true, metricAlerts: true }), [])
})

t.test('without a metric alert so far, the alert rules are named', async t => {
  t.same(blocked({ api: true, errorFeed: true, metricAlerts: false }), [
    'crash-free-alert',
    'project-alert-critical',
    'project-alert',
    'metric-critical',
  ])
})

t.test('without the API, crash-free from sessions cannot fire, users only by error events', async t => {
  t.same(blocked({ api: false, errorFeed: true, metricAlerts: true }), ['crash-free-production', 'crash-free-release'])
})

t.test('with webhooks alone, each rule that needs numbers is named with what would help', async t => {
  const found = rulesThatCannotFire(severityRules, { api: false, errorFeed: false, metricAlerts: false })
  t.same(found.map(({ rule }) => rule).slice(0, 6), [
    'core-flow-failing',
    'many-users',
    'many-events',
    'cosmetic',
    'nobody-affected',
    'some-users',
  ])
  const spike = found.find(({ rule }) => rule === 'unhandled-spike')
  t.equal(
    spike?.reason,
    "needs unhandled-per-minute, which this source does not give: it takes error events (subscribe the integration to error.created), or Sentry's API (set an organization and an API token), or a Sentry metric alert that notifies this integration (none has arrived)",
  )
})

t.test('not, known and unknown are understood; disabled rules are not named', async t => {
  const [first] = severityRules
  if (first === undefined) throw new Error('no default rule')
  const none = { api: false, errorFeed: false, metricAlerts: false }
  const users = { field: 'users-per-hour', op: '>' as const, value: 5 }
  const can = (when: typeof first.when, enabled = true) =>
    rulesThatCannotFire([{ ...first, when, enabled }], none).length === 0
  t.notOk(can({ not: users }))
  t.ok(can({ any: [users, { field: 'users-per-hour', op: 'unknown' }] }))
  t.notOk(can({ field: 'users-per-hour', op: 'known' }))
  t.ok(can({ not: { field: 'users-per-hour', op: 'known' } }))
  t.notOk(can({ not: { any: [users, { field: 'users-per-hour', op: 'unknown' }] } }))
  t.ok(can({ not: { all: [users, { field: 'users-per-hour', op: 'known' }] } }))
  t.ok(can(users, false))
})
