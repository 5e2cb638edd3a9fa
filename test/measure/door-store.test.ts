import t from 'tap'
import { createDoorStore } from '../../src/measure/door-store.ts'
import { startTestRedis } from '../support/redis.ts'

t.test('a door that was shut for more than a minute begins anew; several doors agree', async t => {
  const redis = await startTestRedis()
  t.teardown(redis.stop)
  const [one, two] = [createDoorStore(redis.client()), createDoorStore(redis.client())]
  t.equal(one.openSince(), Number.POSITIVE_INFINITY, 'nothing is complete before the first beat')
  await one.beat(1_000_000)
  await two.beat(1_030_000)
  await one.beat(1_060_000)
  t.same([one.openSince(), two.openSince()], [1_000_000, 1_000_000])
  await two.beat(1_120_001)
  t.equal(two.openSince(), 1_120_001)
  await one.refresh()
  t.equal(one.openSince(), 1_120_001)
})
