import t from 'tap'
import { SAMPLE_ISSUES } from '../../src/sandbox/samples/sample.ts'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

const MINUTE = 60_000

t.test('PaymentProcessingError, 200 events in 5 minutes, crash-free 91 % → P0, paged', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const now = world.clock.now()
  world.sentry.world.projects['payments-api'] = {
    sessions: [{ healthy: 1092, crashed: 108, environment: 'production', release: 'payments-api@3.18.0' }],
    releases: ['payments-api@3.18.0'],
    unhandled: [20, 30, 40, 45, 40, 35],
  }
  world.sentry.world.issues[SAMPLE_ISSUES.payment] = {
    users: 180,
    events: 200,
    recentUsers: 170,
    recentEvents: 200,
    firstSeen: now - 20 * MINUTE,
    substatus: 'new',
    project: 'payments-api',
    isUnhandled: true,
  }
  const outcome = await world.tell('event_alert', SAMPLES['payment-failure']?.build(now))
  t.match(outcome, { outcome: 'opened', severity: 'P0' })

  await until(() => world.pagerduty.openAlerts().length > 0)
  const [page, ...more] = world.pagerduty.openAlerts()
  t.same(more, [], 'one page')
  t.match(page?.event.payload, { severity: 'critical', summary: /91(\.0)? ?%.*payments-api/ })
  t.match(page?.event.payload?.summary, /PaymentProcessingError/, 'the issue is named')
  t.match(page?.event.client_url, /\/incidents\/inc_[0-9a-f]{20}$/)
  t.ok(
    (page?.event.links ?? []).some(link => /issues\//.test(link.href)),
    'a link to the Sentry issue',
  )
  t.same(
    world.slack.posts.filter(post => post.channelName === 'incidents'),
    [],
    'no second message for one problem',
  )
})

t.test('ServiceUnavailableError, 40 users an hour → P2, #alerts-production', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const now = world.clock.now()
  world.sentry.world.issues[SAMPLE_ISSUES.geocoding] = {
    users: 40,
    events: 180,
    firstSeen: now - 3 * 24 * 60 * MINUTE,
    substatus: 'ongoing',
    project: 'web-shop',
  }
  const outcome = await world.tell('event_alert', SAMPLES['service-unavailable']?.build(now))
  t.match(outcome, { outcome: 'opened', severity: 'P2' })
  await until(() => world.slack.posts.length > 0)
  const [post, ...more] = world.slack.posts
  t.same(more, [])
  t.match(post, { channelName: 'alerts-production' })
  t.match(JSON.stringify(post?.blocks), /40 users/)
  t.same(world.pagerduty.requests, [], 'nobody is paged')
})

t.test(
  'TypeError after release v2.4.1, 320 users in 45 minutes → P1, #incidents with the team lead tagged',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    const now = world.clock.now()
    world.sentry.world.issues[SAMPLE_ISSUES.typeError] = {
      users: 320,
      events: 450,
      firstSeen: now - 45 * MINUTE,
      substatus: 'new',
      project: 'web-shop',
      isUnhandled: true,
    }
    const outcome = await world.tell('event_alert', SAMPLES['type-error-after-release']?.build(now))
    t.match(outcome, { outcome: 'opened', severity: 'P1' })
    await until(() => world.slack.posts.length > 0)
    const [post, ...more] = world.slack.posts
    t.same(more, [])
    t.match(post, { channelName: 'incidents' })
    const said = JSON.stringify(post?.blocks)
    t.match(said, /<!subteam\^S0TEAMLEAD>/)
    t.match(said, /320 users/)
    t.match(said, /v2\.4\.1/)
    t.match(said, /price-tag\.tsx/)
    t.same(world.pagerduty.requests, [])
  },
)
