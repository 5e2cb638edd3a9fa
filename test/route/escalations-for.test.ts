import t from 'tap'
import { escalationsFor, isRoutedOtherwise, missingChoice } from '../../src/route/escalations-for.ts'
import { defaultPolicies, defaultRoutes } from '../../src/rules/default-policies.ts'
import type { Chosen } from '../../src/signals/chosen.ts'
import { makeIncident, START } from '../support/make.ts'

const table = { routes: defaultRoutes(), policies: defaultPolicies({ pagerduty: true, slack: true }) }
const choose = (policy: string | null): Chosen => {
  return { policy, floor: null, ceiling: null, ceilingHidesAll: false, rule: 'X', at: START, ignored: [] }
}

t.test('a policy chosen in Sentry overrides the routes', async t => {
  const { escalations, trace } = escalationsFor(makeIncident({ chosen: choose('p0') }), table, START)
  t.match(escalations, [{ route: 'chosen-in-sentry', policy: 'p0', responseTime: 'PT15M' }])
  t.equal(escalations.length, 1)
  t.match(trace, [{ route: 'chosen-in-sentry', matched: true, why: 'policy p0, chosen in Sentry\'s alert rule "X"' }])
})

t.test('one that is gone, or none at all: routed as usual', async t => {
  const gone = escalationsFor(makeIncident({ chosen: choose('gone') }), table, START)
  t.match(gone.escalations, [{ route: 'p2', policy: 'p2' }])
  t.match(gone.trace[0], { route: 'chosen-in-sentry', matched: false, why: /policy gone, .* is not in the rules/ })
  for (const chosen of [null, choose(null)]) {
    const usual = escalationsFor(makeIncident({ chosen }), table, START)
    t.match(usual.escalations, [{ route: 'p2', policy: 'p2' }])
    t.notOk(usual.trace.some(({ route }) => route === 'chosen-in-sentry'))
    t.equal(missingChoice({ chosen }, table), null)
  }
})

t.test('what is routed by the choice already is not routed again for it', async t => {
  const incident = makeIncident({ chosen: choose('p0') })
  t.equal(isRoutedOtherwise(incident, table), true)
  const { escalations } = escalationsFor(incident, table, START)
  t.equal(isRoutedOtherwise({ ...incident, escalations }, table), false)
  t.equal(isRoutedOtherwise({ ...incident, escalations, chosen: choose('p1') }, table), true)
  t.equal(isRoutedOtherwise(makeIncident({ chosen: choose('gone') }), table), false)
  t.equal(isRoutedOtherwise(makeIncident(), table), false)
})
