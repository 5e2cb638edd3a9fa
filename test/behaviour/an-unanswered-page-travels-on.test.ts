import t from 'tap'
import { editPolicy, openP0, openP2, stepsTold, windAndSettle } from '../support/escalating.ts'
import { MINUTE } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { SECRETS, startWorld } from '../support/world.ts'

t.test('after 15 minutes of silence #incidents is told, once, and the timeline says why', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await openP0(world)
  await windAndSettle(world, id, 14 * MINUTE)
  t.same(await stepsTold(world, id), [])
  await windAndSettle(world, id, MINUTE + 1_000)
  t.same(await stepsTold(world, id), ['1 slack-incidents'])
  await until(() => world.slack.messages('incidents').length === 1)
  t.match(JSON.stringify(world.slack.posts.at(-1)), /<!here>/)
  for (let minutes = 0; minutes < 28; minutes += 7) await windAndSettle(world, id, 7 * MINUTE)
  t.same(await stepsTold(world, id), ['1 slack-incidents'], 'and no more than once')
  t.equal(world.pagerduty.alerts.length, 1)
  const told = (await world.timeline(id)).filter(({ what }) => what === 'escalated')
  t.match(told, [{ reason: /nobody has acknowledged it: step 2 of policy p0/ }])

  await windAndSettle(world, id, 3 * MINUTE)
  await until(() => world.pagerduty.alerts.length === 2)
  await until(() => world.pagerduty.openAlerts().length === 1)
  t.same(await stepsTold(world, id), ['1 slack-incidents', '0 pagerduty-oncall'], 'half an hour later it begins again')
})

t.test('a restart in the middle of a wait neither forgets the step nor tells it twice', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await openP0(world)
  await windAndSettle(world, id, 10 * MINUTE)
  await world.restart()
  await windAndSettle(world, id, 4 * MINUTE)
  t.same(await stepsTold(world, id), [])
  await windAndSettle(world, id, MINUTE + 1_000)
  t.same(await stepsTold(world, id), ['1 slack-incidents'])
  await world.restart()
  await windAndSettle(world, id, MINUTE)
  t.same(await stepsTold(world, id), ['1 slack-incidents'])
})

t.test('what became due while the service was off is told when it is back', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await openP0(world)
  world.clock.wind(40 * MINUTE)
  await world.restart()
  await until(async () => (await stepsTold(world, id)).length === 1)
})

t.test('a policy that repeats pages again: the old alert is closed, and a new one wakes', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await editPolicy(world, 'p0', policy => {
    policy.repeat = { times: 1, after: 'PT15M' }
  })
  const id = await openP0(world)
  await windAndSettle(world, id, 16 * MINUTE)
  await windAndSettle(world, id, 16 * MINUTE)
  await until(() => world.pagerduty.alerts.length === 2)
  t.same(
    world.pagerduty.alerts.map(({ status }) => status),
    ['resolved', 'triggered'],
  )
  t.equal((await world.incident(id)).generation, 2)
  const metrics = await fetch(`${world.url()}/metrics`, { headers: { authorization: `Bearer ${SECRETS.admin}` } })
  t.match(
    await metrics.text(),
    /tocsin_time_to_page_seconds_count\{severity="P0"\} 1\n/,
    'a later step is no slow page: only the first counts',
  )
  await windAndSettle(world, id, 60 * MINUTE)
  t.equal(world.pagerduty.alerts.length, 2, 'once, as the policy says')
  const resolved = await world.api('POST', `/incidents/${id}/resolve`, { reason: 'rolled back' })
  t.ok(resolved.status < 300, JSON.stringify(resolved.body))
  await until(() => world.pagerduty.openAlerts().length === 0)
  // Posts of the first round are about the same life: they say that it is over too.
  await until(() =>
    world.slack.posts.every(post => post.thread !== null || /resolved/i.test(JSON.stringify(post.blocks))),
  )
})

t.test('a raise ends the timer of the milder policy and starts that of its own', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await editPolicy(world, 'p2', policy => {
    policy.whenCalm = null
    policy.steps = [policy.steps[0] as never, { after: 'PT20M', targets: [{ destination: 'slack-alerts-production' }] }]
  })
  const id = await openP2(world)
  await windAndSettle(world, id, 10 * MINUTE)
  t.ok((await world.api('POST', `/incidents/${id}/severity`, { severity: 'P0', reason: 'all of them' })).status < 300)
  await until(() => world.pagerduty.alerts.length === 1)
  t.match((await world.incident(id)).escalations, [{ policy: 'p0', step: 0 }])
  await windAndSettle(world, id, 14 * MINUTE)
  t.same(await stepsTold(world, id), [], 'not when the milder one was due')
  await windAndSettle(world, id, 2 * MINUTE)
  t.same(await stepsTold(world, id), ['1 slack-incidents'])
})

t.test('by hand a step is told at once, named or the next; one that is not there is said to be none', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await openP0(world)
  t.match((await world.api('POST', `/incidents/${id}/escalate`, { step: 7 })).body, {
    changed: false,
    reason: 'there is no step 7 to escalate to',
  })
  const next = await world.api('POST', `/incidents/${id}/escalate`, undefined, { 'x-actor': 'Ada' })
  t.match(next.body, {
    changed: true,
    action: 'step',
    reason: /escalated by Ada \(api\): step 2 of policy p0/,
    reflected: [{ where: 'slack-incidents', what: 'step', status: 'told' }],
  })
  await windAndSettle(world, id, 20 * MINUTE)
  t.same(await stepsTold(world, id), ['1 slack-incidents'], 'and not again when its time would have come')
  await world.api('POST', `/incidents/${id}/escalate`, { step: 1 })
  await until(() => world.pagerduty.alerts.length === 2)
  await until(() => world.pagerduty.openAlerts().length === 1)
})

t.test('a clock that is set back by a day puts no step off by a day', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await openP0(world)
  world.clock.wind(-24 * 60 * MINUTE)
  await windAndSettle(world, id, MINUTE)
  await windAndSettle(world, id, 2 * MINUTE)
  await windAndSettle(world, id, 16 * MINUTE)
  t.same(await stepsTold(world, id), ['1 slack-incidents'])
})
