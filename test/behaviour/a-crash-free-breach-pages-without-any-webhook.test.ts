import t from 'tap'
import { CRASH_FREE_SESSIONS, metricAlert } from '../../src/sandbox/samples/metric-alert-payload.ts'
import { MINUTE } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const PROJECT = 'web-shop'

/** So many sessions in the last hour, so many of them crashed, and whether exceptions still come. */
function sessions(world: World, healthy: number, crashed: number, crashing = true): void {
  world.sentry.world.projects[PROJECT] = {
    sessions: [{ healthy, crashed, release: 'shop@2.4.1' }],
    releases: ['shop@2.4.1'],
    unhandled: Array.from({ length: 15 }, () => (crashing ? 20 : 0)),
  }
}

const crashFreeAlert = (now: number): object =>
  metricAlert({
    now,
    action: 'critical',
    rule: '71',
    name: 'Crash-free sessions',
    aggregate: CRASH_FREE_SESSIONS,
    window: 60,
    said: '90% sessions crash free rate',
    direction: 'below',
    critical: 95,
    project: PROJECT,
  })

const breach = async (world: World) => (await world.incidents()).find(one => one.kind === 'project')

t.test(
  'nobody tells, and still the page comes, names the issues behind it, and is closed when the rate is back',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    sessions(world, 980, 20)
    world.sentry.world.issues['7400000009'] = {
      users: 90,
      events: 300,
      project: PROJECT,
      title: 'TypeError: total of undefined',
      isUnhandled: true,
      lastSeen: world.clock.now(),
    }
    await world.wind(2 * MINUTE)
    t.equal(await breach(world), undefined, 'at 98 % nothing is wrong')

    sessions(world, 920, 80)
    await world.wind(2 * MINUTE)
    await until(() => world.pagerduty.openAlerts().length === 1)
    const opened = await breach(world)
    t.match(opened, { severity: 'P0', status: 'triggered', project: PROJECT })
    t.match(opened?.verdict.reason, /92.0 % of 1,000/)
    t.match(
      JSON.stringify(world.pagerduty.openAlerts()[0]),
      /TypeError: total of undefined/,
      'the page names the suspects',
    )

    sessions(world, 955, 45)
    await world.wind(2 * MINUTE)
    t.equal((await breach(world))?.status, 'triggered', '95.5 % is above the threshold, not above the one for falling')
    sessions(world, 99, 1)
    await world.wind(2 * MINUTE)
    t.equal((await breach(world))?.status, 'triggered', 'a hundred sessions end nothing')
    sessions(world, 985, 15)
    await world.wind(2 * MINUTE)
    await until(async () => (await breach(world))?.status === 'resolved')
    await until(() => world.pagerduty.openAlerts().length === 0)
    t.equal(world.pagerduty.alerts.length, 1, 'one page from beginning to end')
  },
)

t.test('three sessions at night page nobody', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  sessions(world, 2, 1)
  await world.wind(2 * MINUTE)
  await world.wind(2 * MINUTE)
  t.equal(await breach(world), undefined)
})

t.test('a rolled-back release ends it at once, whatever the hour says', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  sessions(world, 900, 100)
  await world.wind(2 * MINUTE)
  await until(() => world.pagerduty.openAlerts().length === 1)
  sessions(world, 900, 100, false)
  await world.wind(2 * MINUTE)
  await until(() => world.pagerduty.openAlerts().length === 0)
})

t.test('a crash-free alert whose resolve is lost is closed by our own measuring, after half an hour of it', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  sessions(world, 900, 100)
  t.match(await world.tell('metric_alert', crashFreeAlert(world.clock.now())), { outcome: 'opened' })
  await until(() => world.pagerduty.openAlerts().length === 1)
  sessions(world, 990, 10)
  for (let minutes = 0; minutes < 25; minutes += 5) await world.wind(5 * MINUTE)
  t.equal(world.pagerduty.openAlerts().length, 1, 'Sentry may still say it itself')
  for (let minutes = 0; minutes < 20; minutes += 5) await world.wind(5 * MINUTE)
  await until(() => world.pagerduty.openAlerts().length === 0)
  t.equal((await breach(world))?.status, 'resolved')
})

t.test('it is closed by the rate alone when Sentry cannot say how many exceptions there are', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  sessions(world, 900, 100)
  await world.wind(2 * MINUTE)
  await until(() => world.pagerduty.openAlerts().length === 1)
  world.sentry.world.failing.push('events-timeseries/')
  sessions(world, 940, 60)
  await world.wind(2 * MINUTE)
  t.equal(world.pagerduty.openAlerts().length, 1, '94 % is no end')
  sessions(world, 990, 10)
  await world.wind(2 * MINUTE)
  await until(() => world.pagerduty.openAlerts().length === 0)
})
