import t from 'tap'
import { editPolicy, openP0, stepsTold, windAndSettle } from '../support/escalating.ts'
import { MINUTE } from '../support/one-issue.ts'
import { startWorld } from '../support/world.ts'

t.test('what was fixed when it opened is told, whatever the policy says since', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await openP0(world)
  await editPolicy(world, 'p0', policy => {
    policy.steps = policy.steps.slice(0, 1)
    policy.steps.push({ after: 'PT1M', targets: [{ destination: 'slack-alerts-production', mention: null }] })
  })
  await windAndSettle(world, id, 5 * MINUTE)
  t.same(await stepsTold(world, id), [])
  await windAndSettle(world, id, 11 * MINUTE)
  t.same(await stepsTold(world, id), ['1 slack-incidents'])
})
