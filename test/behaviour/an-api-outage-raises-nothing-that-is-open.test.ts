import t from 'tap'
import { ISSUE, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { startWorld, type World } from '../support/world.ts'

async function pass(world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await world.wind(MINUTE)
    await world.service().settled()
  }
}

async function staysAsMeasured(world: World, id: string, lost: () => void): Promise<{ raised: number; posts: number }> {
  await pass(world, 10)
  lost()
  await pass(world, 15)
  const raised = (await world.timeline(id)).filter(one => one.what === 'raised').length
  return { raised, posts: world.slack.messages('incidents').length }
}

async function openNew(world: World): Promise<string> {
  numbers(world, 40)
  const { incident, severity } = await world.tell('issue', lifecycle(world, 'created'))
  if (severity !== 'P2') throw new Error(`opened as ${severity}`)
  return incident ?? ''
}

for (const status of [429, 500]) {
  t.test(`what was measured stays as it was while Sentry answers ${status}`, async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    const id = await openNew(world)
    const { raised } = await staysAsMeasured(world, id, () => world.sentry.fail({ kind: 'status', status }))
    t.equal(raised, 0)
    t.match(await world.incident(id), { severity: 'P2', verdict: { degraded: false } })

    world.sentry.heal()
    const issue = world.sentry.world.issues[ISSUE]
    if (issue !== undefined) Object.assign(issue, { users: 400, events: 900 })
    await pass(world, 15)
    t.match(await world.incident(id), { severity: 'P1' }, 'and it is raised once numbers say so')
  })
}

t.test('nor does it count as unknown that live questions come first', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await openNew(world)
  const limited = () => {
    const resetAt = world.clock.now() + 60 * MINUTE
    world.sentry.world.rateLimit = { remaining: 3, resetAt, concurrentLimit: 25, limit: 40 }
  }
  t.same(await staysAsMeasured(world, id, limited), { raised: 0, posts: 0 })
})
