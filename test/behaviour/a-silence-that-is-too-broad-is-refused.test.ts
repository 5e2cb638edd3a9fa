import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { editRules, WEB_SHOP } from '../support/silencing.ts'
import { startWorld, type World } from '../support/world.ts'

async function open(world: World, count: number, project: string, about: object = {}): Promise<void> {
  for (let n = 0; n < count; n++) {
    const issue = `79${project.length}${String(world.clock.now()).slice(-5)}${String(n).padStart(2, '0')}`
    world.sentry.world.issues[issue] = { users: 9, events: 9, project, firstSeen: world.clock.now(), substatus: 'new' }
    const errorClass = `Error${n}Of${project.replace(/\W/g, '')}`
    await world.tell(
      'event_alert',
      eventAlert(eventPayload({ now: world.clock.now(), issue, project, errorClass, ...about }), 'Errors'),
    )
  }
  await world.service().settled()
}

const asked = { duration: 'PT2H', reason: 'noise' }

t.test('more than half of the incidents of a month takes a confirmation, and the numbers say why', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await editRules(world, { settings: { silenceBreadth: { incidentsPercent: 50, projectsPercent: 20, atLeast: 4 } } })
  await open(world, 5, 'web-shop')
  await open(world, 2, 'api')
  const preview = await world.api('POST', '/silences/preview', { matchers: WEB_SHOP })
  t.match(preview.body, {
    incidents: { matched: 5, of: 7 },
    projects: { matched: 1, of: 2, names: ['web-shop'] },
    ...{ p0: 0, pages: 0, open: 5, complete: true },
    tooBroad: [/5 of the 7 incidents of the last 30 days, more than 50 %/],
  })
  t.equal(preview.body.sample.length, 5)
  t.ok(preview.body.posts > 0)
  const refused = await world.api('POST', '/silences', { ...asked, matchers: WEB_SHOP })
  t.match(refused, { status: 409, body: { code: 'TOO_BROAD', errors: [{ path: '/matchers', message: /5 of the 7/ }] } })
  t.same((await world.api('GET', '/silences')).body.items, [])
  t.equal((await world.api('POST', '/silences', { ...asked, matchers: WEB_SHOP, confirm: true })).status, 201)

  const everything = { matchers: { field: 'kind', op: 'known' } }
  t.match((await world.api('POST', '/silences/preview', everything)).body.tooBroad, [/7 of the 7/, /2 of 2 projects/])
  const api = { matchers: { field: 'project', op: '=', value: 'api' } }
  const narrow = await world.api('POST', '/silences', { ...asked, ...api }, { 'idempotency-key': 'one' })
  t.equal(narrow.status, 201)
  const again = await world.api('POST', '/silences', { ...asked, ...api }, { 'idempotency-key': 'one' })
  t.equal(again.body.id, narrow.body.id, 'sent twice, made once')
  const etag = narrow.headers.get('etag') ?? ''
  const wider = await world.api('PATCH', `/silences/${narrow.body.id}`, everything, { 'if-match': etag })
  t.match(wider, { status: 409, body: { code: 'TOO_BROAD' } }, 'nor is one made broad later')
})

t.test('any P0 of the month takes one too; one that does not cover data loss matches none of it', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await open(world, 1, 'web-shop', { tags: { data_loss: 'true' } })
  t.equal((await world.api('POST', '/silences', { ...asked, matchers: WEB_SHOP })).status, 201)
  const loss = await world.api('POST', '/silences', { ...asked, matchers: WEB_SHOP, coversDataLoss: true })
  t.match(loss, { status: 409, body: { detail: /1 P0 incident of the last 30 days.*"confirm": true/ } })
})

t.test('what cannot be a silence is refused with where and why', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const refused = async (body: object) => (await world.api('POST', '/silences', body)).body.errors
  t.match(await refused({ ...asked, matchers: { field: 'projekt', op: '=', value: 'x' } }), [
    { path: '/matchers/field', message: /project/ },
  ])
  t.match(await refused({ matchers: WEB_SHOP, duration: 'PT1H' }), [{ path: '/reason' }])
  t.match(await refused({ matchers: WEB_SHOP, reason: 'x' }), [{ path: '/endsAt', message: /missing/ }])
  t.match(await refused({ ...asked, matchers: WEB_SHOP, duration: 'P2Y' }), [{ path: '/duration' }])
  t.match(await refused({ ...asked, matchers: WEB_SHOP, duration: 'P400D' }), [{ path: '/duration', message: /year/ }])
  const past = { matchers: WEB_SHOP, reason: 'x', endsAt: '2020-01-01T00:00:00Z' }
  t.match(await refused(past), [{ path: '/endsAt', message: /future/ }])
})
