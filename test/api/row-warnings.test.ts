import t from 'tap'
import { startApi } from './api-under-test.ts'

t.test(
  'a write of one row tells in a header what it made that is probably not meant, and nothing that was so before',
  async t => {
    const { call } = await startApi(t)
    const told = (got: { headers: Record<string, unknown> }) =>
      JSON.parse(String(got.headers['x-tocsin-warnings'] ?? 'null'))
    const policy = (etag: string, body: object, more = {}) =>
      call('PATCH', '/api/v1/routes/p0', { body, headers: { 'if-match': etag, ...more } })

    t.same(told(await policy('"1"', { name: 'Jedes P0, überall' })), [], 'nothing new: nobody is bothered')
    const key = { 'idempotency-key': 'row-warnings-1' }
    const got = await policy('"2"', { name: 'P0 → P2', policy: 'p2' }, key)
    t.match(got, { status: 200, etag: '"3"' })
    t.match(told(got), [
      { code: 'severity-without-page', path: '/routes', message: /P0/, suggestion: /PagerDuty/ },
      { code: 'p0-without-page', path: '/routes/0/policy' },
      { code: 'policy-unused', path: '/policies/0' },
    ])
    t.match(String(got.headers['x-tocsin-warnings']), /^[\x20-\x7e]*$/, 'in ASCII, as headers are')
    t.same(told(await policy('"2"', { name: 'P0 → P2', policy: 'p2' }, key)), told(got), 'a repeat is told the same')
    const minimal = await policy('"3"', { policy: 'p0' }, { prefer: 'return=minimal' })
    t.match(minimal, { status: 204, etag: '"4"' })
    t.same(told(minimal), [])

    const many = Array.from({ length: 120 }, (_, n) => ({
      ...{ id: `r${n}`, name: `r${n}`, policy: n % 2 ? 'p0' : 'p1' },
      when: { field: n % 2 ? 'project' : 'environment', op: '=', value: `x${n}` },
    }))
    const { document } = (await call('GET', '/api/v1/rules')).json
    const routes = [...many, ...document.routes]
    const put = await call('PATCH', '/api/v1/rules', { body: { routes }, headers: { 'if-match': '"4"' } })
    t.equal(put.json.warnings.at(-1).code, 'more')
    const gone = await call('DELETE', '/api/v1/routes/r3?refuseWarnings=new', { headers: { 'if-match': '"5"' } })
    t.equal(gone.status, 204, 'one warning less is nothing new, though the list was too long to show')
    const wide = { id: 'wide', name: 'Wide', when: { field: 'release', op: 'known' }, policy: 'p3' }
    const long = await call('POST', '/api/v1/routes', { body: wide })
    t.ok(told(long).length > 0)
    t.ok(String(long.headers['x-tocsin-warnings']).length < 5_000, 'it stays a header')
  },
)
