import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { CRASH_FREE_SESSIONS, metricAlert } from '../../src/sandbox/samples/metric-alert-payload.ts'
import { MINUTE } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const PROJECT = 'mobile-app'
const ISSUE = '6600000001'
const AT_MOST_P2 = [
  { name: 'policy', value: '(routes)' },
  { name: 'severity_ceiling', value: 'P2' },
  { name: 'ceiling_holds_for', value: 'everything' },
]

function crashing(world: World, crashed = 120): void {
  const now = world.clock.now()
  world.sentry.world.projects[PROJECT] = {
    sessions: [{ healthy: 1200 - crashed, crashed, environment: 'production', release: 'mobile-app@5.2.0' }],
    releases: ['mobile-app@5.2.0'],
    unhandled: [30, 40, 50, 40, 40, 40],
  }
  world.sentry.world.issues[ISSUE] = { users: 30, events: 40, project: PROJECT, firstSeen: now - MINUTE }
}

function crash(world: World, settings?: typeof AT_MOST_P2): object {
  const event = eventPayload({ now: world.clock.now(), issue: ISSUE, project: PROJECT, transaction: '/feed' })
  return eventAlert(event, 'Feed', settings)
}

const ofKind = async (world: World, kind: string) => (await world.incidents()).find(one => one.kind === kind)

t.test("a ceiling on one issue's alert leaves the page of its project as it is", async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  crashing(world)
  await world.tell('event_alert', crash(world, AT_MOST_P2))
  await until(() => world.pagerduty.openAlerts().length === 1)
  t.match(await ofKind(world, 'project'), { severity: 'P0', chosen: null })
  t.match(await ofKind(world, 'issue'), { severity: 'P2', chosen: { ceiling: 'P2' } })
})

t.test("a ceiling for everything on the project's own alert holds while it is measured again", async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  // The names of projects are asked once: this one is there before.
  crashing(world, 0)
  await world.restart()
  const alert = metricAlert({
    now: world.clock.now(),
    action: 'critical',
    rule: '501',
    name: 'Crash-free app',
    aggregate: CRASH_FREE_SESSIONS,
    window: 60,
    said: '90.0% sessions crash free rate',
    direction: 'below',
    critical: 95,
    project: PROJECT,
    settings: AT_MOST_P2,
  })
  t.match(await world.tell('metric_alert', alert), { outcome: 'opened', severity: 'P2' })
  crashing(world)
  await world.tell('event_alert', crash(world))
  for (let minute = 0; minute < 5; minute++) await world.wind(MINUTE)
  t.match(await ofKind(world, 'project'), {
    status: 'triggered',
    severity: 'P2',
    causes: { 'metric:501': { clearedAt: null }, 'measured:crash-free': { clearedAt: null } },
  })
  t.equal(world.pagerduty.alerts.length, 0)
})
