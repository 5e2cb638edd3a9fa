import { Redis } from 'ioredis'
import t from 'tap'
import { KEY, startApi } from './api-under-test.ts'

t.test('every refusal is a problem with its code, its place and what to do', async t => {
  const { call, server, operations, failures } = await startApi(t)

  await t.test('401 without a key, and with a wrong one, also where nothing is', async t => {
    for (const url of ['/api/v1/rules', '/api/v1/nothing-here']) {
      const none = await call('GET', url, { headers: { authorization: '' } })
      t.match(none, { status: 401, json: { code: 'API_KEY_MISSING', status: 401, type: '/docs#API_KEY_MISSING' } })
      t.match(none.headers, { 'www-authenticate': /^Bearer/, 'content-type': /^application\/problem\+json/ })
      const wrong = await call('GET', url, { headers: { authorization: `Bearer ${KEY.slice(1)}` } })
      t.match(wrong, { status: 401, json: { code: 'API_KEY_INVALID' } })
      t.match(await call('GET', url, { headers: { authorization: `Basic ${KEY}` } }), { status: 401 })
    }
    const lower = await call('GET', '/api/v1/rules', { headers: { authorization: `bearer ${KEY}` } })
    t.equal(lower.status, 200, 'the scheme is not case-sensitive (RFC 9110 section 11.1)')
  })

  await t.test('a wrong key is refused before the body is read', async t => {
    const got = await call('POST', '/api/v1/rules/validate', {
      text: '{',
      headers: { authorization: '', 'content-type': 'application/json' },
    })
    t.match(got, { status: 401 })
  })

  await t.test('404 names what is missing', async t => {
    for (const [url, what] of [
      ['/api/v1/nothing-here', '/api/v1/nothing-here'],
      ['/api/v1/incidents/inc_none', 'inc_none'],
      ['/api/v1/incidents/inc_none/timeline', 'inc_none'],
      ['/api/v1/incidents/inc_none/notifications', 'inc_none'],
      ['/api/v1/routes/none', 'none'],
      ['/api/v1/rules/revisions/99', '99'],
      ['/api/v1/destinations/none', 'none'],
      ['/api/v1/sources/none', 'none'],
      ['/api/v1/deliveries/none', 'none'],
      ['/api/v1/notifications/none', 'none'],
      ['/api/v1/backlog/none', 'none'],
      ['/api/v1/quarantine/none', 'none'],
    ] as const) {
      const got = await call('GET', url)
      t.match(got, { status: 404, json: { code: 'NOT_FOUND' } }, url)
      t.ok(got.json.detail.includes(what), got.json.detail)
    }
  })

  await t.test('405 says which methods there are', async t => {
    const got = await call('DELETE', '/api/v1/rules')
    t.match(got, {
      status: 405,
      json: { code: 'METHOD_NOT_ALLOWED' },
      headers: { allow: 'GET, HEAD, PUT, PATCH, OPTIONS' },
    })
    t.match(await call('POST', '/api/v1/routes/p0'), {
      status: 405,
      headers: { allow: 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS' },
    })
  })

  await t.test('400 for a body that is not JSON, with its place and without its words', async t => {
    const json = { 'content-type': 'application/json' }
    const got = await call('POST', '/api/v1/destinations', { text: '{"secret": topsecret}', headers: json })
    t.match(got, { status: 400, json: { code: 'INVALID_JSON' } })
    t.notMatch(got.text, /topsecret/)
    const cut = await call('POST', '/api/v1/destinations', { text: '{\n "a": 1', headers: json })
    t.match(cut.json.detail, /line 2 column \d+/)
    t.match(await call('POST', '/api/v1/destinations', { text: '{"__proto__":{}}', headers: json }), { status: 400 })
  })

  await t.test('415 for another type, 413 for too much', async t => {
    const text = await call('POST', '/api/v1/destinations', {
      text: 'kind=slack',
      headers: { 'content-type': 'text/plain' },
    })
    t.match(text, { status: 415, json: { code: 'UNSUPPORTED_MEDIA_TYPE', detail: /application\/json/ } })
    t.match(await call('POST', '/api/v1/destinations', { text: 'kind=slack' }), { status: 415 })
    const large = await call('POST', '/api/v1/rules/validate', {
      text: '{}',
      headers: { 'content-type': 'application/json', 'content-length': String(9 * 1024 * 1024) },
    })
    t.match(large, { status: 413, json: { code: 'BODY_TOO_LARGE', detail: /8388608/ } })
  })

  await t.test('422 for parameters, by name, with what was meant', async t => {
    const cases: [url: string, path: string, message: RegExp][] = [
      ['/api/v1/incidents?limit=0', 'limit', /1/],
      ['/api/v1/incidents?limit=201', 'limit', /200/],
      ['/api/v1/incidents?limit=ten', 'limit', /whole number/],
      ['/api/v1/incidents?limit=1.5', 'limit', /whole number/],
      ['/api/v1/incidents?severty=P1', 'severty', /did you mean "severity"/i],
      ['/api/v1/incidents?severity=P9', 'severity', /P0/],
      ['/api/v1/incidents?status=open', 'status', /triggered/],
      ['/api/v1/incidents?since=yesterday', 'since', /RFC 3339/],
      ['/api/v1/incidents?project=', 'project', /./],
      ['/api/v1/incidents?project=a&project=b', 'project', /string/],
      ['/api/v1/rules/revisions/x', 'number', /revision number/],
      ['/api/v1/rules?x=1', 'x', /unknown/],
    ]
    for (const [url, path, message] of cases) {
      const got = await call('GET', url)
      t.match(got, { status: 422, json: { code: 'INVALID_INPUT', errors: [{ path, message }] } }, url)
    }
  })

  await t.test('400 for a cursor that is not of this list', async t => {
    for (const url of ['/api/v1/incidents', '/api/v1/destinations', '/api/v1/routes', '/api/v1/rules/revisions']) {
      t.match(await call('GET', `${url}?cursor=zzz`), { status: 400, json: { code: 'INVALID_CURSOR' } }, url)
    }
  })

  await t.test('428 without If-Match, or with one that protects nothing', async t => {
    for (const [method, url] of [
      ['PUT', '/api/v1/rules'],
      ['PUT', '/api/v1/routes/p0'],
      ['DELETE', '/api/v1/policies/p0'],
      ['PUT', '/api/v1/destinations/backlog'],
      ['DELETE', '/api/v1/sources/default'],
      ['PATCH', '/api/v1/backlog/x'],
    ] as const) {
      t.match(await call(method, url, { body: {} }), { status: 428, json: { code: 'IF_MATCH_REQUIRED' } }, url)
      for (const header of ['*', '"1", "2"']) {
        t.match(await call(method, url, { body: {}, headers: { 'if-match': header } }), { status: 428 }, header)
      }
    }
  })

  await t.test('500 tells nothing but where to look; the log has it all', async t => {
    const broken = { ...operations.deliveries }
    operations.deliveries.get = async () => {
      throw new Error('connect ECONNREFUSED 10.0.0.5:6379 password hunter22')
    }
    const got = await call('GET', '/api/v1/deliveries/x')
    Object.assign(operations.deliveries, broken)
    t.match(got, { status: 500, json: { code: 'INTERNAL', detail: /request/ } })
    t.notMatch(got.text, /hunter22|10\.0\.0\.5/)
    t.match(failures, [{ err: /hunter22/, method: 'GET', route: '/api/v1/deliveries/:id' }])
  })

  await t.test('503 when Redis does not answer', async t => {
    const dead = new Redis({ path: '/nowhere/redis', maxRetriesPerRequest: 0, retryStrategy: () => 5 })
    dead.on('error', () => {})
    const get = operations.deliveries.get
    operations.deliveries.get = async () => {
      await dead.ping()
      return null
    }
    const got = await call('GET', '/api/v1/deliveries/x')
    operations.deliveries.get = get
    dead.disconnect()
    t.match(got, { status: 503, json: { code: 'STORE_UNAVAILABLE' }, headers: { 'retry-after': '1' } })
  })

  await t.test('a malformed escape in the address is refused', async t => {
    const got = await server.inject({ url: '/api/v1/incidents/%E0%A4%A', headers: { authorization: `Bearer ${KEY}` } })
    t.equal(got.statusCode, 400)
  })
})

t.test('429 per key, and per address where the key is wrong, with RateLimit headers', async t => {
  const { call } = await startApi(t, { max: 2 })
  const first = await call('GET', '/api/v1/rules')
  t.match(first.headers, { 'ratelimit-limit': '2', 'ratelimit-remaining': '1', 'ratelimit-reset': /\d+/ })
  t.match(await call('GET', '/api/v1/routes'), { status: 200 })
  const third = await call('GET', '/api/v1/rules')
  t.match(third, { status: 429, json: { code: 'TOO_MANY_REQUESTS' }, headers: { 'retry-after': /\d+/ } })
  const guess = () => call('GET', '/api/v1/rules', { headers: { authorization: 'Bearer guess' } })
  t.same([(await guess()).status, (await guess()).status, (await guess()).status], [401, 401, 429])
  t.match(await call('GET', '/healthz'), { status: 200 }, 'probes are not limited')
})
