import t from 'tap'
import { startOnSharedRedis, startSecondServer } from '../support/two-processes.ts'

t.test('a key that is revoked, demoted or rotated away is so at every process on the next request', async t => {
  const { world } = await startOnSharedRedis(t)
  const second = await startSecondServer(t, world)
  const asks = async (at: string, key: string, path = '/whoami') => {
    const headers = { authorization: `Bearer ${key}` }
    const response = await fetch(`${at}/api/v1${path}`, { headers })
    return response.status
  }
  const both = (key: string, path?: string) => Promise.all([asks(world.url(), key, path), asks(second, key, path)])
  const make = async (role: string) => (await world.api('POST', '/api-keys', { name: 'on call', role })).body

  for (let round = 0; round < 10; round++) {
    const { id, key } = await make('admin')
    t.same(await both(key, '/audit'), [200, 200])
    const { headers } = await world.api('GET', `/api-keys/${id}`)
    await world.api('PATCH', `/api-keys/${id}`, { role: 'viewer' }, { 'if-match': headers.get('etag') ?? '' })
    t.same(await both(key, '/audit'), [403, 403], 'demoted')
    const rotated = (await world.api('POST', `/api-keys/${id}/rotate`, { overlap: 'PT0S' })).body
    t.same(
      [await both(key), await both(rotated.key)],
      [
        [401, 401],
        [200, 200],
      ],
    )
    await world.api('DELETE', `/api-keys/${id}`)
    t.same(await both(rotated.key), [401, 401], 'revoked')
  }
  const metrics = await (await fetch(`${second}/metrics`)).text()
  t.match(metrics, /api_callers_refused_total\{code="API_KEY_INVALID"\} 20/, 'who was refused is counted')
  const logged = world.logged.join('\n')
  t.notMatch(logged, /tocsin_[0-9A-Za-z]{12}_/, 'no key is in the log')
})
