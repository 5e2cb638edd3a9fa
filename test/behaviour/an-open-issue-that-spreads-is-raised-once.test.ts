import t from 'tap'
import { alertNow, ISSUE, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('from 40 users to 400 without any webhook: raised P2 → P1 and routed anew, once', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 40)
  const opened = await world.tell('event_alert', alertNow(world))
  t.match(opened, { outcome: 'opened', severity: 'P2' })
  const id = opened.incident ?? ''
  await until(() => world.slack.messages('alerts-production').length === 1)

  for (const users of [70, 100, 140, 400, 420, 430]) {
    const issue = world.sentry.world.issues[ISSUE]
    if (issue !== undefined) Object.assign(issue, { users, events: users * 2 })
    await world.wind(5 * MINUTE)
    await until(async () => (await world.incident(id)).impact.production?.users?.value === users)
    const { severity } = await world.incident(id)
    t.equal(severity, users > 100 ? 'P1' : 'P2', `${users} users; exactly on the threshold is the lower severity`)
  }
  await until(() => world.slack.messages('incidents').length === 1)
  const raised = (await world.timeline(id)).filter(one => one.what === 'raised')
  t.equal(raised.length, 1)
  t.match(raised[0]?.reason, /P2 → P1.*140 users/)
  t.equal(world.slack.messages('incidents').length, 1, 'one post in the louder channel')
  t.equal(world.slack.messages('alerts-production').length, 1, 'the older one was edited, not repeated')
})

t.test('a chronic issue at its usual rate is not raised; at twice its usual number it is', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const chronic = { project: 'web-shop', firstSeen: world.clock.now() - 30 * 24 * 60 * MINUTE, substatus: 'ongoing' }
  const now = (users: number) => {
    world.sentry.world.issues[ISSUE] = { ...chronic, users, events: users * 2, usualUsers: 150 }
  }
  now(90)
  const opened = await world.tell('event_alert', alertNow(world))
  const id = opened.incident ?? ''
  t.match(opened, { severity: 'P2' })
  now(160)
  await world.wind(5 * MINUTE)
  await until(async () => (await world.incident(id)).impact.production?.users?.value === 160)
  t.equal((await world.incident(id)).severity, 'P2', '160 an hour are usual')
  now(300)
  await world.wind(5 * MINUTE)
  await until(async () => (await world.incident(id)).severity === 'P1')
  t.match((await world.incident(id)).verdict.reason, /usual|baseline/i)
})

t.test('what grows from day to day is held against what was usual when it opened, not against itself', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const old = { project: 'web-shop', firstSeen: world.clock.now() - 30 * 24 * 60 * MINUTE, substatus: 'ongoing' }
  const day = (users: number, usualUsers: number) => {
    world.sentry.world.issues[ISSUE] = { ...old, users, events: users * 2, usualUsers }
  }
  day(60, 50)
  const id = (await world.tell('event_alert', alertNow(world))).incident ?? ''
  for (const [users, usual] of [
    [70, 55],
    [90, 70],
    [115, 90],
  ] as const) {
    day(users, usual)
    await world.wind(6 * 60 * MINUTE)
    await until(async () => (await world.incident(id)).impact.production?.users?.value === users)
  }
  t.match(await world.incident(id), { severity: 'P1' }, '115 are more than twice the 50 of before')
})
