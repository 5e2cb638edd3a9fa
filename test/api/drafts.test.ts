import t from 'tap'
import { defaultRules } from '../../src/rules/default-rules.ts'
import { startApi } from './api-under-test.ts'

const DOCUMENT = defaultRules({ pagerduty: true, slack: true })
const ROUTE = { id: 'payments', name: 'Payments', when: { field: 'project', op: '=', value: 'payments' }, policy: 'p0' }
const DRAFTS = '/api/v1/rules/drafts'

t.test('a draft', async t => {
  const { call } = await startApi(t)
  const asAda = { 'x-actor': 'Ada' }
  const made = await call('POST', DRAFTS, { body: { name: 'Payments' }, headers: asAda })
  const at = made.headers.location as string

  await t.test('begins from the rules in force, or an older revision, and changes nothing', async t => {
    t.match(made, { status: 201, etag: '"1"', json: { name: 'Payments', author: 'Ada (admin)', base: 1 } })
    t.same(made.json.document, DOCUMENT)
    t.match(await call('GET', at), { status: 200, etag: '"1"', json: made.json })
    t.match((await call('GET', DRAFTS)).json, { items: [{ id: made.json.id, name: 'Payments' }], next: null })
    t.match(await call('POST', DRAFTS, { body: { name: 'x', from: 7 } }), { status: 404 })
    t.match(await call('POST', DRAFTS, { body: { name: '' } }), { status: 422 })
    t.match(await call('GET', '/api/v1/rules'), { etag: '"1"' })
    t.match(await call('GET', `${DRAFTS}/none`), { status: 404 })
  })

  await t.test('may have mistakes, which are named, and is compared all the same', async t => {
    const routes = [{ ...ROUTE, policy: 'p00' }, ...DOCUMENT.routes]
    const put = await call('PUT', at, { body: { document: { ...DOCUMENT, routes } }, headers: { 'if-match': '"1"' } })
    t.match(put, { status: 200, etag: '"2"', json: { name: 'Payments', updatedBy: 'admin' } })
    const checked = await call('POST', `${at}/validate`)
    t.match(checked.json, {
      valid: false,
      problems: [{ path: '/routes/0/policy', message: /Did you mean "p0"/ }],
      warnings: [],
    })
    const diff = await call('GET', `${at}/diff`)
    t.match(diff.json, {
      base: 1,
      current: 1,
      changes: { lines: ['+ route "payments": added at place 1, "Payments"'] },
    })
    const refused = await call('POST', `${at}/publish`, { headers: { 'if-match': '"2"' } })
    t.match(refused, { status: 422, json: { errors: [{ path: '/routes/0/policy' }] } })
    for (const document of [null, 3, [], 'x'])
      t.match(await call('PUT', at, { body: { document }, headers: { 'if-match': '"2"' } }), { status: 422 })
  })

  await t.test('is patched, and two editors do not overwrite each other', async t => {
    const body = { document: { routes: [ROUTE, ...DOCUMENT.routes], settings: { pollEvery: 'PT2M' } } }
    const patched = await call('PATCH', at, { body, headers: { 'if-match': '"2"', ...asAda } })
    t.match(patched, {
      status: 200,
      etag: '"3"',
      json: { document: { settings: { pollEvery: 'PT2M', watchNear: 'PT1M' } } },
    })
    const stale = await call('PATCH', at, { body, headers: { 'if-match': '"2"' } })
    t.match(stale, {
      status: 412,
      json: { code: 'STALE_ETAG', errors: [{ message: /last changed by Ada \(admin\)/ }] },
    })
    t.match(await call('PATCH', at, { body }), { status: 428 })
    const back = await call('PATCH', at, {
      body: { name: 'Renamed', document: { settings: { pollEvery: null } } },
      headers: { 'if-match': '"3"' },
    })
    t.match(back.json, { name: 'Renamed', document: { settings: { pollEvery: 'PT1M' } } }, 'null: its default counts')
  })

  await t.test('is published with author and message, warnings told, and is gone', async t => {
    const headers = { 'if-match': '"4"', ...asAda }
    const strict = await call('POST', `${at}/publish?refuseWarnings=true`, { headers })
    t.match(strict, { status: 422, json: { detail: /warnings/, errors: [{ path: /^\/destinations/ }] } })
    const crossing = await call('POST', `${at}/publish?refuseWarnings=new`, { headers })
    t.match(crossing, {
      status: 422,
      json: { errors: [{ path: '/routes/2', message: /"payments" .* above it as well/ }] },
    })
    const got = await call('POST', `${at}/publish`, {
      body: { message: 'a team of its own' },
      headers,
    })
    t.match(got, {
      status: 200,
      etag: '"2"',
      json: {
        number: 2,
        author: 'Ada (admin)',
        message: 'a team of its own',
        document: { routes: [{ id: 'payments' }] },
        warnings: [{ code: 'destination-never-tested', suggestion: /test/ }, {}, {}, { code: 'routes-overlap' }],
      },
    })
    t.match(await call('GET', at), { status: 404 })
    t.match((await call('GET', '/api/v1/rules/revisions')).json.items, [{ number: 2, author: 'Ada (admin)' }])
  })

  await t.test('is thrown away', async t => {
    const other = await call('POST', DRAFTS, { body: { name: 'Other', from: 1, document: {} } })
    t.match(other, { status: 201, json: { base: 1, document: {} } })
    const path = `${DRAFTS}/${other.json.id}`
    t.match(await call('DELETE', path, { headers: { 'if-match': '"9"' } }), { status: 412 })
    t.match(await call('DELETE', path, { headers: { 'if-match': '"1"' } }), { status: 204 })
    t.match(await call('DELETE', path, { headers: { 'if-match': '"1"' } }), { status: 404 })
    t.same((await call('GET', DRAFTS)).json.items, [])
  })
})

