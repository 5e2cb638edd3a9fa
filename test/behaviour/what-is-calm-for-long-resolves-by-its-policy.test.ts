import t from 'tap'
import { alertNow, ISSUE, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const HOUR = 60 * MINUTE

/** Every policy waits so long, and tells so much. */
async function policy(world: World, whenCalm: object | null): Promise<void> {
  const { headers, body } = await world.api('GET', '/rules')
  const document = { ...body.document, policies: body.document.policies.map((one: object) => ({ ...one, whenCalm })) }
  const put = await world.api('PUT', '/rules', document, { 'if-match': headers.get('etag') ?? '' })
  if (put.status !== 200) throw new Error(JSON.stringify(put.body))
}

/** A P1 whose page was sent too: by a policy that pages at once. */
async function openPaged(world: World): Promise<string> {
  const { headers, body } = await world.api('GET', '/rules')
  const p1 = body.document.policies.find((one: { id: string }) => one.id === 'p1')
  p1.steps[0].targets.push({ destination: 'pagerduty-oncall', mention: null })
  p1.steps = [p1.steps[0]]
  await world.api('PUT', '/rules', body.document, { 'if-match': headers.get('etag') ?? '' })
  numbers(world, 320)
  const opened = await world.tell('event_alert', alertNow(world))
  await until(() => world.pagerduty.openAlerts().length === 1 && world.slack.messages('incidents').length === 1)
  return opened.incident ?? ''
}

function users(world: World, count: number): void {
  const issue = world.sentry.world.issues[ISSUE]
  if (issue !== undefined) Object.assign(issue, { users: count, events: count * 2 })
}

/** So long, in steps in which it is looked at. */
async function pass(world: World, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 30 * MINUTE) {
    await world.wind(Math.min(left, 30 * MINUTE))
  }
}

t.test('everything: post and page say that it is over, and it comes back only when it hurts again', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await policy(world, { after: 'PT2H', tell: 'everything' })
  const id = await openPaged(world)
  users(world, 60)
  await pass(world, 4 * HOUR)
  t.equal((await world.incident(id)).status, 'triggered', '60 is below the threshold for rising, not for falling')

  users(world, 20)
  await pass(world, HOUR)
  t.equal((await world.incident(id)).status, 'triggered', 'calm, but not for two hours yet')
  await pass(world, 90 * MINUTE)
  await until(async () => (await world.incident(id)).status === 'resolved')
  t.match((await world.incident(id)).resolvedBy, 'Tocsin')
  t.match((await world.timeline(id)).find(one => one.what === 'resolved')?.reason, /calm for PT2H/)
  await until(() => world.pagerduty.openAlerts().length === 0)
  await until(() => /calm for PT2H|Resolved/.test(JSON.stringify(world.slack.messages('incidents')[0]?.blocks)))

  const trickle = await world.tell('event_alert', alertNow(world))
  t.match(trickle, { outcome: 'nothing-to-do', reason: /hurts less/ })
  users(world, 250)
  world.clock.wind(HOUR)
  const back = await world.tell('event_alert', alertNow(world))
  t.match(back, { outcome: 'opened', incident: id })
  await until(() => world.pagerduty.openAlerts().length === 1)
  t.equal((await world.incident(id)).generation, 2)
  t.ok((await world.timeline(id)).length >= 4, 'with its history')
})

t.test('posts: the page is left to a person; what comes back pages anew and closes the old page', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await policy(world, { after: 'PT1H', tell: 'posts' })
  const id = await openPaged(world)
  users(world, 0)
  await pass(world, 2 * HOUR)
  await until(async () => (await world.incident(id)).status === 'resolved')
  await until(() => /Resolved/.test(JSON.stringify(world.slack.messages('incidents')[0]?.blocks)))
  t.equal(world.pagerduty.openAlerts().length, 1, 'left open')
  const [old] = world.pagerduty.openAlerts()

  users(world, 250)
  world.clock.wind(HOUR)
  await world.tell('event_alert', alertNow(world))
  await until(() => world.pagerduty.openAlerts().some(alert => alert.dedupKey !== old?.dedupKey))
  await until(() => world.pagerduty.openAlerts().length === 1)
  t.equal(world.pagerduty.alerts.length, 2, 'a new alert, so that somebody wakes')
})

t.test('off: it stays open until somebody says so', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await policy(world, null)
  const id = await openPaged(world)
  users(world, 0)
  await pass(world, 26 * HOUR)
  t.equal((await world.incident(id)).status, 'triggered')
  t.match(await world.tell('issue', lifecycle(world, 'resolved', { status: 'resolved' })), { outcome: 'resolved' })
})
