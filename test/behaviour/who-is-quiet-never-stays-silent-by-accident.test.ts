import t from 'tap'
import { errorCreated, eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { issuePayload, issueWebhook } from '../../src/sandbox/samples/issue-payload.ts'
import { CRASH_FREE_SESSIONS, metricAlert } from '../../src/sandbox/samples/metric-alert-payload.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const PROJECT = 'mobile-app'
const MINUTE = 60_000
const CHECKOUT = { transaction: 'POST /checkout/pay' }

const alertOf = (world: World, issue: string, about: Partial<Parameters<typeof eventPayload>[0]> = {}) =>
  eventAlert(eventPayload({ now: world.clock.now(), issue, project: PROJECT, transaction: '/feed', ...about }), 'Crash')

const issueIs = (world: World, action: string, about: Partial<Parameters<typeof issuePayload>[0]>) =>
  issueWebhook(action, issuePayload({ now: world.clock.now(), issue: '1', project: PROJECT, ...about }))

const crashFree = (world: World, about: Partial<Parameters<typeof metricAlert>[0]> = {}) =>
  metricAlert({
    now: world.clock.now(),
    action: 'critical',
    rule: '4711',
    name: 'Crash-free sessions',
    aggregate: CRASH_FREE_SESSIONS,
    window: 60,
    said: '90.1% sessions crash free rate',
    direction: 'below',
    critical: 95,
    project: PROJECT,
    ...about,
  })

function fails(world: World, users = 9): void {
  const counts = { users, events: users, recentUsers: users, recentEvents: users }
  world.sentry.world.issues['1'] = {
    ...counts,
    project: PROJECT,
    firstSeen: world.clock.now() - MINUTE,
    substatus: 'new',
  }
}

function badRelease(world: World): void {
  const release = 'mobile-app@5.2.0'
  world.sentry.world.projects[PROJECT] = {
    sessions: [{ healthy: 1080, crashed: 120, environment: 'production', release }],
    releases: [release],
    unhandled: [30, 40, 50, 40, 40, 40],
  }
}

const pages = (world: World) => world.pagerduty.openAlerts().length

t.test("a breach is not over because Sentry's API stopped answering", async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  badRelease(world)
  fails(world)
  await world.tell('event_alert', alertOf(world, '1'))
  await until(() => pages(world) === 1)
  world.sentry.fail({ kind: 'status', status: 503 })
  await world.wind(61_000)
  await world.wind(61_000)
  const project = (await world.incidents()).find(incident => incident.kind === 'project')
  t.match(project, { status: 'triggered', severity: 'P0' })
  t.equal(pages(world), 1)
})

t.test('an issue that another incident speaks for pages for itself when it turns out to lose data', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  badRelease(world)
  fails(world)
  const first = await world.tell('event_alert', alertOf(world, '1', CHECKOUT))
  await until(() => pages(world) === 1)
  t.ok((await world.incident(first.incident ?? '')).quiet !== null)
  world.clock.wind(1_000)
  await world.tell('event_alert', alertOf(world, '1', { ...CHECKOUT, tags: { data_loss: 'true' } }))
  await until(() => pages(world) === 2)
  t.equal((await world.incident(first.incident ?? '')).quiet, null)
})

t.test('an issue that was archived in Sentry speaks for its project no longer', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  fails(world)
  await world.tell('event_alert', alertOf(world, '1', CHECKOUT))
  await until(() => pages(world) === 1)
  world.clock.wind(MINUTE)
  await world.tell('issue', issueIs(world, 'archived', { status: 'ignored', substatus: 'archived_forever' }))
  world.clock.wind(30 * MINUTE)
  badRelease(world)
  const { incident } = await world.tell('metric_alert', crashFree(world))
  await until(() => pages(world) === 2)
  t.equal((await world.incident(incident ?? '')).quiet, null)
})

t.test('when the issue that spoke is resolved the project pages by its metric alert alone', async t => {
  const world = await startWorld({ env: { SENTRY_AUTH_TOKEN: null } })
  t.teardown(world.stop)
  for (let n = 0; n < 6; n++) {
    const event = eventPayload({
      now: world.clock.now() + n,
      issue: '1',
      project: PROJECT,
      ...CHECKOUT,
      user: { id: `u${n}` },
    })
    await world.tell('error', errorCreated(event))
  }
  await until(() => pages(world) === 1)
  world.clock.wind(MINUTE)
  const { incident } = await world.tell('metric_alert', crashFree(world))
  t.ok((await world.incident(incident ?? '')).quiet !== null)
  world.clock.wind(2 * MINUTE)
  await world.tell('issue', issueIs(world, 'resolved', { status: 'resolved' }))
  await world.wind(61_000)
  await until(() => pages(world) === 1)
  t.match(await world.incident(incident ?? ''), { quiet: null, status: 'triggered' })
})

t.test('an early resolve of one metric alert does not swallow another of the same project', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const [critical, hookAt] = [crashFree(world), world.clock.now()]
  world.clock.wind(2_000)
  await world.tell(
    'metric_alert',
    crashFree(world, { action: 'resolved', rule: '99', said: '99.5% sessions crash free rate' }),
  )
  t.match(await world.tell('metric_alert', critical, { hookAt }), { outcome: 'opened', severity: 'P0' })
})

t.test('a doubt about an incident whose own verdict stands is looked into when the numbers can be had', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  fails(world, 20)
  const first = await world.tell('event_alert', alertOf(world, '1', { handled: true }))
  t.equal(first.severity, 'P2')
  world.sentry.fail({ kind: 'status', status: 503 })
  world.clock.wind(2 * MINUTE)
  await world.tell('event_alert', alertOf(world, '1', { handled: true }))
  world.sentry.heal()
  fails(world, 320)
  // Sentry is left alone for ten seconds after it failed so often.
  await until(async () => {
    await world.wind(31_000)
    return (await world.incident(first.incident ?? '')).severity === 'P1'
  }, 25_000)
})

t.test('a breach that comes back is found by measuring again too', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  badRelease(world)
  fails(world, 3)
  await world.tell('event_alert', alertOf(world, '1', CHECKOUT))
  await until(() => pages(world) === 1)
  world.sentry.world.projects[PROJECT] = {
    sessions: [{ healthy: 1195, crashed: 5 }],
    releases: [],
    unhandled: [0, 0, 0, 0],
  }
  await world.wind(61_000)
  await until(() => pages(world) === 0)
  badRelease(world)
  await world.wind(61_000)
  await world.wind(61_000)
  await until(() => pages(world) === 1)
  t.match(world.pagerduty.openAlerts()[0]?.dedupKey, /:project:.*:g1$/, 'within ten minutes it is the same life')
})
