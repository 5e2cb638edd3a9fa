import t from 'tap'
import { pagedIncident } from '../support/paged.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('a resolve over REST closes the page and is written to Sentry; a reopening names who resolved it', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await pagedIncident(world)
  const post = (name: string, body?: unknown) =>
    world.api('POST', `/incidents/${id}/${name}`, body, { 'x-actor': 'Ada' })
  t.match((await post('resolve', { release: 'next', reason: 'fixed' })).body, {
    changed: true,
    incident: { status: 'resolved', resolvedBy: 'Ada', resolvedInRelease: 'next' },
  })
  await until(() => world.pagerduty.openAlerts().length === 0)
  const writes = (await world.notifications(id)).filter(({ kind }) => kind === 'write').map(({ write }) => write)
  t.match(writes, [
    { kind: 'resolve', release: 'next' },
    { kind: 'comment', text: /fixed/ },
  ])
  t.match((await post('resolve')).body, { changed: false, reason: 'already resolved' })

  t.match((await post('reopen', { reason: 'it is not' })).body, {
    changed: true,
    reason: /it is not; it had been resolved by Ada/,
  })
  await until(() => world.pagerduty.openAlerts().length === 1)
})
