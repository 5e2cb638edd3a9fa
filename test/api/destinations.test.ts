import t from 'tap'
import { BOT_TOKEN, destination, ROUTING_KEY, startApi } from './api-under-test.ts'

const SLACK = {
  id: 'slack-payments',
  name: 'Payments',
  kind: 'slack',
  channel: '#payments',
  secret: { botToken: BOT_TOKEN },
}

t.test('destinations are made, read, replaced and removed; their secrets never come back', async t => {
  const { call } = await startApi(t)

  await t.test('making one answers what is stored, with names of secrets', async t => {
    const made = await call('POST', '/api/v1/destinations', { body: SLACK })
    t.match(made, { status: 201, etag: /^"\d+"$/, headers: { location: '/api/v1/destinations/slack-payments' } })
    t.match(made.json, {
      kind: 'slack',
      channel: '#payments',
      url: 'https://slack.com/api/',
      managedBy: 'api',
      secrets: ['botToken'],
    })
    t.notOk('secret' in made.json)
    t.match(await call('POST', '/api/v1/destinations', { body: SLACK }), { status: 409, json: { code: 'CONFLICT' } })
  })

  await t.test('the list is by id and comes in pages', async t => {
    const first = await call('GET', '/api/v1/destinations?limit=3')
    t.same(
      first.json.items.map((one: { id: string }) => one.id),
      ['backlog', 'pagerduty-oncall', 'slack-alerts-production'],
    )
    const rest = await call('GET', `/api/v1/destinations?cursor=${first.json.next}`)
    t.same(
      rest.json.items.map((one: { id: string }) => one.id),
      ['slack-incidents', 'slack-payments'],
    )
  })

  await t.test('what GET answered may be sent back; without a secret the stored one is kept', async t => {
    const { json, etag } = await call('GET', '/api/v1/destinations/slack-payments')
    const put = await call('PUT', '/api/v1/destinations/slack-payments', {
      body: { ...json, channel: '#pay' },
      headers: { 'if-match': etag },
    })
    t.match(put, { status: 200, json: { channel: '#pay', secrets: ['botToken'] } })
    t.not(put.etag, etag)
    const stale = await call('PUT', '/api/v1/destinations/slack-payments', {
      body: json,
      headers: { 'if-match': etag },
    })
    t.match(stale, { status: 412, json: { code: 'STALE_ETAG' } })
    const unknown = await call('PUT', '/api/v1/destinations/none', {
      body: { ...SLACK, id: 'none' },
      headers: { 'if-match': etag },
    })
    t.match(unknown, { status: 404, json: { detail: /none/ } })
    const renamed = await call('PUT', '/api/v1/destinations/slack-payments', {
      body: { ...json, id: 'other' },
      headers: { 'if-match': put.etag },
    })
    t.match(renamed, { status: 422, json: { errors: [{ path: '/id' }] } })
    const another = { id: 'slack-payments', name: 'P', kind: 'pagerduty', secret: { routingKey: ROUTING_KEY } }
    const kind = await call('PUT', '/api/v1/destinations/slack-payments', {
      body: another,
      headers: { 'if-match': put.etag },
    })
    t.match(kind, { status: 422, json: { errors: [{ path: '/kind' }] } })
  })

  await t.test('a kept secret never goes to a new address', async t => {
    const { json, etag } = await call('GET', '/api/v1/destinations/slack-payments')
    const moved = { ...json, url: 'https://slack.example.net/api/' }
    const put = (body: object) =>
      call('PUT', '/api/v1/destinations/slack-payments', { body, headers: { 'if-match': etag } })
    t.match(await put(moved), { status: 422, json: { errors: [{ path: '/secret' }] } })
    t.match(await put({ ...moved, secret: { botToken: BOT_TOKEN } }), { status: 200 })
  })

  await t.test('mistakes have a path and say what was meant; secrets are not quoted', async t => {
    const cases: [body: unknown, path: string, message: RegExp][] = [
      [{ ...SLACK, id: 'Bad Id' }, '/id', /lower-case/],
      [{ ...SLACK, id: 'x', chanel: '#x' }, '/chanel', /did you mean "channel"/i],
      [{ ...SLACK, id: 'x', kind: 'teams' }, '/kind', /pagerduty/],
      [{ ...SLACK, id: 'x', channel: undefined }, '/channel', /required/],
      [{ ...SLACK, id: 'x', channel: 5 }, '/channel', /string/],
      [{ ...SLACK, id: 'x', url: 'http://slack.example.net/' }, '/url', /https/],
      [{ ...SLACK, id: 'x', url: 'https://user:pass@slack.example.net/' }, '/url', /without user/],
      [{ ...SLACK, id: 'x', url: 'slack' }, '/url', /whole URL/],
      [{ ...SLACK, id: 'x', fallback: 'nobody' }, '/fallback', /nobody.*backlog/],
      [{ ...SLACK, id: 'x', fallback: 'x' }, '/fallback', /leads back/],
      [{ ...SLACK, id: 'x', secret: undefined }, '/secret/botToken', /required/],
      [{ ...SLACK, id: 'x', secret: { botToken: ROUTING_KEY } }, '/secret/botToken', /xoxb/],
      [{ ...SLACK, id: 'x', secret: { botTokn: BOT_TOKEN } }, '/secret/botToken', /required/],
      [{ id: 'x', name: 'x', kind: 'pagerduty', secret: { routingKey: BOT_TOKEN } }, '/secret/routingKey', /32/],
      [[], '', /object/],
      [null, '', /./],
    ]
    for (const [body, path, message] of cases) {
      const got = await call('POST', '/api/v1/destinations', { body })
      t.match(got, { status: 422, json: { code: 'INVALID_INPUT', errors: [{ path, message }] } }, JSON.stringify(body))
    }
    t.match(await call('POST', '/api/v1/destinations'), { status: 422, json: { errors: [{ path: '' }] } })
  })

  await t.test('what the environment set is changed by the environment', async t => {
    const { json, etag } = await call('GET', '/api/v1/destinations/pagerduty-oncall')
    t.match(json, { managedBy: 'environment', secrets: ['routingKey'] })
    const put = await call('PUT', '/api/v1/destinations/pagerduty-oncall', {
      body: json,
      headers: { 'if-match': etag },
    })
    t.match(put, { status: 409, json: { code: 'MANAGED_BY_ENVIRONMENT', detail: /restart/ } })
    const gone = await call('DELETE', '/api/v1/destinations/pagerduty-oncall', { headers: { 'if-match': etag } })
    t.match(gone, { status: 409, json: { code: 'MANAGED_BY_ENVIRONMENT' } })
  })

  await t.test('what rules or other destinations name cannot be removed', async t => {
    const remove = async (id: string) => {
      const { etag } = await call('GET', `/api/v1/destinations/${id}`)
      return call('DELETE', `/api/v1/destinations/${id}`, { headers: { 'if-match': etag } })
    }
    const policy = {
      id: 'pay',
      name: 'Pay',
      responseTime: 'PT1H',
      steps: [{ after: 'PT0S', targets: [{ destination: 'slack-payments' }] }],
    }
    t.match(await call('POST', '/api/v1/policies', { body: policy }), { status: 201 })
    const used = await remove('slack-payments')
    t.match(used, {
      status: 409,
      json: { code: 'IN_USE', errors: [{ path: /^\/policies\/\d+\/steps\/0\/targets\/0/ }] },
    })
    const { etag } = await call('GET', '/api/v1/policies/pay')
    await call('DELETE', '/api/v1/policies/pay', { headers: { 'if-match': etag } })
    await call('POST', '/api/v1/destinations', { body: { ...SLACK, id: 'slack-second', fallback: 'slack-payments' } })
    t.match(await remove('slack-payments'), {
      status: 409,
      json: { errors: [{ path: '/destinations/slack-second/fallback' }] },
    })
    t.match(await remove('slack-second'), { status: 204, text: '' })
    t.match(await remove('slack-payments'), { status: 204 })
    t.match(await call('GET', '/api/v1/destinations/slack-payments'), { status: 404 })
    t.match(await call('DELETE', '/api/v1/destinations/slack-payments', { headers: { 'if-match': '"1"' } }), {
      status: 404,
    })
  })

  await t.test('an ETag from before a removal never fits what was made anew', async t => {
    const first = await call('POST', '/api/v1/destinations', { body: SLACK })
    await call('DELETE', '/api/v1/destinations/slack-payments', { headers: { 'if-match': first.etag } })
    await call('POST', '/api/v1/destinations', { body: SLACK })
    t.match(await call('DELETE', '/api/v1/destinations/slack-payments', { headers: { 'if-match': first.etag } }), {
      status: 412,
    })
  })

  await t.test('a test notification is sent', async t => {
    t.match(await call('POST', '/api/v1/destinations/backlog/test'), {
      status: 200,
      json: { kind: 'test', destination: 'backlog' },
    })
    t.match(await call('POST', '/api/v1/destinations/backlog/test', { body: {} }), { status: 200 })
    t.match(await call('POST', '/api/v1/destinations/backlog/test', { body: { to: 'me' } }), { status: 422 })
  })
})

t.test('a fallback that does not exist is refused, with what was probably meant', async t => {
  const { call } = await startApi(t)
  const made = destination({ id: 'slack-room', kind: 'slack', channel: '#room', fallback: 'slack-incidens' })
  const got = await call('POST', '/api/v1/destinations', { body: { ...made, secret: { botToken: BOT_TOKEN } } })
  t.match(got, {
    status: 422,
    json: {
      errors: [
        { path: '/fallback', message: 'there is no destination "slack-incidens". Did you mean "slack-incidents"?' },
      ],
    },
  })
})

t.test('removed by somebody else at once: the change that was made is answered, and stands in the trail', async t => {
  const { call, operations } = await startApi(t)
  const { put, remove } = operations.destinations
  operations.destinations.put = async (...given) => {
    const stored = await put(...given)
    await remove(stored.value.id, stored.version)
    return stored
  }
  const made = await call('POST', '/api/v1/destinations', { body: SLACK })
  t.match(made, { status: 201, json: { id: 'slack-payments', secrets: ['botToken'], health: { failing: false } } })
  const { items } = (await call('GET', '/api/v1/audit')).json
  t.match(items, [{ operation: 'createDestination', outcome: 'done', after: { id: 'slack-payments' } }])
})
