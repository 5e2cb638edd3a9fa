import t from 'tap'
import { isBoundWithin } from '../../src/mute/silence.ts'
import { WEB_SHOP } from '../support/silencing.ts'
import { type ApiUnderTest, type Got, startApi } from './api-under-test.ts'

const ALL = '/api/v1/silences'
const asked = { matchers: WEB_SHOP, duration: 'PT2H', reason: 'known' }

const make = (api: ApiUnderTest, change: object = {}, headers: Record<string, string> = {}): Promise<Got> =>
  api.call('POST', ALL, { body: { ...asked, ...change }, headers })

t.test('made, read, listed by state and author, page by page, and ended', async t => {
  const api = await startApi(t)
  const first = await make(api, { annotations: { ticket: 'OPS-1' } }, { 'x-actor': 'Ada' })
  t.equal(first.status, 201)
  t.equal(first.headers.location, `${ALL}/${first.json.id}`)
  t.match(first.json, { state: 'active', author: /Ada/, annotations: { ticket: 'OPS-1' }, hid: 0, rev: 1 })
  t.equal(Date.parse(first.json.endsAt) - Date.parse(first.json.startsAt), 7_200_000)
  api.clock.wind(1_000)
  const startsAt = new Date(api.clock.now() + 3_600_000).toISOString()
  const second = await make(api, { startsAt }, { 'x-actor': 'Grace' })
  t.equal(second.json.state, 'pending')

  const ids = async (query: string) =>
    (await api.call('GET', `${ALL}?${query}`)).json.items.map(({ id }: { id: string }) => id)
  t.same(await ids(''), [second.json.id, first.json.id], 'newest first')
  t.same(await ids('state=pending'), [second.json.id])
  t.same(await ids(`author=${encodeURIComponent(first.json.author)}`), [first.json.id])
  t.same(await ids('incident=inc_none'), [])
  const page = await api.call('GET', `${ALL}?limit=1`)
  t.same((await api.call('GET', `${ALL}?limit=1&cursor=${page.json.next}`)).json, { items: [first.json], next: null })

  const one = await api.call('GET', `${ALL}/${first.json.id}`)
  t.same(one.json, { ...first.json, hidden: [] })
  t.equal((await api.call('DELETE', `${ALL}/${first.json.id}`)).status, 204)
  t.match((await api.call('GET', `${ALL}/${first.json.id}`)).json, { state: 'expired', expiredBy: /./, rev: 2 })
  t.same(await ids('state=expired'), [first.json.id], 'it stays listed')
  const patch = { body: { reason: 'x' }, headers: { 'if-match': '"2"' } }
  t.match(await api.call('PATCH', `${ALL}/${first.json.id}`, patch), { status: 409, json: { code: 'CONFLICT' } })
  t.match(await api.call('POST', `${ALL}/${first.json.id}/expire`), { status: 200, json: { rev: 2 } }, 'ended once')
  t.equal((await api.call('GET', `${ALL}/sil_none`)).status, 404)
})

t.test('two who change it at once never overwrite each other', async t => {
  const api = await startApi(t)
  const { json, etag } = await make(api, { annotations: { ticket: 'OPS-1', team: 'web' } })
  const address = `${ALL}/${json.id}`
  t.match(await api.call('PATCH', address, { body: { reason: 'x' } }), { status: 428 })
  const patches = Array.from({ length: 20 }, (_, n) =>
    api.call('PATCH', address, { body: { reason: `reason ${n}` }, headers: { 'if-match': etag } }),
  )
  const statuses = (await Promise.all(patches)).map(({ status }) => status)
  t.same(statuses.filter(status => status === 200).length, 1)
  t.same([...new Set(statuses)].sort(), [200, 412])

  const merged = { annotations: { ticket: null, since: 'monday' } }
  const after = await api.call('PATCH', address, { body: merged, headers: { 'if-match': '"2"' } })
  t.same(after.json.annotations, { team: 'web', since: 'monday' }, 'a merge patch')
  const both = { endsAt: new Date(api.clock.now() + 60_000).toISOString(), duration: 'PT1H' }
  t.match(await api.call('PATCH', address, { body: both, headers: { 'if-match': '"3"' } }), { status: 422 })
})

t.test('who may act on some projects makes silences of these, and changes no wider one', async t => {
  const api = await startApi(t)
  const wide = await make(api)
  const body = { name: 'web team', role: 'responder', projects: ['web-shop'] }
  const { key } = (await api.call('POST', '/api/v1/api-keys', { body })).json
  const headers = { authorization: `Bearer ${key}` }
  const mine = await make(api, {}, headers)
  t.match(mine, { status: 201, json: { projects: ['web-shop'], author: 'web team' } })
  t.match(await api.call('POST', `${ALL}/${wide.json.id}/expire`, { headers }), { status: 404 })
  t.match((await api.call('GET', ALL, { headers })).json.items, [{ id: mine.json.id }])
  t.match(await api.call('POST', `${ALL}/${mine.json.id}/expire`, { headers }), { status: 200 })
  const viewer = { name: 'a viewer', role: 'viewer', projects: null }
  const other = (await api.call('POST', '/api/v1/api-keys', { body: viewer })).json.key
  t.match(await make(api, {}, { authorization: `Bearer ${other}` }), { status: 403 })
})

t.test('an inhibition is a row of the rules: made, refused with where, moved and removed', async t => {
  const api = await startApi(t)
  const rule = {
    id: 'gateway-down',
    name: 'The gateway is down',
    source: { field: 'tag.component', op: '=', value: 'gateway' },
    target: { field: 'error-class', op: '=', value: 'GatewayTimeout' },
  }
  const at = '/api/v1/inhibitions'
  t.match(await api.call('POST', at, { body: { ...rule, equal: ['enviroment'] } }), {
    status: 422,
    json: { errors: [{ path: '/equal/0', message: /environment/ }] },
  })
  t.match(await api.call('POST', at, { body: { ...rule, source: null } }), {
    status: 422,
    json: { errors: [{ path: '/source' }] },
  })
  const made = await api.call('POST', at, { body: rule })
  t.match(made, { status: 201, json: { ...rule, equal: [], mostSevere: null, enabled: true } })
  const removed = await api.call('DELETE', `${at}/gateway-down`, { headers: { 'if-match': made.etag } })
  t.equal(removed.status, 204)
})

t.test('what never was has hidden nothing: it is not there', async t => {
  const api = await startApi(t)
  for (const path of ['maintenance/nightly/hidden', 'maintenance/nightly/occurrences', 'inhibitions/gateway/hidden'])
    t.match(await api.call('GET', `/api/v1/${path}`), { status: 404, json: { code: 'NOT_FOUND' } }, path)
})

t.test('a silence that is bound to no project is no business of a key that is bound to some', t => {
  const table: [projects: string[] | null, within: boolean][] = [
    [null, false],
    [[], false],
    [['web-shop'], true],
    [['web-shop', 'api'], false],
  ]
  for (const [projects, within] of table) t.equal(isBoundWithin({ projects }, ['web-shop', 'ios']), within)
  t.end()
})
