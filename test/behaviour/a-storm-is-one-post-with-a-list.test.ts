import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const PROJECT = 'web-shop'

const alertOf = (now: number, issue: string, about: Partial<Parameters<typeof eventPayload>[0]> = {}) =>
  eventAlert(
    eventPayload({ now, issue, project: PROJECT, transaction: '/feed', errorClass: `Crash${issue}`, ...about }),
    'New crash',
  )

function atSentry(world: World, issue: string, change: object = {}): void {
  world.sentry.world.issues[issue] = {
    users: 12,
    events: 20,
    project: PROJECT,
    firstSeen: world.clock.now() - 60_000,
    substatus: 'new',
    ...change,
  }
}

async function storm(world: World, count: number): Promise<string[]> {
  const issues = Array.from({ length: count }, (_, n) => `77000000${String(n).padStart(2, '0')}`)
  for (const issue of issues) atSentry(world, issue)
  const now = world.clock.now()
  const sent = await Promise.all(issues.map(issue => world.send('event_alert', alertOf(now, issue))))
  const opened: string[] = []
  // One after another: forty that poll at once would meet the API's rate limit.
  for (const one of sent) opened.push((await world.outcome(one.delivery)).incident ?? '')
  return opened
}

/** Lets every paced post leave. */
async function posted(world: World): Promise<void> {
  for (let i = 0; i < 8; i++) await world.wind(1_500)
  await world.service().settled()
}

const postsIn = (world: World) => world.slack.posts.filter(post => post.channelName === 'alerts-production')

t.test('a storm of 40 P2s is one post with a list; a P0 in the middle of it pages, and so does data loss', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const ids = await storm(world, 40)
  await until(async () => (await world.incidents()).some(({ storm }) => storm?.members === 39))
  const incidents = await world.incidents()
  t.equal(incidents.length, 40, 'each has its own incident')
  const speaker = incidents.find(({ storm }) => storm !== null)
  t.equal(incidents.filter(({ storm }) => storm !== null).length, 1)
  t.ok(
    incidents.every(({ id, quiet }) => id === speaker?.id || quiet?.speaker === speaker?.id),
    'one speaks for all the others',
  )
  t.equal(speaker?.linked.length, 39)
  t.same([...ids].sort(), incidents.map(({ id }) => id).sort())

  atSentry(world, '7700000090', { recentUsers: 9, recentEvents: 9 })
  const checkout = alertOf(world.clock.now(), '7700000090', { transaction: 'POST /checkout/pay' })
  t.match(await world.tell('event_alert', checkout), { severity: 'P0' })
  await until(() => world.pagerduty.openAlerts().length === 1)
  atSentry(world, '7700000091')
  const loss = alertOf(world.clock.now(), '7700000091', { transaction: 'order.persist', tags: { data_loss: 'true' } })
  t.match(await world.tell('event_alert', loss), { severity: 'P0' })
  await until(() => world.pagerduty.openAlerts().length === 2)

  await until(async () => {
    await posted(world)
    return JSON.stringify(postsIn(world)[0]).includes('(39)')
  })
  const posts = postsIn(world)
  t.equal(posts.length, 1, 'one post')
  t.match(JSON.stringify(posts[0]), /One storm with this\*, largest first \(39\)/)
})

t.test('when the one that speaks is resolved, another speaks with the list of the others', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await storm(world, 7)
  await until(async () => (await world.incidents()).some(({ storm }) => storm?.members === 6))
  await posted(world)
  const first = (await world.incidents()).find(({ storm }) => storm !== null)
  const resolved = await world.tell('issue', {
    action: 'resolved',
    actor: { type: 'user', id: 1, name: 'Ada' },
    installation: { uuid: '7a485448-a9e2-4c85-8a3c-4f44175783c9' },
    data: {
      issue: {
        id: first?.issue,
        title: first?.title,
        status: 'resolved',
        project: { id: '1', slug: PROJECT, name: PROJECT },
      },
    },
  })
  t.match(resolved, { outcome: 'resolved' })
  await until(async () => {
    await world.wind(31_000)
    const open = (await world.incidents()).filter(({ status }) => status !== 'resolved')
    const next = open.find(({ storm }) => storm !== null)
    return next !== undefined && open.every(one => one.id === next.id || one.quiet?.speaker === next.id)
  })
  await until(async () => {
    await posted(world)
    return JSON.stringify(postsIn(world)[1] ?? '').includes('largest first (5)')
  })
  t.equal(postsIn(world).length, 2, 'one more post, no more')
})

t.test('when a person lowers the one that speaks, the others are not lowered with it: one of them speaks', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await storm(world, 6)
  await until(async () => (await world.incidents()).some(({ storm }) => storm?.members === 5))
  await posted(world)
  const first = (await world.incidents()).find(({ storm }) => storm !== null)
  await world.api('POST', `/incidents/${first?.id}/severity`, { severity: 'P3', reason: 'cosmetic' })
  await until(async () => {
    await world.wind(31_000)
    const held = (await world.incidents()).filter(({ id }) => id !== first?.id)
    const next = held.find(({ storm }) => storm !== null)
    return next !== undefined && held.every(one => one.id === next.id || one.quiet?.speaker === next.id)
  })
  await until(async () => {
    await posted(world)
    return postsIn(world).length === 2
  })
})
