import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const PROJECT = 'mobile-app'

function badRelease(world: World, crashed = 120): void {
  world.sentry.world.projects[PROJECT] = {
    sessions: [{ healthy: 1200 - crashed, crashed, environment: 'production', release: 'mobile-app@5.2.0' }],
    releases: ['mobile-app@5.2.0'],
    unhandled: [30, 40, 50, 40, 40, 40],
  }
}

const alertOf = (now: number, issue: string, about: Partial<Parameters<typeof eventPayload>[0]> = {}) =>
  eventAlert(
    eventPayload({ now, issue, project: PROJECT, transaction: '/feed', errorClass: `Crash${issue}`, ...about }),
    'New crash',
  )

t.test('crash-free at 90 % with 30 issues firing: one page, suspects listed', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  badRelease(world)
  const now = world.clock.now()
  const issues = Array.from({ length: 30 }, (_, n) => `66000000${String(n).padStart(2, '0')}`)
  for (const [n, issue] of issues.entries()) {
    world.sentry.world.issues[issue] = {
      users: 10 + n,
      events: 20 + n,
      project: PROJECT,
      firstSeen: now - 60_000,
      substatus: 'new',
    }
  }
  const sent = await Promise.all(issues.map(issue => world.send('event_alert', alertOf(now, issue))))
  for (const one of sent) t.match(await world.outcome(one.delivery), { outcome: 'opened' })

  await until(() => world.pagerduty.openAlerts().length > 0)
  t.equal(world.pagerduty.alerts.length, 1, 'one page')
  const incidents = await world.incidents()
  const project = incidents.find(incident => incident.kind === 'project')
  t.match(project, { severity: 'P0', project: PROJECT })
  t.equal(project?.suspects.length, 30, 'all suspects are listed')
  const users = project?.suspects.map(suspect => suspect.users ?? 0) ?? []
  t.same(
    users,
    [...users].sort((a, b) => b - a),
    'largest first',
  )
  t.match(world.pagerduty.alerts[0]?.event.payload?.summary, /suspects: /)
  const own = incidents.filter(incident => incident.kind === 'issue')
  t.equal(own.length, 30)
  t.ok(
    own.every(incident => incident.severity === 'P2' && incident.linked.includes(project?.id ?? '')),
    'judged by their own users, and linked',
  )
})

t.test('data loss and another core flow still page for themselves while the project speaks', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  badRelease(world)
  const now = world.clock.now()
  const flow = {
    users: 9,
    events: 9,
    recentUsers: 9,
    recentEvents: 9,
    project: PROJECT,
    firstSeen: now - 60_000,
    substatus: 'new',
  }
  world.sentry.world.issues['6600000100'] = flow
  world.sentry.world.issues['6600000101'] = flow
  world.sentry.world.issues['6600000102'] = flow
  const first = await world.tell('event_alert', alertOf(now, '6600000100', { transaction: 'POST /checkout/pay' }))
  t.match(first, { severity: 'P0' })
  await until(() => world.pagerduty.openAlerts().length === 1)
  const named = await world.incident(first.incident ?? '')
  t.ok(named.quiet !== null, 'judged together, the project incident speaks and names the issue')

  await world.tell('event_alert', alertOf(now, '6600000101', { transaction: 'POST /login' }))
  await until(() => world.pagerduty.openAlerts().length === 2)
  await world.tell(
    'event_alert',
    alertOf(now, '6600000102', { transaction: 'order.persist', tags: { data_loss: 'true' } }),
  )
  await until(() => world.pagerduty.openAlerts().length === 3)
  const again = await world.tell('event_alert', alertOf(now + 1, '6600000103', { transaction: 'POST /checkout/pay' }))
  t.equal(world.pagerduty.alerts.length, 3, `a second issue of the named flow does not (${again.reason})`)
})

t.test('an issue that paged first speaks for the project too; when it is resolved the project speaks', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const now = world.clock.now()
  world.sentry.world.issues['6600000200'] = {
    users: 9,
    events: 9,
    recentUsers: 9,
    recentEvents: 9,
    project: PROJECT,
    firstSeen: now - 60_000,
    substatus: 'new',
  }
  const first = await world.tell('event_alert', alertOf(now, '6600000200', { transaction: 'POST /checkout/pay' }))
  t.match(first, { severity: 'P0' })
  await until(() => world.pagerduty.openAlerts().length === 1)

  badRelease(world)
  world.clock.wind(15_000)
  const critical = SAMPLES['crash-free-critical']
  const second = await world.tell(critical?.resource ?? '', critical?.build(world.clock.now()))
  t.match(second, { outcome: 'opened', severity: 'P0' })
  t.equal(world.pagerduty.alerts.length, 1, 'whichever pages first speaks for both')
  const project = await world.incident(second.incident ?? '')
  t.match(project.quiet, { speaker: first.incident })
})