t.test('a draft that was overtaken', async t => {
  const { call } = await startApi(t)
  const draft = await call('POST', DRAFTS, { body: { name: 'Mine' } })
  const at = draft.headers.location as string
  const [first, second, ...others] = DOCUMENT.routes
  const mine = { ...DOCUMENT, routes: [ROUTE, { ...first, name: 'Mine' }, second, ...others] }
  await call('PUT', at, { body: { document: mine }, headers: { 'if-match': '"1"' } })
  const theirs = { ...second, name: 'Theirs' }
  const bob = { 'if-match': '"1"', 'x-actor': 'Bob', 'x-change-reason': 'quieter nights' }
  await call('PUT', `/api/v1/routes/${second?.id}`, { body: theirs, headers: bob })

  await t.test('is refused, telling what changed between: by whom, why, which rows', async t => {
    const got = await call('POST', `${at}/publish`, { headers: { 'if-match': '"2"' } })
    t.match(got, { status: 412, json: { code: 'STALE_ETAG' } })
    t.match(got.json.errors, [
      {
        path: '/routes/1',
        message: 'revision 2 by Bob (admin), "quieter nights": route "p1": name was "Every P1", is "Theirs"',
      },
    ])
    t.match((await call('GET', '/api/v1/rules')).etag, '"2"')
  })

  await t.test('is rebased row by row, and published then', async t => {
    const diff = await call('GET', `${at}/diff`)
    t.match(diff.json, { base: 1, current: 2, meanwhile: { lines: [/route "p1": name was/] }, conflicts: [] })
    const rebased = await call('POST', `${at}/rebase`, { headers: { 'if-match': '"2"' } })
    t.match(rebased, { status: 200, etag: '"3"', json: { draft: { base: 2 }, settled: [] } })
    const names = rebased.json.draft.document.routes.map((route: { name: string }) => route.name)
    t.same(names.slice(0, 3), ['Payments', 'Mine', 'Theirs'])
    t.match(await call('POST', `${at}/publish`, { headers: { 'if-match': '"3"' } }), { status: 200, etag: '"3"' })
  })

  await t.test('says where both changed the same row, and takes whose is said to stand', async t => {
    const body = {
      name: 'Both',
      from: 1,
      document: { ...DOCUMENT, routes: [first, { ...second, name: 'Ours' }, ...others] },
    }
    const both = await call('POST', DRAFTS, { body })
    const path = `${DRAFTS}/${both.json.id}`
    t.match((await call('GET', `${path}/diff`)).json, { conflicts: ['routes/p1'] })
    const headers = { 'if-match': '"1"' }
    const refused = await call('POST', `${path}/rebase`, { headers })
    t.match(refused, { status: 409, json: { errors: [{ path: 'routes/p1', message: /"Ours".*"Theirs"/ }] } })
    const misspelt = { prefer: 'mine', rows: { 'route/p1': 'theirs' } }
    t.match(await call('POST', `${path}/rebase`, { headers, body: misspelt }), {
      status: 422,
      json: { errors: [{ path: '/rows/route~1p1', message: /no row that both changed.*Did you mean "routes\/p1"/ }] },
    })
    const settled = await call('POST', `${path}/rebase`, { headers, body: { rows: { 'routes/p1': 'theirs' } } })
    t.match(settled.json, { draft: { base: 3 }, settled: [{ row: 'routes/p1', stands: 'theirs' }] })
    t.match(settled.json.draft.document.routes[2], { name: 'Theirs' })
  })
})
