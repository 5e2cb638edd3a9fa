import t from 'tap'
import { pagerdutyFails } from '../../chaos/pagerduty-fails.ts'

t.test('PagerDuty takes pages without saying so, resets, hangs, refuses: each page arrives, once', async t => {
  const size = { total: 120, dataLoss: 8, errorEvents: 40, faultAfter: 0, connections: 16, eachFaultMs: 300 }
  const { checks } = await pagerdutyFails(size)
  for (const { promise, found, ok } of checks.filter(check => !check.timed)) t.ok(ok, `${promise}: ${found}`)
})
