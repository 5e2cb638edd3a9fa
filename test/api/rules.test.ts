import t from 'tap'
import { defaultRules } from '../../src/rules/default-rules.ts'
import { startApi } from './api-under-test.ts'

const DOCUMENT = defaultRules({ pagerduty: true, slack: true })
const [FIRST] = DOCUMENT.routes
const ROUTE = { id: 'payments', name: 'Payments', when: { field: 'project', op: '=', value: 'payments' }, policy: 'p0' }

t.test('the rules as one document', async t => {
  const { call } = await startApi(t)

  await t.test('are read with an ETag, which saves the next reading', async t => {
    const got = await call('GET', '/api/v1/rules')
    t.match(got, { status: 200, etag: '"1"', json: { number: 1, at: '2026-11-05T12:00:00.000Z' } })
    t.match(await call('GET', '/api/v1/rules', { headers: { 'if-none-match': 'W/"1"' } }), { status: 304, text: '' })
    t.match(await call('HEAD', '/api/v1/rules'), { status: 200, etag: '"1"', text: '' })
  })

  await t.test('are replaced by the next revision, with who and why', async t => {
    const production = ['production', 'eu-production']
    const got = await call('PUT', '/api/v1/rules', {
      body: { ...DOCUMENT, production },
      headers: { 'if-match': '"1"', 'x-change-reason': Buffer.from('für die EU').toString('latin1') },
    })
    t.match(got, {
      status: 200,
      etag: '"2"',
      json: { number: 2, author: 'admin', message: 'für die EU', document: { production } },
    })
    const stale = await call('PUT', '/api/v1/rules', { body: DOCUMENT, headers: { 'if-match': '"1"' } })
    t.match(stale, { status: 412, json: { code: 'STALE_ETAG', detail: /revision 2/ } })
    t.match(await call('PUT', '/api/v1/rules', { body: DOCUMENT, headers: { 'if-match': '"abc"' } }), { status: 412 })
    const long = await call('PUT', '/api/v1/rules', {
      body: DOCUMENT,
      headers: { 'if-match': '"2"', 'x-change-reason': 'x'.repeat(501) },
    })
    t.match(long, { status: 422, json: { errors: [{ path: 'X-Change-Reason' }] } })
  })

  await t.test('are refused with paths when they have mistakes', async t => {
    const [route, ...rest] = DOCUMENT.routes
    const got = await call('PUT', '/api/v1/rules', {
      body: { ...DOCUMENT, routes: [{ ...route, policy: 'nobody' }, ...rest], extra: 1 },
      headers: { 'if-match': '"2"' },
    })
    t.match(got, { status: 422, json: { code: 'INVALID_INPUT' } })
    t.ok(
      got.json.errors.some((problem: { path: string }) => problem.path === '/extra'),
      got.text,
    )
    for (const body of [null, [], 3, 'x']) {
      t.match(await call('PUT', '/api/v1/rules', { body, headers: { 'if-match': '"2"' } }), { status: 422 })
    }
    t.match(await call('PUT', '/api/v1/rules', { headers: { 'if-match': '"2"' } }), { status: 422 })
    t.match(await call('GET', '/api/v1/rules'), { etag: '"2"' }, 'and nothing was published')
  })

  await t.test('can be checked without publishing', async t => {
    const good = await call('POST', '/api/v1/rules/validate', { body: DOCUMENT })
    t.match(good, { status: 200, json: { valid: true, problems: [] } })
    const bad = await call('POST', '/api/v1/rules/validate', { body: { ...DOCUMENT, routes: [] } })
    t.match(bad, { status: 200, json: { valid: false, problems: [{ path: '/routes' }] } })
  })

  await t.test('can be looked back at and rolled back', async t => {
    const page = await call('GET', '/api/v1/rules/revisions?limit=1')
    t.match(page.json, { items: [{ number: 2, author: 'admin' }], next: /./ })
    t.notOk('document' in page.json.items[0])
    const second = await call('GET', `/api/v1/rules/revisions?limit=1&cursor=${page.json.next}`)
    t.match(second.json, { items: [{ number: 1 }], next: null })
    t.match(await call('GET', '/api/v1/rules/revisions/1'), {
      status: 200,
      json: { number: 1, document: { production: DOCUMENT.production } },
    })
    const stale = await call('POST', '/api/v1/rules/revisions/1/rollback', { headers: { 'if-match': '"1"' } })
    t.match(stale, { status: 412 })
    const back = await call('POST', '/api/v1/rules/revisions/1/rollback', {
      headers: { 'x-change-reason': 'too many pages' },
    })
    t.match(back, {
      status: 200,
      etag: '"3"',
      json: { message: 'rolled back to revision 1: too many pages', document: { production: DOCUMENT.production } },
    })
    t.match(await call('POST', '/api/v1/rules/revisions/77/rollback'), { status: 404 })
  })
})

