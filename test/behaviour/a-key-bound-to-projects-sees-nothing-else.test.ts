import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

async function dataLoss(world: World, issue: string, project: string): Promise<{ incident: string; delivery: string }> {
  const now = world.clock.now()
  world.sentry.world.issues[issue] = { users: 9, events: 18, project, firstSeen: now, substatus: 'new' }
  const payload = eventPayload({ now, issue, project, message: `lost in ${project}`, tags: { data_loss: 'true' } })
  const { incident, id } = await world.tell('event_alert', eventAlert(payload, 'Errors'))
  return { incident: incident ?? '', delivery: id }
}

t.test('incidents, their messages, deliveries and backlog of other projects are not there for it', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const mine = await dataLoss(world, '7400000001', 'web-shop')
  const theirs = await dataLoss(world, '7400000002', 'payments-api')
  await until(() => world.pagerduty.openAlerts().length === 2)
  for (const { incident } of [mine, theirs]) await world.api('POST', `/incidents/${incident}/backlog`, {})
  await until(async () => (await world.api('GET', '/backlog')).body.items.length === 2)
  const made = await world.api('POST', '/api-keys', { name: 'shop', role: 'responder', projects: ['web-shop'] })
  const as = { authorization: `Bearer ${made.body.key}` }
  const get = (path: string) => world.api('GET', path, undefined, as)

  const lists = await Promise.all(['/incidents', '/notifications', '/backlog'].map(get))
  for (const { status, body } of lists) {
    t.equal(status, 200)
    t.ok(body.items.length > 0, 'what is theirs is there')
    t.ok(JSON.stringify(body).includes(mine.incident))
    t.notMatch(JSON.stringify(body), new RegExp(`payments-api|${theirs.incident}`))
  }
  const all = (await world.api('GET', '/incidents?limit=1&project=payments-api', undefined, as)).body
  t.same(all.items, [], 'asking for another project finds nothing')

  const notification = (await world.notifications(theirs.incident))[0]?.id ?? ''
  const entry = (await world.api('GET', '/backlog')).body.items.find(
    (one: { project: string }) => one.project === 'payments-api',
  )
  const etag = (await world.api('GET', `/backlog/${entry.id}`)).headers.get('etag') ?? ''
  const hidden = [
    `/incidents/${theirs.incident}`,
    `/incidents/${theirs.incident}/timeline`,
    `/incidents/${theirs.incident}/notifications`,
    `/deliveries/${theirs.delivery}`,
    `/notifications/${notification}`,
    `/backlog/${entry.id}`,
  ]
  for (const path of hidden) t.match(await get(path), { status: 404 }, path)
  t.match(await get(`/deliveries/${mine.delivery}`), { status: 200 })
  const acts = [
    world.api('POST', `/incidents/${theirs.incident}/acknowledge`, undefined, as),
    world.api('POST', `/notifications/${notification}/retry`, undefined, as),
    world.api('PATCH', `/backlog/${entry.id}`, { owner: null }, { ...as, 'if-match': etag }),
  ]
  for (const { status } of await Promise.all(acts)) t.equal(status, 404)
  t.equal((await world.incident(theirs.incident)).status, 'triggered')
  t.match(await world.api('POST', `/incidents/${mine.incident}/acknowledge`, undefined, as), {
    status: 200,
    body: { changed: true, incident: { acknowledgedBy: { id: made.body.id, name: 'shop' } } },
  })
  t.match(await get('/rules'), { status: 403, body: { detail: /bound to the projects web-shop/ } })
})
