import t from 'tap'
import { alertNow, ISSUE } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('half of the users of a plan, and what it pages, in one expression each', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const { headers, body } = await world.api('GET', '/rules')
  const { document } = body
  const rule = 'tag("plan") == "gold" && users_per_hour > 3 * baseline_users || release.startsWith("doomed")'
  document.severityRules.unshift({
    ...{ id: 'gold', name: 'Gold customers are hurt', about: 'issue', severity: 'P1' },
    when: { cel: rule },
    until: { cel: 'users_per_hour < 5' },
  })
  const route = 'severity == "P1" && re2(transaction, "(?i)^post /gold/")'
  document.routes.unshift({ id: 'gold', name: 'Gold', when: { cel: route }, policy: 'p0' })

  const wrong = structuredClone(document)
  wrong.severityRules[0].when.cel = 'users_per_hours > 3'
  const refused = await world.api('PUT', '/rules', wrong, { 'if-match': headers.get('etag') ?? '' })
  t.equal(refused.status, 422)
  t.match(refused.body.errors[0], { path: '/severityRules/0/when/cel', message: /Did you mean "users_per_hour"/ })

  const put = await world.api('PUT', '/rules', document, { 'if-match': headers.get('etag') ?? '' })
  t.equal(put.status, 200, JSON.stringify(put.body.errors))
  const firstSeen = world.clock.now() - 40 * 86_400_000
  world.sentry.world.issues[ISSUE] = { users: 40, events: 90, project: 'web-shop', firstSeen, substatus: 'ongoing' }
  const about = { tags: { plan: 'gold' }, transaction: 'POST /gold/buy' }
  const { incident } = await world.tell('event_alert', alertNow(world, about))
  await until(() => world.pagerduty.alerts.length === 1)
  const found = await world.incident(incident ?? '')
  t.match(found, { severity: 'P1', verdict: { rule: 'gold' } })
  t.same(
    found.escalations.map(one => one.route),
    ['gold'],
  )
  const fields = found.verdict.evidence.map(({ field }) => field)
  t.same(fields.slice(0, 4), ['expression', 'tag.plan', 'users-per-hour', 'baseline-users'], 'and what it read')
})
