import t from 'tap'
import { editPolicy, openP0, stepsTold, windAndSettle } from '../support/escalating.ts'
import { MINUTE } from '../support/one-issue.ts'
import { startWorld } from '../support/world.ts'

t.test('acknowledged: no step is told any more; no longer acknowledged: the next one is', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await editPolicy(world, 'p0', policy => {
    policy.repeat = { times: 5, after: 'PT15M' }
  })
  const id = await openP0(world)
  await windAndSettle(world, id, 10 * MINUTE)
  t.ok((await world.api('POST', `/incidents/${id}/acknowledge`, {})).status < 300)
  for (let quarter = 0; quarter < 12; quarter += 1) await windAndSettle(world, id, 15 * MINUTE)
  t.same(await stepsTold(world, id), [])
  t.equal(world.pagerduty.alerts.length, 1)

  t.ok((await world.api('POST', `/incidents/${id}/unacknowledge`, {})).status < 300)
  await windAndSettle(world, id, 1_000)
  t.same(await stepsTold(world, id), ['1 slack-incidents'], 'its time had passed long ago')
})