t.test('rows of the rules', async t => {
  const { call, operations } = await startApi(t)
  const ids = async () =>
    (await call('GET', '/api/v1/routes?limit=200')).json.items.map((route: { id: string }) => route.id)

  await t.test('a new route goes first, where it is reached, or where it is told', async t => {
    const before = await ids()
    const made = await call('POST', '/api/v1/routes', { body: ROUTE })
    t.match(made, {
      status: 201,
      etag: '"2"',
      json: { ...ROUTE, continue: false },
      headers: { location: '/api/v1/routes/payments' },
    })
    t.same(await ids(), ['payments', ...before])
    t.match(await call('GET', '/api/v1/routes/payments'), { status: 200, etag: '"2"', json: ROUTE })
    t.match(await call('POST', '/api/v1/routes/payments/move', { body: { index: 0 } }), { status: 200, etag: '"3"' })
    t.same(await ids(), ['payments', ...before])
    const lost = await call('POST', '/api/v1/routes?before=none', { body: { ...ROUTE, id: 'other' } })
    t.match(lost, { status: 422, json: { errors: [{ path: 'before', message: /none/ }] } })
  })

  await t.test('paths of mistakes point into the row that was sent', async t => {
    const wrong = { ...ROUTE, id: 'wrong', policy: 'p9', when: { field: 'projct', op: '=', value: 'x' } }
    const got = await call('POST', `/api/v1/routes?before=${FIRST?.id}`, { body: wrong })
    t.equal(got.status, 422)
    const paths = got.json.errors.map((problem: { path: string }) => problem.path)
    t.ok(paths.includes('/when/field'), got.text)
    const unknown = await call('POST', `/api/v1/routes?before=${FIRST?.id}`, { body: { ...ROUTE, id: 'w', nam: 'x' } })
    t.match(unknown.json.errors, [{ path: '/nam', message: /name/ }])
    for (const body of [null, 'x', [], {}]) t.match(await call('POST', '/api/v1/routes', { body }), { status: 422 })
    t.match(
      await call('POST', '/api/v1/routes', { body: ROUTE }),
      { status: 422, json: { errors: [{ message: /./ }] } },
      'a second of that id',
    )
  })

  await t.test('a row is replaced and keeps its id', async t => {
    const name = 'Payments, renamed'
    const put = await call('PUT', '/api/v1/routes/payments', {
      body: { ...ROUTE, name },
      headers: { 'if-match': '"3"' },
    })
    t.match(put, { status: 200, etag: '"4"', json: { name } })
    t.match(await call('PUT', '/api/v1/routes/payments', { body: ROUTE, headers: { 'if-match': '"3"' } }), {
      status: 412,
    })
    const renamed = await call('PUT', '/api/v1/routes/payments', {
      body: { ...ROUTE, id: 'other' },
      headers: { 'if-match': '"4"' },
    })
    t.match(renamed, { status: 422, json: { errors: [{ path: '/id' }] } })
    t.match(await call('PUT', '/api/v1/routes/none', { body: ROUTE, headers: { 'if-match': '"4"' } }), { status: 404 })
    t.match(await call('GET', '/api/v1/rules/revisions?limit=1'), {
      json: { items: [{ message: 'changed route "payments"' }] },
    })
  })

  await t.test('rows move', async t => {
    const second = { ...ROUTE, id: 'search', when: { field: 'project', op: '=', value: 'search' } }
    await call('POST', '/api/v1/routes?before=payments', { body: second })
    const rest = (await ids()).slice(2)
    const move = (body: object) => call('POST', '/api/v1/routes/search/move', { body })
    t.match(await move({ after: 'payments' }), { status: 200, etag: '"6"', json: { id: 'search' } })
    t.same(await ids(), ['payments', 'search', ...rest])
    t.match(await move({ before: 'payments' }), { status: 200 })
    t.same(await ids(), ['search', 'payments', ...rest])
    t.match(await move({ index: 1 }), { status: 200 })
    t.same(await ids(), ['payments', 'search', ...rest])
    t.match(await move({ index: 999 }), { status: 422 }, 'behind the catch-all nothing is reached')
    t.match(await move({}), { status: 422, json: { errors: [{ message: /exactly one/ }] } })
    t.match(await move({ before: 'a', after: 'b' }), { status: 422 })
    t.match(await move({ before: 'none' }), { status: 422, json: { errors: [{ path: '/before' }] } })
    t.match(await move({ index: -1 }), { status: 422, json: { errors: [{ path: '/index' }] } })
    t.match(await call('POST', '/api/v1/routes/none/move', { body: { index: 0 } }), { status: 404 })
  })

  await t.test('a row is removed unless something names it', async t => {
    const { etag } = await call('GET', '/api/v1/routes')
    t.match(await call('DELETE', '/api/v1/routes/search', { headers: { 'if-match': etag } }), {
      status: 204,
      text: '',
      etag: /./,
    })
    t.match(await call('DELETE', '/api/v1/routes/payments', { headers: { 'if-match': etag } }), { status: 412 })
    const policy = FIRST?.policy ?? ''
    const now = await call('GET', `/api/v1/policies/${policy}`)
    const used = await call('DELETE', `/api/v1/policies/${policy}`, { headers: { 'if-match': now.etag } })
    t.match(used, { status: 409, json: { code: 'IN_USE', errors: [{ path: /^\/routes\/\d+\/policy$/ }] } })
    t.match(await call('DELETE', '/api/v1/policies/none', { headers: { 'if-match': now.etag } }), { status: 404 })
  })

  await t.test('severity rules and policies are rows as well', async t => {
    const rule = {
      id: 'legacy',
      name: 'Legacy app is never urgent',
      about: 'issue',
      severity: 'P3',
      when: { field: 'project', op: '=', value: 'legacy' },
    }
    const top = (await call('GET', '/api/v1/severity-rules?limit=1')).json.items[0].id
    t.match(await call('POST', `/api/v1/severity-rules?before=${top}`, { body: rule }), {
      status: 201,
      json: { effect: 'severity' },
    })
    t.match(await call('POST', '/api/v1/severity-rules/legacy/move', { body: { after: top } }), { status: 200 })
    const policy = {
      id: 'quiet',
      name: 'Quiet',
      responseTime: 'PT1H',
      steps: [{ after: 'PT0S', targets: [{ destination: 'backlog' }] }],
    }
    t.match(await call('POST', '/api/v1/policies', { body: policy }), { status: 201, json: { id: 'quiet' } })
    const lost = await call('POST', '/api/v1/policies', {
      body: { ...policy, id: 'q2', steps: [{ after: 'PT0S', targets: [{ destination: 'backlg' }] }] },
    })
    t.match(lost, { status: 422, json: { errors: [{ path: '/steps/0/targets/0/destination', message: /backlog/ }] } })
    t.match(
      await call('POST', '/api/v1/policies?before=x', { body: policy }),
      { status: 422 },
      'policies have no order',
    )
    t.match(await call('POST', '/api/v1/policies/quiet/move', { body: { index: 0 } }), { status: 404 })
  })

  await t.test('additions made at the same time all arrive; a stale If-Match stops one', async t => {
    const add = (n: number) =>
      call('POST', '/api/v1/routes?before=payments', {
        body: { ...ROUTE, id: `team-${n}`, when: { field: 'project', op: '=', value: `team-${n}` } },
      })
    const made = await Promise.all([add(1), add(2), add(3)])
    t.same(
      made.map(one => one.status),
      [201, 201, 201],
    )
    const all = await ids()
    t.ok(
      [1, 2, 3].every(n => all.includes(`team-${n}`)),
      all.join(),
    )
    const stale = await call('POST', '/api/v1/routes', {
      body: { ...ROUTE, id: 'late' },
      headers: { 'if-match': '"1"' },
    })
    t.match(stale, { status: 412 })
    t.same((await operations.rules.current()).document.routes.length, all.length)
  })

  await t.test('lists come in pages', async t => {
    const all = await ids()
    const first = await call('GET', '/api/v1/routes?limit=2')
    t.equal(first.json.items.length, 2)
    const rest = await call('GET', `/api/v1/routes?limit=200&cursor=${first.json.next}`)
    t.same(
      [...first.json.items, ...rest.json.items].map(route => route.id),
      all,
    )
    t.equal(rest.json.next, null)
  })
})
