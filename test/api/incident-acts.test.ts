import t from 'tap'
import { startApi } from './api-under-test.ts'

t.test('every act is one POST, with what it needs and no more', async t => {
  const { call } = await startApi(t)
  const web = { type: 'team', id: '77', name: 'web' }
  const until = '2026-11-05T18:00:00+01:00'
  const table: [name: string, body: unknown, act: object][] = [
    ['acknowledge', undefined, { kind: 'acknowledge' }],
    ['unacknowledge', {}, { kind: 'unacknowledge' }],
    ['resolve', undefined, { kind: 'resolve', release: null, reason: null }],
    ['resolve', { release: 'shop@2', reason: ' fixed ' }, { kind: 'resolve', release: 'shop@2', reason: 'fixed' }],
    ['reopen', { reason: 'no' }, { kind: 'reopen', reason: 'no' }],
    ['severity', { severity: 'P2', reason: 'old app' }, { kind: 'set-severity', severity: 'P2', reason: 'old app' }],
    ['release-severity', undefined, { kind: 'release-severity' }],
    ['assign', { to: web }, { kind: 'assign', to: web }],
    ['assign', { to: null }, { kind: 'assign', to: null }],
    ['note', { text: 'hm' }, { kind: 'note', text: 'hm' }],
    ['escalate', undefined, { kind: 'escalate', step: null }],
    ['escalate', { step: 2 }, { kind: 'escalate', step: 1 }],
    ['silence', { until, reason: 'x' }, { kind: 'silence', until: Date.parse(until), reason: 'x' }],
    ['unsilence', undefined, { kind: 'unsilence' }],
    ['workaround', { text: null }, { kind: 'workaround', text: null }],
    ['backlog', undefined, { kind: 'backlog', owner: null }],
    ['backlog', { owner: web }, { kind: 'backlog', owner: web }],
    ['noise', { label: 'poor-detail' }, { kind: 'noise', label: 'poor-detail', note: null }],
    ['archive', { reason: 'x' }, { kind: 'archive', reason: 'x', until: { kind: 'escalating' } }],
  ]
  for (const [name, body, act] of table) {
    const got = await call('POST', `/api/v1/incidents/inc_1/${name}`, body === undefined ? {} : { body })
    t.equal(got.status, 200, name)
    t.same(JSON.parse(got.json.reason).act, act, name)
  }
})

t.test('who decided it, and the key it counts once under, are handed on', async t => {
  const { call } = await startApi(t)
  const url = '/api/v1/incidents/inc_1/acknowledge'
  const named = (name: string) => call('POST', url, { headers: { 'x-actor': Buffer.from(name).toString('latin1') } })
  const actor = async (name: string) => JSON.parse((await named(name)).json.reason).actor
  t.equal(await actor('Zoë  Ström'), 'Zoë Ström')
  t.equal(await actor('Ada\u202e\u200bEve'), 'Ada Eve', 'without what hides or reorders text')
  t.equal(await actor('  '), null)
  t.match(await named('a'.repeat(101)), { status: 422, json: { errors: [{ path: 'X-Actor' }] } })
  const once = await call('POST', url, { headers: { 'idempotency-key': 'k-1' } })
  t.match(JSON.parse(once.json.reason), { key: 'k-1', actor: null })
})

t.test('what is missing or unknown is named', async t => {
  const { call } = await startApi(t)
  const post = (name: string, body: unknown, id = 'inc_1') => call('POST', `/api/v1/incidents/${id}/${name}`, { body })
  t.match(await post('acknowledge', {}, 'inc_none'), { status: 404, json: { code: 'NOT_FOUND' } })
  const table: [string, unknown, string][] = [
    ['severity', { severity: 'P2' }, '/reason'],
    ['severity', { severity: 'P5', reason: 'x' }, '/severity'],
    ['silence', { until: 'tomorrow', reason: 'x' }, '/until'],
    ['archive', { until: { kind: 'forever' } }, '/reason'],
    ['archive', { reason: 'x', until: { kind: 'users', count: 0, windowMinutes: null } }, '/until/count'],
    ['escalate', { step: 0 }, '/step'],
    ['note', { text: ' ' }, '/text'],
    ['noise', { label: 'boring' }, '/label'],
    ['resolve', { relase: 'x' }, '/relase'],
  ]
  for (const [name, body, path] of table) {
    t.match(await post(name, body), { status: 422, json: { errors: [{ path }] } }, `${name}: ${path}`)
  }
})
