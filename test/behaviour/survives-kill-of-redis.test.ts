import t from 'tap'
import { killRedis } from '../../chaos/kill-redis.ts'

t.test('kill -9 of Redis under load: nothing answered is lost, nobody is paged twice, the service stays', async t => {
  // Without error events: their lane is patient, and a job of it that was in hand comes back only after 10 to 15 s.
  const size = { total: 200, dataLoss: 8, errorEvents: 0, faultAfter: 70, connections: 16 }
  const { checks } = await killRedis(size)
  for (const { promise, found, ok } of checks.filter(check => !check.timed)) t.ok(ok, `${promise}: ${found}`)
})
