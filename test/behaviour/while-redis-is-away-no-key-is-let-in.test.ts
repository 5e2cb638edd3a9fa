import t from 'tap'
import { startOnSharedRedis } from '../support/two-processes.ts'
import { until } from '../support/until.ts'

t.test('who cannot be looked up is told to come again, and is never let in', async t => {
  const { world, redis } = await startOnSharedRedis(t)
  const { key } = (await world.api('POST', '/api-keys', { name: 'on call', role: 'admin' })).body
  const headers = { authorization: `Bearer ${key}` }
  const whoami = (by: Record<string, string>) => fetch(`${world.url()}/api/v1/whoami`, { headers: by })
  t.equal((await whoami(headers)).status, 200)
  await redis.kill()
  const refused = await whoami(headers)
  t.match(await refused.json(), { status: 503, code: 'STORE_UNAVAILABLE' })
  t.equal(refused.headers.get('retry-after'), '1')
  t.match(
    await world.api('GET', '/whoami'),
    { status: 200, body: { via: 'environment' } },
    'the first key needs no Redis',
  )
  await redis.start()
  await until(async () => (await whoami(headers)).status === 200)
})
