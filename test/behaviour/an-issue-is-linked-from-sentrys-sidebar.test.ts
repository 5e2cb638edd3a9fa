import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { alertNow, ISSUE, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { linkCall, optionsOf, submit } from '../support/ui-call.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

const OTHER = '7400000002'

t.test('an open incident is found by what is typed, linked, and noted once', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 30)
  const { incident } = await world.tell('event_alert', alertNow(world))
  const id = incident ?? ''
  t.match(await optionsOf(world, 'issue-link/incidents', { query: 'typeerror' }), [
    { label: /^P2 web-shop: TypeError/, value: id },
  ])
  t.same(await optionsOf(world, 'issue-link/incidents', { query: 'nothing like it' }), [])

  const call = linkCall(OTHER, { incident: id })
  const expected = { webUrl: `${world.url()}/incidents/${id}`, project: 'web-shop', identifier: id }
  t.match(await submit(world, 'issue-link/link', call), { status: 200, body: expected })
  t.match(await submit(world, 'issue-link/link', call), { status: 200, body: expected }, 'told twice')
  const notes = (await world.timeline(id)).filter(({ what }) => what === 'linked')
  t.match(notes, [{ by: 'Marta Lindqvist', reason: `issue ${OTHER} linked in Sentry by Marta Lindqvist` }])
  t.equal(notes.length, 1, 'noted once')

  t.match(await submit(world, 'issue-link/link', linkCall(OTHER, { incident: 'inc_of_nobody' })), {
    status: 400,
    body: { message: /no incident inc_of_nobody/ },
  })
})

t.test('an issue that has an incident of its own is linked with both', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 30)
  const one = (await world.tell('event_alert', alertNow(world))).incident ?? ''
  const event = eventPayload({ now: world.clock.now(), issue: OTHER, project: 'web-shop' })
  const two = (await world.tell('event_alert', eventAlert(event, 'Errors'))).incident ?? ''
  await submit(world, 'issue-link/link', linkCall(OTHER, { incident: one }))
  t.same((await world.incident(one)).linked, [two])
  t.same((await world.incident(two)).linked, [one])
})

t.test('an issue without an incident gets one, judged like an alert; one that has it keeps it', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 320)
  const call = linkCall(ISSUE, { title: 'TypeError: total is undefined', note: 'ask ada@example.com first' })
  const [created] = await Promise.all([
    submit(world, 'issue-link/create', call),
    submit(world, 'issue-link/create', call),
  ])
  t.equal(created.status, 200)
  const id = created.body.identifier
  t.match(await world.incident(id), { severity: 'P1', project: 'web-shop' })
  await until(() => world.slack.posts.filter(post => post.channelName === 'incidents').length === 1)
  const again = await submit(world, 'issue-link/create', linkCall(ISSUE, { title: 'the same' }))
  t.equal(again.body.identifier, id)
  const notes = (await world.timeline(id)).filter(({ what }) => what === 'linked')
  t.equal(notes.length, 2)
  t.match(notes[0]?.reason, /by Marta Lindqvist: ask \[email\] first/)

  world.clock.wind(5 * MINUTE)
  await world.tell('issue', lifecycle(world, 'resolved', { status: 'resolved' }))
  t.match(await world.incident(id), { status: 'resolved' })
  t.equal((await submit(world, 'issue-link/create', linkCall(ISSUE, { title: 'again' }))).body.identifier, id)
  t.match(await world.incident(id), { status: 'resolved' }, 'looking it up reopens nothing')
})

t.test('without an API the call itself says what the issue is', async t => {
  const world = await startWorld({ env: { SENTRY_AUTH_TOKEN: null } })
  t.teardown(world.stop)
  const { body } = await submit(world, 'issue-link/create', linkCall(ISSUE, { title: 'TypeError: total is undefined' }))
  t.match(await world.incident(body.identifier), {
    severity: 'P2',
    status: 'triggered',
    title: 'TypeError: total is undefined',
    links: { sentry: `https://northwind.sentry.io/issues/${ISSUE}/` },
    verdict: { degraded: true },
  })
  await until(() => world.slack.posts.filter(post => post.channelName === 'alerts-production').length === 1)
})

t.test('a secret reaches the incidents of its own source alone', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 30)
  const id = (await world.tell('event_alert', alertNow(world))).incident ?? ''
  const clientSecret = 'a-client-secret-of-another-team-01'
  const source = { id: 'mobile', name: 'Mobile', secret: { clientSecrets: [clientSecret] } }
  t.equal((await world.api('POST', '/sources', source)).status, 201)
  t.same(await optionsOf(world, 'issue-link/incidents', {}, clientSecret), [])
  const stranger = await submit(world, 'issue-link/link', linkCall(OTHER, { incident: id }), clientSecret)
  t.match(stranger, { status: 400, body: { message: /there is no incident/ } })
  t.notOk((await world.timeline(id)).some(({ what }) => what === 'linked'))
})
