import t from 'tap'
import { editPolicy, openP0, stepsTold, windAndSettle } from '../support/escalating.ts'
import { MINUTE } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('where nothing was posted yet, the reminder is posted where the policy would post next', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await editPolicy(world, 'p0', policy => {
    policy.staleAfter = 'PT2H'
  })
  const id = await openP0(world)
  t.ok((await world.api('POST', `/incidents/${id}/acknowledge`, {}, { 'x-actor': 'Ada' })).status < 300)
  t.equal(world.slack.posts.length, 0, 'only paged')
  await windAndSettle(world, id, 121 * MINUTE)
  await until(() => world.slack.messages('incidents').length === 1)
  await until(() => world.slack.replies.some(({ text }) => /acknowledged by Ada since .* and still open/.test(text)))
  t.same(await stepsTold(world, id), [], 'which is no step of its escalation')
  t.match(await world.incident(id), { status: 'acknowledged' })
})

t.test('an answer that nobody acts on is reminded of, and after the same time again it counts as none', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await editPolicy(world, 'p0', policy => {
    policy.staleAfter = 'PT2H'
    policy.steps[0]?.targets.push({ destination: 'slack-alerts-production', mention: null })
  })
  const id = await openP0(world)
  t.ok((await world.api('POST', `/incidents/${id}/acknowledge`, {})).status < 300)
  await windAndSettle(world, id, 121 * MINUTE)
  const reminded = (await world.timeline(id)).filter(({ what }) => what === 'reminded')
  t.match(reminded, [{ reason: /acknowledged by .* since .* and still open/ }])
  t.match(await world.incident(id), { status: 'acknowledged' })
  t.ok((await world.notifications(id)).some(({ kind, reason }) => kind === 'thread' && /still open/.test(reason)))
  await windAndSettle(world, id, 60 * MINUTE)
  t.same(await stepsTold(world, id), [])

  await windAndSettle(world, id, 61 * MINUTE)
  t.same(await stepsTold(world, id), ['1 slack-incidents'])
  t.match(await world.incident(id), { status: 'triggered', acknowledgedBy: null })
  await until(async () => (await world.timeline(id)).some(({ what }) => what === 'unacknowledged'))
})
