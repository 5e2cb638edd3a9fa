import t from 'tap'
import { exampleBacklogEntry, exampleDelivery, exampleNotification, exampleQuarantine } from '../../src/api/examples.ts'
import { startApi } from './api-under-test.ts'

t.test('incidents, notifications, backlog, deliveries and quarantine are told in the same manner', async t => {
  const { call, answered } = await startApi(t)

  await t.test('incidents: filtered, in pages, with times as RFC 3339', async t => {
    const first = await call('GET', '/api/v1/incidents?limit=2&severity=P1&project=web-shop')
    t.match(first.json, {
      items: [{ id: 'inc_1', updatedAt: '2026-11-05T12:00:00.001Z', resolvedAt: null }, { id: 'inc_2' }],
    })
    const second = await call('GET', `/api/v1/incidents?limit=2&cursor=${first.json.next}`)
    t.match(second.json, { items: [{ id: 'inc_3' }], next: null })
    const since = encodeURIComponent('2026-11-05T13:00:00.003+01:00')
    t.match((await call('GET', `/api/v1/incidents?since=${since}`)).json.items, [{ id: 'inc_3' }])
    t.same((await call('GET', '/api/v1/incidents?severity=P0')).json, { items: [], next: null })
    const one = await call('GET', '/api/v1/incidents/inc_1')
    t.match(one.json, { links: { sentry: /^https/ }, verdict: { evidence: [{ at: /Z$/, value: 320 }] }, rev: 4 })
    t.match(await call('GET', '/api/v1/incidents/inc_1/timeline'), {
      json: { items: [{ what: 'raised', at: /Z$/ }], next: null },
    })
    t.match(await call('GET', '/api/v1/incidents/inc_1/notifications'), {
      json: { items: [{ kind: 'open' }], next: null },
    })
  })

  await t.test('notifications: the log, one of them, and a retry only of what is dead', async t => {
    t.match(await call('GET', '/api/v1/notifications?status=sent&destination=slack-incidents'), {
      json: { items: [{ status: 'sent', owedAt: /Z$/ }] },
    })
    t.match(await call('GET', `/api/v1/notifications/${exampleNotification.id}`), { status: 200 })
    t.match(await call('GET', '/api/v1/notifications?status=lost'), { status: 422 })
    const retry = await call('POST', `/api/v1/notifications/${exampleNotification.id}/retry`)
    t.match(retry, { status: 409, json: { code: 'CONFLICT' } })
  })

  await t.test('backlog: owner and status are set against an ETag', async t => {
    const url = `/api/v1/backlog/${exampleBacklogEntry.id}`
    t.match(await call('GET', '/api/v1/backlog?status=open&owner=web'), { json: { items: [{ status: 'open' }] } })
    const { etag } = await call('GET', url)
    const patch = (body: unknown, match = etag) => call('PATCH', url, { body, headers: { 'if-match': match } })
    t.match(await patch({}), { status: 422, json: { errors: [{ message: /owner, status/ }] } })
    t.match(await patch({ state: 'closed' }), {
      status: 422,
      json: { errors: [{ path: '/state', message: /did you mean "status"/i }] },
    })
    t.match(await patch({ owner: { type: 'squad' } }), { status: 422, json: { errors: [{ path: '/owner/type' }] } })
    t.match(await patch({ owner: 'me' }), { status: 422, json: { errors: [{ path: '/owner' }] } })
    const owned = await patch({ owner: { type: 'team', name: 'payments' } })
    t.match(owned, { status: 200, json: { owner: { type: 'team', id: null, name: 'payments' }, status: 'open' } })
    t.match(await patch({ status: 'closed' }), { status: 412 })
    t.match(await patch({ status: 'closed', owner: null }, owned.etag), {
      status: 200,
      json: { status: 'closed', owner: null },
    })
    t.match(
      await call('PATCH', '/api/v1/backlog/none', { body: { status: 'closed' }, headers: { 'if-match': '"1"' } }),
      { status: 404 },
    )
  })

  await t.test('deliveries and quarantine', async t => {
    t.match(await call('GET', `/api/v1/deliveries/${exampleDelivery.id}`), {
      json: { outcome: 'raised', receivedAt: /Z$/ },
    })
    t.match(await call('GET', '/api/v1/quarantine?limit=1'), { json: { items: [{ receivedAt: /Z$/ }], next: null } })
    t.match(await call('GET', `/api/v1/quarantine/${exampleQuarantine.id}`), { json: { problems: [{ path: /./ }] } })
  })

  await t.test('nothing that was answered may be kept by caches', async t => {
    t.ok(answered.every(one => one.includes('"cache-control":"no-store"')))
  })
})

t.test('what probes and people may read without a key', async t => {
  const { call } = await startApi(t)
  const open = { headers: { authorization: '' } }
  t.match(await call('GET', '/healthz', open), { status: 200, json: { status: 'ok' } })
  t.match(await call('GET', '/readyz', open), { status: 503, json: { ready: false, checks: [{ name: 'redis' }] } })
  t.match(await call('GET', '/metrics', open), {
    status: 200,
    text: 'tocsin_up 1\n',
    headers: { 'content-type': /^text\/plain; version=0.0.4/ },
  })
  t.match(await call('GET', '/openapi.yaml', open), {
    status: 200,
    text: /^openapi: 3.1.0/,
    headers: { 'content-type': /yaml/ },
  })
  const docs = await call('GET', '/docs', open)
  t.match(docs, { status: 200, headers: { 'content-type': /html/, 'content-security-policy': /default-src 'none'/ } })
  t.match(docs.text, /id="STALE_ETAG"/)
  t.match(docs.text, /\/api\/v1\/routes\/\{id\}\/move/)
  t.notMatch(docs.text, /<script|https?:\/\/[^"' ]+\.(js|css)/)
})
