import t, { type Test } from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { issuePayload, issueWebhook } from '../../src/sandbox/samples/issue-payload.ts'
import { MINUTE } from '../support/one-issue.ts'
import { editRules, silence } from '../support/silencing.ts'
import { startWorld, type World } from '../support/world.ts'

async function opens(world: World, issue: string, about: object = {}): Promise<string> {
  const [now, project] = [world.clock.now(), 'web-shop']
  world.sentry.world.issues[issue] = { users: 320, events: 640, project, firstSeen: now - 600_000, substatus: 'new' }
  const payload = eventPayload({ now, issue, project, ...about })
  const { incident } = await world.tell('event_alert', eventAlert(payload, 'Errors'))
  await world.service().settled()
  return incident ?? ''
}

async function pass(world: World, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 5) await world.wind(5 * MINUTE)
  await world.service().settled()
}

/** By the rules that were in force nobody is told more or less; who was really told is counted. */
async function nothingChanges(t: Test, world: World, spoken: readonly string[]): Promise<void> {
  const asked = { against: 'current', days: 1 }
  const { status, body } = await world.api('POST', '/rules/replay', asked, { accept: 'application/json' })
  t.equal(status, 200, JSON.stringify(body))
  const { pages, posts, differences } = body
  const told = { pages, posts, differences }
  const changed = [pages.gained, pages.lost, posts.gained, posts.lost, differences]
  t.same(changed, [0, 0, 0, 0, 0], JSON.stringify(told))
  const sent = (await Promise.all(spoken.map(id => world.notifications(id)))).flat()
  const news = sent.filter(({ kind }) => ['open', 'raise', 'step'].includes(kind))
  t.ok(news.length > 0, 'somebody was told in the end')
  t.equal(pages.before + posts.before, news.length)
}

t.test('a silence that it opened under, and that ended while it was open', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await silence(world, { duration: 'PT30M' })
  const id = await opens(world, '7400000301')
  t.same(await world.notifications(id), [])
  await pass(world, 90)
  await nothingChanges(t, world, [id])
})

t.test('a silence that came over it while it was open, expired early', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await opens(world, '7400000302')
  const { id: hush } = await silence(world)
  await pass(world, 40)
  await world.api('POST', `/silences/${hush}/expire`)
  await pass(world, 70)
  await nothingChanges(t, world, [id])
})

t.test('a person who silenced it for a while', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await opens(world, '7400000303')
  const until = new Date(world.clock.now() + 30 * MINUTE).toISOString()
  const said = await world.api('POST', `/incidents/${id}/silence`, { until, reason: 'looking at it on Monday' })
  t.equal(said.status, 200, JSON.stringify(said.body))
  await pass(world, 90)
  await nothingChanges(t, world, [id])
})

t.test('its cause, which was open, and ended before it', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const rule = { id: 'gateway-down', name: 'The gateway is down', equal: ['environment'] }
  const source = { field: 'tag.component', op: '=', value: 'gateway' }
  const target = { field: 'error-class', op: '=', value: 'GatewayTimeout' }
  await editRules(world, { inhibitions: [{ ...rule, source, target }] })
  const cause = await opens(world, '7400000304', { errorClass: 'UpstreamDown', tags: { component: 'gateway' } })
  const symptom = await opens(world, '7400000305', { errorClass: 'GatewayTimeout' })
  t.same(await world.notifications(symptom), [])
  await pass(world, 10)
  delete world.sentry.world.issues['7400000304']
  const over = issuePayload({ now: world.clock.now(), issue: '7400000304', project: 'web-shop' })
  await world.tell('issue', issueWebhook('resolved', over))
  await pass(world, 10)
  await nothingChanges(t, world, [cause, symptom])
})
