import t from 'tap'
import { windAndSettle } from '../support/escalating.ts'
import { MINUTE } from '../support/one-issue.ts'
import { pagedIncident } from '../support/paged.ts'
import { startWorld } from '../support/world.ts'

t.test('while PagerDuty refuses, an acknowledgement counts here and says that it is owed there', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await pagedIncident(world)
  world.pagerduty.fail({ kind: 'status', status: 500 })
  const answer = await world.api('POST', `/incidents/${id}/acknowledge`)
  t.match(answer, { status: 200, body: { changed: true, incident: { status: 'acknowledged' } } })
  const reflected: { what: string; status: string; error: string | null }[] = answer.body.reflected
  t.match(
    reflected.filter(({ what }) => what === 'acknowledge'),
    [{ status: 'owed', error: /500/ }],
  )
  world.pagerduty.heal()
})

t.test('added to the backlog it is there with its owner, and Sentry is asked to assign it', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await pagedIncident(world)
  const owner = { type: 'team', id: '77', name: 'web' }
  const answer = await world.api('POST', `/incidents/${id}/backlog`, { owner })
  t.match(answer.body, { changed: true, incident: { owner, severity: 'P0' } })
  t.match((await world.api('GET', '/backlog')).body.items, [{ incident: id, owner, status: 'open' }])
  const writes = (await world.notifications(id)).filter(({ kind }) => kind === 'write').map(({ write }) => write?.kind)
  t.same(writes, ['assign', 'comment'])
})

t.test('what is in the backlog stays there when its incident is paged again', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await pagedIncident(world)
  await world.api('POST', `/incidents/${id}/backlog`, { owner: { type: 'team', id: '77', name: 'web' } })
  await windAndSettle(world, id, 16 * MINUTE)
  await windAndSettle(world, id, 31 * MINUTE)
  t.match(await world.incident(id), { generation: 2 })
  t.match((await world.api('GET', '/backlog')).body.items, [{ incident: id, owner: { name: 'web' }, status: 'open' }])
  await world.api('POST', `/incidents/${id}/backlog`)
  t.equal((await world.api('GET', '/backlog')).body.items.length, 1, 'once, however often it is added')
})
