import t from 'tap'
import { defaultRules } from '../../src/rules/default-rules.ts'
import { startApi } from './api-under-test.ts'

const DOCUMENT = defaultRules({ pagerduty: true, slack: true })

t.test('the history of the rules', async t => {
  const { call } = await startApi(t)
  const patch = (id: string, body: object, version: number, actor: string, reason: string) =>
    call('PATCH', `/api/v1/routes/${id}`, {
      body,
      headers: { 'if-match': `"${version}"`, 'x-actor': actor, 'x-change-reason': reason },
    })

  await t.test('a row is patched: members replaced, null takes one away, an id stays', async t => {
    t.match(await patch('p1', { name: 'Major', policy: 'p0' }, 1, 'Ada', 'page for P1'), {
      status: 200,
      etag: '"2"',
      json: { id: 'p1', name: 'Major', policy: 'p0', when: { value: 'P1' } },
    })
    t.match(await patch('p1', { continue: null }, 2, 'Bob', 'nothing new'), { status: 200, json: { continue: false } })
    t.match(await patch('p1', { policy: 'p00' }, 3, 'Bob', ''), {
      status: 422,
      json: { errors: [{ path: '/policy', message: /Did you mean "p0"/ }] },
    })
    t.match(await patch('p1', { id: 'p2' }, 3, 'Bob', ''), { status: 422, json: { errors: [{ path: '/id' }] } })
    t.match(await patch('p1', { nam: 'x' }, 3, 'Bob', ''), { status: 422, json: { errors: [{ path: '/nam' }] } })
    for (const body of [null, 3, 'x', []]) t.match(await patch('p1', body as never, 3, 'Bob', ''), { status: 422 })
    t.match(await patch('none', { name: 'x' }, 3, 'Bob', ''), { status: 404 })
    const policy = await call('PATCH', '/api/v1/policies/p1', {
      body: { whenCalm: { after: 'PT1H' } },
      headers: { 'if-match': '"3"' },
    })
    t.match(policy, { status: 200, json: { whenCalm: { after: 'PT1H', tell: 'everything' } } })
    const rule = await call('PATCH', `/api/v1/severity-rules/${DOCUMENT.severityRules[0]?.id}`, {
      body: { enabled: false },
      headers: { 'if-match': '"4"' },
    })
    t.match(rule, { status: 200, etag: '"5"', json: { enabled: false } })
  })

  await t.test('who comes too late is told what changed between, by whom and why', async t => {
    const got = await patch('p0', { name: 'x' }, 1, 'Eve', '')
    t.match(got, { status: 412, json: { code: 'STALE_ETAG' } })
    const messages = got.json.errors.map(({ message }: { message: string }) => message)
    t.match(messages[0], /^revision 2 by Ada \(admin\), "page for P1": route "p1": name was "Every P1", is "Major"/)
    t.match(messages.at(-1), /^revision 5 by admin, .*severity rule .*enabled was true, is false/)
    const whole = await call('PUT', '/api/v1/rules', { body: DOCUMENT, headers: { 'if-match': '"4"' } })
    t.match(whole, { status: 412, json: { errors: [{ path: '/severityRules/0' }] } })
    const unknown = await call('PUT', '/api/v1/rules', { body: DOCUMENT, headers: { 'if-match': '"77"' } })
    t.match(unknown, { status: 412, json: { errors: [] } })
    const many = await call('PUT', '/api/v1/rules', {
      body: { ...DOCUMENT, production: Array.from({ length: 3 }, (_, n) => `p${n}`) },
      headers: { 'if-match': '"5"' },
    })
    t.match(many, { status: 200, etag: '"6"' })
    await call('POST', '/api/v1/rules/revisions/1/rollback')
    const far = await patch('p0', { name: 'x' }, 1, 'Eve', '')
    t.match(far.json.errors[0], { path: '/rules/revisions/3', message: /by Bob/ })
    t.equal(far.json.errors.length, 5, 'nothing of the rest is left of it: it was rolled back')
  })

  await t.test('two revisions are compared', async t => {
    const lines = ['~ route "p1": name was "Every P1", is "Major"; policy was "p1", is "p0"']
    t.match(await call('GET', '/api/v1/rules/revisions/1/diff/2'), { json: { from: 1, to: 2, lines, more: 0 } })
    t.match((await call('GET', '/api/v1/rules/revisions/1/diff/2')).json.changes, [
      {
        list: 'routes',
        id: 'p1',
        what: 'changed',
        path: '/routes/1',
        members: [{ path: '/name' }, { path: '/policy' }],
      },
    ])
    t.match(await call('GET', '/api/v1/rules/revisions/1/diff?to=2'), { json: { lines } })
    t.match(await call('GET', '/api/v1/rules/revisions/1/diff'), { json: { from: 1, to: 7, changes: [], lines: [] } })
    t.match(await call('GET', '/api/v1/rules/revisions/1/diff/99'), { status: 404 })
    t.match(await call('GET', '/api/v1/rules/revisions/1/diff/x'), { status: 422 })
  })

  await t.test('is filtered by author and time, page by page', async t => {
    const numbers = async (query: string) =>
      (await call('GET', `/api/v1/rules/revisions?${query}`)).json.items.map(({ number }: { number: number }) => number)
    t.same(await numbers('author=ada'), [2])
    t.same(await numbers('author=bob&limit=1'), [3])
    t.same(await numbers('author=nobody'), [])
    t.same(await numbers('since=2026-11-05T12:00:00Z'), [7, 6, 5, 4, 3, 2, 1])
    t.same(await numbers('since=2026-11-05T12:00:01Z'), [])
    t.match(await call('GET', '/api/v1/rules/revisions?since=yesterday'), { status: 422 })
    const seen: number[] = []
    for (let cursor = ''; ; ) {
      const page = await call('GET', `/api/v1/rules/revisions?author=admin&limit=2${cursor}`)
      seen.push(...page.json.items.map(({ number }: { number: number }) => number))
      if (page.json.next === null) break
      cursor = `&cursor=${page.json.next}`
    }
    t.same(seen, [7, 6, 5, 4, 3, 2])
  })

  await t.test('warnings are told of what is checked, what is published and what is in force', async t => {
    const checked = await call('POST', '/api/v1/rules/validate', { body: DOCUMENT })
    t.match(checked.json, { valid: true, problems: [], warnings: [{ code: 'destination-never-tested' }] })
    t.match((await call('GET', '/api/v1/rules/warnings')).json, { revision: 7, warnings: checked.json.warnings })
    const headers = { 'if-match': '"7"' }
    const strict = await call('PUT', '/api/v1/rules?refuseWarnings=true', { body: DOCUMENT, headers })
    t.match(strict, { status: 422, json: { detail: /3 warnings/ } })
    const same = await call('PUT', '/api/v1/rules?refuseWarnings=new', { body: DOCUMENT, headers })
    t.match(same, { status: 200, json: { number: 8, warnings: checked.json.warnings } })
    const row = await call('PATCH', '/api/v1/routes/p0?refuseWarnings=new', {
      body: { policy: 'p2' },
      headers: { 'if-match': '"8"' },
    })
    t.match(row, { status: 422, json: { errors: [{ message: /pages? / }] } })
  })
})
