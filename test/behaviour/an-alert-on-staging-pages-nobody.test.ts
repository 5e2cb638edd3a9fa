import t from 'tap'
import { CRASH_FREE_SESSIONS, metricAlert } from '../../src/sandbox/samples/metric-alert-payload.ts'
import { ISSUE, lifecycle, MINUTE } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

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

t.test('told by a lifecycle webhook, which names no environment, it stays so when it is measured again', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const staging = { users: 9, events: 9 }
  world.sentry.world.issues[ISSUE] = {
    users: 0,
    events: 0,
    elsewhere: { staging },
    project: 'web-shop',
    firstSeen: world.clock.now(),
    substatus: 'new',
    latest: { environment: 'staging', tags: { data_loss: 'true' } },
    listed: false,
  }
  const created = await world.tell('issue', lifecycle(world, 'created'))
  t.match(created, { outcome: 'opened', severity: 'P3' })
  for (let minutes = 0; minutes < 15; minutes += 5) await world.wind(5 * MINUTE)
  await until(async () => (await world.incident(created.incident ?? '')).remeasured > 1)
  t.match(await world.incident(created.incident ?? ''), { severity: 'P3' })
  t.same(world.pagerduty.alerts, [])
})
