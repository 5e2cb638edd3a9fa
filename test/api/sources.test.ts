import t from 'tap'
import { API_TOKEN, CLIENT_SECRET, startApi } from './api-under-test.ts'

const SOURCE = {
  id: 'mobile-team',
  name: 'Mobile',
  organization: 'acme',
  projects: ['ios'],
  secret: { clientSecrets: [CLIENT_SECRET], apiToken: API_TOKEN },
}

t.test('sources are made, read with their health, replaced and removed; their secrets never come back', async t => {
  const { call } = await startApi(t)

  await t.test('making one answers what is stored', async t => {
    const made = await call('POST', '/api/v1/sources', { body: SOURCE })
    t.match(made, { status: 201, headers: { location: '/api/v1/sources/mobile-team' } })
    t.match(made.json, {
      url: 'https://sentry.io',
      managedBy: 'api',
      secrets: ['apiToken', 'clientSecrets'],
      health: { lastWebhookAt: '2026-11-05T12:00:00.000Z' },
    })
    t.match(await call('POST', '/api/v1/sources', { body: SOURCE }), { status: 409, json: { code: 'CONFLICT' } })
    const list = await call('GET', '/api/v1/sources')
    t.match(list.json, { items: [{ id: 'default', managedBy: 'environment' }, { id: 'mobile-team' }], next: null })
  })

  await t.test('a secret member that is left out is kept, null takes the token away', async t => {
    const { json, etag } = await call('GET', '/api/v1/sources/mobile-team')
    const put = (body: object, match: string) =>
      call('PUT', '/api/v1/sources/mobile-team', { body, headers: { 'if-match': match } })
    const kept = await put({ ...json, name: 'Mobile apps' }, etag)
    t.match(kept, { status: 200, json: { name: 'Mobile apps', secrets: ['apiToken', 'clientSecrets'] } })
    const rotated = await put(
      { ...json, secret: { clientSecrets: [`${CLIENT_SECRET}-new`, CLIENT_SECRET] } },
      kept.etag,
    )
    t.match(rotated, { status: 200, json: { secrets: ['apiToken', 'clientSecrets'] } })
    const without = await put({ ...json, secret: { apiToken: null } }, rotated.etag)
    t.match(without, { status: 200, json: { secrets: ['clientSecrets'] } })
    t.match(await put(json, etag), { status: 412 })
    t.match(await put({ ...json, id: 'other' }, without.etag), { status: 422, json: { errors: [{ path: '/id' }] } })
    const moved = await put({ ...json, url: 'https://sentry.example.net' }, without.etag)
    t.match(moved, { status: 200 }, 'there is no token that could go astray')
    const again = await put({ ...json, url: 'https://sentry.io', secret: { apiToken: API_TOKEN } }, moved.etag)
    const astray = await put({ ...json, url: 'https://sentry.example.net' }, again.etag)
    t.match(astray, { status: 422, json: { errors: [{ path: '/secret/apiToken' }] } })
  })

  await t.test('mistakes have a path', async t => {
    const cases: [body: object, path: string, message: RegExp][] = [
      [{ ...SOURCE, id: 'x', secret: undefined }, '/secret/clientSecrets', /required/],
      [{ ...SOURCE, id: 'x', secret: { clientSecrets: [] } }, '/secret/clientSecrets', /./],
      [{ ...SOURCE, id: 'x', secret: { clientSecrets: ['short'] } }, '/secret/clientSecrets/0', /16/],
      [
        { ...SOURCE, id: 'x', secret: { clientSecret: CLIENT_SECRET } },
        '/secret/clientSecret',
        /did you mean "clientSecrets"/i,
      ],
      [{ ...SOURCE, id: 'x', url: 'http://sentry.example.net' }, '/url', /https/],
      [{ ...SOURCE, id: 'x', projects: 'ios' }, '/projects', /array/],
      [{ ...SOURCE, id: 'x', projects: [3] }, '/projects/0', /string/],
      [{ ...SOURCE, id: 'x', org: 'acme' }, '/org', /unknown field/],
    ]
    for (const [body, path, message] of cases) {
      t.match(
        await call('POST', '/api/v1/sources', { body }),
        { status: 422, json: { errors: [{ path, message }] } },
        path,
      )
    }
  })

  await t.test("the environment's source is changed by the environment", async t => {
    const { json, etag } = await call('GET', '/api/v1/sources/default')
    const put = await call('PUT', '/api/v1/sources/default', { body: json, headers: { 'if-match': etag } })
    t.match(put, { status: 409, json: { code: 'MANAGED_BY_ENVIRONMENT', detail: /restart/ } })
    t.match(await call('DELETE', '/api/v1/sources/default', { headers: { 'if-match': etag } }), { status: 409 })
  })

  await t.test('removing one takes its current ETag', async t => {
    const { etag } = await call('GET', '/api/v1/sources/mobile-team')
    t.match(await call('DELETE', '/api/v1/sources/mobile-team', { headers: { 'if-match': '"0"' } }), { status: 412 })
    t.match(await call('DELETE', '/api/v1/sources/mobile-team', { headers: { 'if-match': etag } }), { status: 204 })
    t.match(await call('DELETE', '/api/v1/sources/mobile-team', { headers: { 'if-match': etag } }), { status: 404 })
  })
})

t.test('removed by somebody else at once: the change that was made is answered, and stands in the trail', async t => {
  const { call, operations } = await startApi(t)
  const { put, remove } = operations.sources
  operations.sources.put = async (...given) => {
    const stored = await put(...given)
    await remove(stored.value.id, stored.version)
    return stored
  }
  const made = await call('POST', '/api/v1/sources', { body: SOURCE })
  t.match(made, { status: 201, json: { id: 'mobile-team', secrets: ['apiToken', 'clientSecrets'] } })
  const { items } = (await call('GET', '/api/v1/audit')).json
  t.match(items, [{ operation: 'createSource', outcome: 'done', after: { id: 'mobile-team' } }])
})
