import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { issuePayload, issueWebhook } from '../../src/sandbox/samples/issue-payload.ts'
import { MINUTE } from '../support/one-issue.ts'
import { editRules, said, silence } from '../support/silencing.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const GATEWAY = '7600000001'
const SYMPTOM = '7600000002'

const rule = {
  id: 'gateway-down',
  name: 'The gateway is down',
  source: { field: 'tag.component', op: '=', value: 'gateway' },
  target: { field: 'error-class', op: '=', value: 'GatewayTimeout' },
  equal: ['environment'],
}

async function opens(world: World, issue: string, about: object, users = 320): Promise<string> {
  const project = issue === GATEWAY ? 'gateway' : 'web-shop'
  const firstSeen = world.clock.now() - 10 * MINUTE
  world.sentry.world.issues[issue] = { users, events: users, project, firstSeen, substatus: 'new' }
  const payload = eventPayload({ now: world.clock.now(), issue, project, ...about })
  const { incident } = await world.tell('event_alert', eventAlert(payload, 'Errors'))
  await world.service().settled()
  return incident ?? ''
}

const cause = { errorClass: 'UpstreamDown', tags: { component: 'gateway' } }
const symptom = { errorClass: 'GatewayTimeout' }
const posts = (world: World) => world.slack.messages('incidents').length

async function resolves(world: World, issue: string): Promise<void> {
  delete world.sentry.world.issues[issue]
  const payload = issuePayload({ now: world.clock.now(), issue, project: 'gateway' })
  await world.tell('issue', issueWebhook('resolved', payload))
}

async function startInhibiting(change: object = {}): Promise<World> {
  const world = await startWorld()
  await editRules(world, { inhibitions: [{ ...rule, ...change }] })
  return world
}

t.test('held back while the cause is open, it says who speaks, and speaks at once when that ends', async t => {
  const world = await startInhibiting()
  t.teardown(world.stop)
  const source = await opens(world, GATEWAY, cause)
  await until(() => posts(world) === 1)
  const id = await opens(world, SYMPTOM, symptom)
  t.match(await world.incident(id), {
    quiet: { speaker: source, rule: { id: 'gateway-down', name: 'The gateway is down' }, holds: 'everything' },
  })
  t.match(await said(world, id, 'quiet'), [new RegExp(`not told: inhibited by "The gateway is down" \\(${source}\\)`)])
  t.same(await world.notifications(id), [])
  t.match((await world.api('GET', '/inhibitions/gateway-down/hidden')).body, {
    count: 1,
    incidents: [{ incident: id }],
  })
  for (let i = 0; i < 3; i++) await world.wind(2 * MINUTE)
  t.equal(posts(world), 1, 'looking again and again changes nothing')

  await resolves(world, GATEWAY)
  await until(() => posts(world) === 2)
  t.match(await world.incident(id), { quiet: null, status: 'triggered' })
  t.equal((await said(world, id, 'speaks')).length, 1)
})

t.test('a restart in the middle forgets nobody', async t => {
  const world = await startInhibiting()
  t.teardown(world.stop)
  const { id: silenced } = await silence(world, { matchers: { field: 'project', op: '=', value: 'api' } })
  await opens(world, GATEWAY, cause)
  const id = await opens(world, SYMPTOM, symptom)
  t.ok((await world.incident(id)).quiet)
  await world.restart()
  t.match((await world.api('GET', `/silences/${silenced}`)).body, { state: 'active' })
  await resolves(world, GATEWAY)
  await until(async () => (await world.incident(id)).quiet === null)
  await until(() => world.slack.posts.some(({ text }) => /GatewayTimeout/.test(text ?? '')))
})

t.test('a cause that falls quiet itself holds nobody back', async t => {
  const world = await startInhibiting()
  t.teardown(world.stop)
  await opens(world, GATEWAY, cause)
  const id = await opens(world, SYMPTOM, symptom)
  t.equal(posts(world), 1)
  await silence(world, { matchers: { field: 'project', op: '=', value: 'gateway' }, duration: 'PT30M' })
  await until(() => posts(world) === 2)
  t.equal((await world.incident(id)).quiet, null)
})

t.test('other values, something more severe, and data loss are not held back', async t => {
  const world = await startInhibiting()
  t.teardown(world.stop)
  await opens(world, GATEWAY, cause, 9)
  const severe = await opens(world, SYMPTOM, symptom)
  t.match(await world.incident(severe), { severity: 'P1', quiet: null }, 'more severe than its cause')
  const elsewhere = await opens(world, '7600000003', { ...symptom, environment: 'production-eu' }, 9)
  t.equal((await world.incident(elsewhere)).quiet, null, 'another environment')
  const lost = await opens(world, '7600000004', { ...symptom, tags: { data_loss: 'true' } }, 9)
  t.equal((await world.incident(lost)).quiet, null, 'data loss')
  const mild = await opens(world, '7600000005', symptom, 9)
  t.ok((await world.incident(mild)).quiet, 'and what is like it, is')
  await editRules(world, { inhibitions: [] })
  await world.wind(1_000)
  await until(async () => (await world.incident(mild)).quiet === null)
})

t.test('rules in a circle silence nobody who is the only one to speak', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const gateway = { field: 'error-class', op: '=', value: 'UpstreamDown' }
  const circle = [
    { id: 'one', name: 'One', source: gateway, target: rule.target },
    { id: 'two', name: 'Two', source: rule.target, target: gateway },
  ]
  await editRules(world, { inhibitions: circle })
  const [a, b] = await Promise.all([opens(world, GATEWAY, cause), opens(world, SYMPTOM, symptom)])
  const states = await Promise.all([world.incident(a), world.incident(b)])
  t.ok(
    states.some(({ quiet }) => quiet === null),
    'one of them speaks',
  )
  for (let i = 0; i < 3; i++) await world.wind(2 * MINUTE)
  await until(() => posts(world) >= 1)
  const later = await Promise.all([world.incident(a), world.incident(b)])
  t.ok(later.some(({ quiet }) => quiet === null))
})
