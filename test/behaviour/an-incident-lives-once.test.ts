import t from 'tap'
import { errorCreated, eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { issuePayload, issueWebhook } from '../../src/sandbox/samples/issue-payload.ts'
import { CRASH_FREE_SESSIONS, metricAlert } from '../../src/sandbox/samples/metric-alert-payload.ts'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const ISSUE = '7400000001'
const MINUTE = 60_000

const numbers = (world: World, users: number) => {
  world.sentry.world.issues[ISSUE] = {
    users,
    events: users * 2,
    project: 'web-shop',
    firstSeen: world.clock.now() - 10 * MINUTE,
    substatus: 'new',
  }
}
const alertNow = (world: World, about: Partial<Parameters<typeof eventPayload>[0]> = {}) =>
  eventAlert(eventPayload({ now: world.clock.now(), issue: ISSUE, project: 'web-shop', ...about }), 'Errors')
const lifecycle = (world: World, action: string, about: Partial<Parameters<typeof issuePayload>[0]> = {}) =>
  issueWebhook(action, issuePayload({ now: world.clock.now(), issue: ISSUE, project: 'web-shop', ...about }))

t.test(
  'P3 → P1 → P0 makes a backlog entry, then one post, then one page; the post is edited, the entry closed',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    numbers(world, 0)
    const first = await world.tell('event_alert', alertNow(world, { environment: 'staging' }))
    t.match(first, { outcome: 'opened', severity: 'P3' })
    await until(async () => (await world.api('GET', '/backlog')).body.items.length === 1)

    numbers(world, 320)
    world.clock.wind(MINUTE)
    t.match(await world.tell('event_alert', alertNow(world)), { outcome: 'raised', severity: 'P1' })
    await until(() => world.slack.posts.length === 1)
    await until(async () => (await world.api('GET', '/backlog')).body.items[0].status === 'closed')

    world.clock.wind(MINUTE)
    t.match(await world.tell('event_alert', alertNow(world, { tags: { data_loss: 'true' } })), {
      outcome: 'raised',
      severity: 'P0',
    })
    await until(() => world.pagerduty.openAlerts().length === 1)
    await until(() => (world.slack.posts[0]?.edits.length ?? 0) > 0)
    t.equal(world.slack.posts.length, 1)
    t.match(JSON.stringify(world.slack.posts[0]?.blocks), /P0/)
    t.notMatch(JSON.stringify(world.slack.posts[0]?.blocks), /subteam/, 'an edit mentions nobody')

    world.clock.wind(MINUTE)
    t.match(await world.tell('issue', lifecycle(world, 'resolved', { status: 'resolved' })), { outcome: 'resolved' })
    await until(() => world.pagerduty.openAlerts().length === 0)
    await until(() => /resolved/i.test(JSON.stringify(world.slack.posts[0]?.blocks)))
    t.equal(world.pagerduty.alerts.length, 1)
  },
)

t.test(
  'back within ten minutes it is the same page generation, later a new one; older events never reopen',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    numbers(world, 9)
    const { incident } = await world.tell(
      'event_alert',
      alertNow(world, { tags: { data_loss: 'true' }, release: 'web-shop@2.4.0' }),
    )
    const id = incident ?? ''
    await until(() => world.pagerduty.openAlerts().length === 1)
    const late = alertNow(world, { tags: { data_loss: 'true' }, release: 'web-shop@2.4.0' })
    world.clock.wind(MINUTE)
    await world.tell('issue', lifecycle(world, 'resolved', { status: 'resolved' }))
    await until(() => world.pagerduty.openAlerts().length === 0)
    t.match(await world.tell('event_alert', { ...(late as object), again: 1 }), {
      outcome: 'attached',
      reason: /stays resolved/,
    })
    t.equal((await world.incident(id)).status, 'resolved')

    world.clock.wind(5 * MINUTE)
    await world.tell('issue', lifecycle(world, 'unresolved', { substatus: 'regressed' }))
    await until(() => world.pagerduty.openAlerts().length === 1)
    t.match(await world.incident(id), { status: 'triggered', generation: 1 })
    world.clock.wind(MINUTE)
    await world.tell('issue', lifecycle(world, 'resolved', { status: 'resolved' }))
    await until(() => world.pagerduty.openAlerts().length === 0)
    world.clock.wind(11 * MINUTE)
    await world.tell('event_alert', alertNow(world, { tags: { data_loss: 'true' } }))
    await until(() => world.pagerduty.openAlerts().length === 1)
    t.match(await world.incident(id), { status: 'triggered', generation: 2 })
    const keys = world.pagerduty.alerts.map(alert => alert.dedupKey)
    t.equal(keys[0], keys[1])
    t.not(keys[1], keys[2])
  },
)

t.test(
  'a metric alert, and the metric issue it opens, are one incident; it resolves when its cause has cleared',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    const now = world.clock.now()
    for (const name of ['error-rate-critical', 'metric-issue'])
      await world.tell(SAMPLES[name]?.resource ?? '', SAMPLES[name]?.build(now))
    const incidents = await world.incidents()
    t.equal(incidents.length, 1)
    t.match(incidents[0], { kind: 'metric', severity: 'P1' })
  },
)

