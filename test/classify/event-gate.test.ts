import t from 'tap'
import { createEventGate } from '../../src/classify/event-gate.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'
import type { Facts } from '../../src/signals/signal.ts'
import { impactOf, issueImpact, measured, signalOf } from '../support/told-and-measured.ts'

const gate = createEventGate(defaultRules({ pagerduty: true, slack: true }).severityRules)

function fallsFor(
  numbers: Parameters<typeof issueImpact>[0],
  facts: Partial<Facts> = {},
  unhandled: number | null = 1,
) {
  const unhandledPerMinute = unhandled === null ? null : measured(unhandled, 'windows', 60)
  const impact = impactOf({ issue: issueImpact(numbers), project: { unhandledPerMinute } })
  return gate({ signal: signalOf(facts), impact }).map(found => found.rule)
}

t.test('an ordinary event makes nothing fall', async t => {
  t.same(fallsFor({ users: 12, events: 40 }), [])
  t.same(fallsFor({ users: null, events: 40 }), [], 'no user context is no count, not a reason to ask for every event')
  t.same(fallsFor({}, {}, null), [])
})

t.test('a threshold on users falls if Sentry says that it is new', async t => {
  t.same(fallsFor({ users: 101 }), ['many-users'])
  t.same(fallsFor({ users: 100 }), [])
  t.same(fallsFor({ users: 101, isNew: false, regressed: false, escalating: false, baselineUsers: 90 }), [])
  t.same(fallsFor({ users: null, events: 101 }), ['many-events'])
})

t.test('a core flow, data loss and a spike fall on what one event carries', async t => {
  t.same(fallsFor({ coreFlow: 'payment', flowUsers: 5, users: 5 }), ['core-flow-failing'])
  t.same(fallsFor({ coreFlow: 'payment', flowUsers: 4, users: 4 }), [])
  t.same(fallsFor({ coreFlow: 'payment', flowUsers: 5 }, { handled: true }), [])
  t.same(fallsFor({}, { tags: { data_loss: 'true' } }), ['data-loss'])
  t.same(
    gate({ signal: signalOf(), impact: impactOf({ project: { unhandledPerMinute: measured(501, 'windows', 60) } }) }),
    [{ rule: 'unhandled-spike', about: 'project' }],
  )
  t.same(fallsFor({}, {}, 500), [])
})

t.test('numbers that were not asked for yet are not missing', async t => {
  const impact = impactOf({ issue: issueImpact({ isNew: true }), degraded: true })
  t.same(gate({ signal: signalOf(), impact }), [])
})

t.test('what stands above in the table holds here too', async t => {
  t.same(fallsFor({ users: 500, inProduction: false }), [], 'staging only')
  t.same(fallsFor({ users: 500 }, { level: 'warning' }), [], 'capped at P2')
  t.same(fallsFor({ coreFlow: 'payment', flowUsers: 9 }, { level: 'warning' }), ['core-flow-failing'], 'above the cap')
})
