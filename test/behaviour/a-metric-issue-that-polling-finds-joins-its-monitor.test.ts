import t from 'tap'
import { metricAlert } from '../../src/sandbox/samples/metric-alert-payload.ts'
import { startWorld } from '../support/world.ts'

const MINUTE = 60_000

t.test('the alert came by webhook, the metric issue is only listed: one incident, over when the issue is', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const now = world.clock.now()
  const aggregate = 'p95(transaction.duration)'
  const monitor = { rule: '77', name: 'Slow search', aggregate, window: 10, said: '900 p95' }
  await world.tell(
    'metric_alert',
    metricAlert({ now, action: 'critical', ...monitor, direction: 'above', critical: 500 }),
  )
  world.sentry.world.issues['9001'] = {
    ...{ title: 'Slow search', users: 0, events: 1, project: 'web-shop', substatus: 'new', isUnhandled: false },
    ...{ issueCategory: 'metric', issueType: 'metric_issue', firstSeen: now, lastSeen: now },
  }
  for (let n = 0; n < 10; n++) await world.wind(MINUTE)
  t.match(await world.incidents(), [{ kind: 'metric', severity: 'P1', status: 'triggered' }])
  t.equal((await world.incidents()).length, 1, 'one problem is one incident')

  // The webhook of its end is lost.
  Object.assign(world.sentry.world.issues['9001'] ?? {}, { status: 'resolved', substatus: null })
  for (let n = 0; n < 10; n++) await world.wind(MINUTE)
  t.match((await world.incidents()).find(({ kind }) => kind === 'metric')?.status, 'resolved')
})