t.test('a crash-free alert pages at once without asking Sentry; resolved resolves the page', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.sentry.fail({ kind: 'hang' })
  const tell = (name: string) => world.tell('metric_alert', SAMPLES[name]?.build(world.clock.now()))
  t.match(await tell('crash-free-critical'), { outcome: 'opened', severity: 'P0' })
  await until(() => world.pagerduty.openAlerts().length === 1)
  t.same(world.sentry.requests, [], 'a page does not wait for Sentry')
  world.clock.wind(20 * MINUTE)
  t.match(await tell('crash-free-resolved'), { outcome: 'resolved' })
  await until(() => world.pagerduty.openAlerts().length === 0)
})

t.test('archived in Sentry mutes, assigned sets the owner, feedback is attached; none of them pages', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 30)
  const { incident } = await world.tell('event_alert', alertNow(world))
  const id = incident ?? ''
  const assignee = { type: 'user', id: '12', name: 'Ada' }
  await world.tell(
    'issue',
    issueWebhook('assigned', issuePayload({ now: world.clock.now(), issue: ISSUE, assignedTo: assignee }), undefined, {
      assignee,
    }),
  )
  t.match(await world.incident(id), { owner: { name: 'Ada' }, status: 'triggered' })
  await world.tell('issue', lifecycle(world, 'archived', { status: 'ignored', substatus: 'archived_forever' }))
  t.ok((await world.incident(id)).muted !== null)
  numbers(world, 500)
  world.clock.wind(MINUTE)
  await world.tell('event_alert', alertNow(world))
  t.match(await world.incident(id), { severity: 'P1' }, 'still recorded')
  t.equal(world.slack.posts.filter(post => post.channelName === 'incidents').length, 0, 'but quiet')
})

t.test('error events only feed the windows until one makes a threshold fall', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const now = world.clock.now()
  world.sentry.world.issues[ISSUE] = {
    users: 5,
    events: 5,
    recentUsers: 5,
    recentEvents: 5,
    project: 'web-shop',
    firstSeen: now,
    substatus: 'new',
  }
  const outcomes: string[] = []
  for (let n = 0; n < 6; n++) {
    const event = eventPayload({
      now: now + n,
      issue: ISSUE,
      project: 'web-shop',
      transaction: 'POST /checkout/pay',
      user: { id: `u${n}` },
    })
    outcomes.push((await world.tell('error', errorCreated(event))).outcome)
  }
  t.same(outcomes.slice(0, 4), ['counted', 'counted', 'counted', 'counted'])
  t.ok(outcomes.includes('opened'), outcomes.join())
  await until(() => world.pagerduty.openAlerts().length === 1)
})

t.test('what carries no alert is counted, what cannot be read is quarantined whole and masked', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const now = world.clock.now()
  for (const name of ['comment', 'installation', 'seer', 'preprod', 'activity-seer']) {
    const sample = SAMPLES[name]
    if (sample === undefined) throw new Error(`no sample ${name}`)
    t.match(await world.tell(sample.resource, sample.build(now)), { outcome: 'nothing-to-do' })
  }
  const garbage = await world.tell('issue', 'signed, but {not json: ada@example.com')
  t.match(garbage, { outcome: 'quarantined' })
  const kept = await world.api('GET', `/quarantine/${garbage.id}`)
  t.match(kept.body, { reason: /not JSON/, body: /signed, but/ })
  t.notMatch(kept.body.body, /ada@example\.com/)
  t.match(await world.tell('wholly_new', { action: 'x', data: { y: 1 } }), { outcome: 'nothing-to-do' })
})

t.test('a crash-free alert on staging pages nobody and leaves the production incident alone', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const told = (environment: string, action: 'critical' | 'resolved', percent: string) =>
    metricAlert({
      now: world.clock.now(),
      action,
      rule: `50${environment.length}`,
      name: `Crash-free ${environment}`,
      aggregate: CRASH_FREE_SESSIONS,
      window: 60,
      said: `${percent}% sessions crash free rate`,
      direction: 'below',
      critical: 95,
      project: 'mobile-app',
      environment,
    })
  t.match(await world.tell('metric_alert', told('staging', 'critical', '80.0')), { outcome: 'opened', severity: 'P3' })
  t.match(await world.tell('metric_alert', told('production', 'critical', '80.0')), {
    outcome: 'opened',
    severity: 'P0',
  })
  await until(() => world.pagerduty.openAlerts().length === 1)
  world.clock.wind(MINUTE)
  t.match(await world.tell('metric_alert', told('staging', 'resolved', '99.0')), { outcome: 'resolved' })
  t.equal((await world.incidents()).filter(incident => incident.status === 'triggered').length, 1)
})

t.test('a resolve that overtakes its alert, whose judging waits for Sentry, leaves nothing open', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.sentry.world.latencyMs = 900
  numbers(world, 30)
  const created = await world.send('issue', lifecycle(world, 'created'))
  world.clock.wind(2_000)
  t.match(await world.tell('issue', lifecycle(world, 'resolved', { status: 'resolved' })), { outcome: 'nothing-to-do' })
  t.match(await world.outcome(created.delivery), { outcome: 'nothing-to-do', reason: /resolved or archived in Sentry before/ })
  t.same(await world.incidents(), [])
})
