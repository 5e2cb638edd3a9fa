import t from 'tap'
import { alertNow, MINUTE, numbers } from '../support/one-issue.ts'
import { said, silence } from '../support/silencing.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

async function hidden(world: World): Promise<string> {
  numbers(world, 320)
  const { incident } = await world.tell('event_alert', alertNow(world))
  await world.service().settled()
  return incident ?? ''
}

t.test('at its end, once, by its severity of then', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await silence(world, { duration: 'PT40M' })
  numbers(world, 9)
  const { incident } = await world.tell('event_alert', alertNow(world))
  const id = incident ?? ''
  world.clock.wind(2 * MINUTE)
  numbers(world, 320)
  await world.tell('event_alert', alertNow(world))
  t.match(await world.incident(id), { severity: 'P1' })
  await world.wind(30 * MINUTE)
  t.equal(world.slack.posts.length, 0)
  await world.wind(9 * MINUTE)
  await until(() => world.slack.messages('incidents').length === 1)
  t.match(await world.incident(id), { silenced: null, status: 'triggered' })
  t.match(await said(world, id, 'unsilenced'), [/silence sil_\w+ of Ada \(admin\) has ended, and it is still open/])
  await world.wind(2 * MINUTE)
  t.equal(world.slack.messages('incidents').length, 1)
  t.equal(world.slack.messages('alerts-production').length, 0, 'not where P2 would have been told')
})

t.test('ended early it speaks at once; extended it stays quiet until the new end', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const { id: silenceId } = await silence(world, { duration: 'PT40M' })
  const id = await hidden(world)
  const { headers } = await world.api('GET', `/silences/${silenceId}`)
  const stale = await world.api('PATCH', `/silences/${silenceId}`, { reason: 'x' }, { 'if-match': '"7"' })
  t.match(stale, { status: 412, body: { code: 'STALE_ETAG' } })
  const patch = { duration: 'PT3H', annotations: { ticket: 'OPS-7' } }
  const extended = await world.api('PATCH', `/silences/${silenceId}`, patch, {
    'if-match': headers.get('etag') ?? '',
  })
  t.match(extended, { status: 200, body: { annotations: { ticket: 'OPS-7' }, state: 'active' } })
  t.equal((await world.incident(id)).silenced?.until, extended.body.endsAt)
  await world.wind(50 * MINUTE)
  t.equal(world.slack.messages('incidents').length, 0)

  const ended = await world.api('POST', `/silences/${silenceId}/expire`, undefined, { 'x-actor': 'Grace' })
  t.match(ended.body, { state: 'expired', expiredBy: 'Grace (admin)' })
  await until(() => world.slack.messages('incidents').length === 1)
  t.match((await world.api('GET', '/silences?state=expired')).body.items, [{ id: silenceId, hid: 1 }])
  t.same((await world.api('GET', '/silences?state=active')).body.items, [])
})

t.test('where another silence matches too, the longer one counts', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await silence(world, { duration: 'PT30M' })
  const { id: longer } = await silence(world, { duration: 'PT55M', reason: 'the other half' })
  const id = await hidden(world)
  t.match(await world.incident(id), { silenced: { through: { id: longer } } })
  await world.wind(40 * MINUTE)
  t.equal(world.slack.messages('incidents').length, 0)
  await world.wind(17 * MINUTE)
  await until(() => world.slack.messages('incidents').length === 1)
})

t.test('an incident that a silence keeps quiet is not unsilenced by itself: the silence is named', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await silence(world)
  const id = await hidden(world)
  const answer = await world.api('POST', `/incidents/${id}/unsilence`)
  t.match(answer.body, { changed: false, reason: /silence sil_\w+ of Ada \(admin\) keeps it quiet: end that instead/ })
})

t.test('two who end it at the same time have both ended it, and what is open speaks once', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const { id: silenceId } = await silence(world)
  await hidden(world)
  const ends = [1, 2, 3, 4].map(() => world.api('POST', `/silences/${silenceId}/expire`))
  for (const answer of await Promise.all(ends)) t.match(answer, { status: 200, body: { state: 'expired' } })
  await until(() => world.slack.messages('incidents').length === 1)
  await world.wind(2 * MINUTE)
  t.equal(world.slack.messages('incidents').length, 1)
})

t.test('a resolve at the very moment of its end: it is over, and tells nobody', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await silence(world, { duration: 'PT30M' })
  const id = await hidden(world)
  world.clock.wind(30 * MINUTE)
  await Promise.all([world.api('POST', `/incidents/${id}/resolve`, {}), world.service().catchUp()])
  await world.service().settled()
  t.match(await world.incident(id), { status: 'resolved', silenced: null })
  await world.wind(2 * MINUTE)
  t.ok(
    world.slack.posts.every(({ text }) => /Resolved/.test(text ?? '')),
    'what slipped out says so',
  )
})
