import t from 'tap'
import { BOT_TOKEN, destination, startApi } from './api-under-test.ts'

const BULK = '/api/v1/rules/bulk-edits'

t.test('a bulk edit', async t => {
  const { call } = await startApi(t)
  const made = destination({ id: 'slack-war-room', kind: 'slack', channel: '#war-room', fallback: 'slack-incidents' })
  await call('POST', '/api/v1/destinations', { body: { ...made, secret: { botToken: BOT_TOKEN } } })
  const replace = { op: 'replace-destination', from: 'slack-incidents', to: 'slack-war-room' }

  await t.test('is previewed first, and changes nothing then', async t => {
    const got = await call('POST', BULK, { body: { operations: [replace] } })
    t.match(got, {
      status: 200,
      etag: '"1"',
      json: { preview: true, revision: null, valid: true, problems: [], places: [4] },
    })
    t.match(got.json.diff.lines, [/^~ policy "p0": steps\/1\/targets\/0\/destination was "slack-incidents"/])
    t.match(got.json.destinations, [{ id: 'slack-war-room', member: 'fallback', after: null, error: null }])
    t.ok(got.json.warnings.length > 0)
    t.match(await call('GET', '/api/v1/rules'), { etag: '"1"' })
  })

  await t.test('is one revision, for which the ETag of the preview is needed', async t => {
    const body = { operations: [replace], preview: false, message: 'the war room hears it' }
    t.match(await call('POST', BULK, { body }), { status: 428 })
    t.match(await call('POST', BULK, { body, headers: { 'if-match': '"7"' } }), { status: 412 })
    const got = await call('POST', BULK, { body, headers: { 'if-match': '"1"', 'x-actor': 'Ada' } })
    t.match(got, { status: 200, etag: '"2"', json: { preview: false, revision: 2, places: [4] } })
    t.match((await call('GET', '/api/v1/rules/revisions')).json.items[0], {
      author: 'Ada (admin)',
      message: 'the war room hears it',
    })
    t.notMatch((await call('GET', '/api/v1/policies')).text, /slack-incidents/)
    t.match((await call('GET', '/api/v1/destinations/slack-war-room')).json, { fallback: null, secrets: ['botToken'] })
  })

  await t.test('renames a channel of every destination that posts there', async t => {
    const operations = [{ op: 'rename-channel', from: '#war-room', to: '#incident-room' }]
    const got = await call('POST', BULK, { body: { operations, preview: false }, headers: { 'if-match': '"2"' } })
    t.match(got.json, { revision: null, places: [1], destinations: [{ id: 'slack-war-room', error: null }] })
    t.match((await call('GET', '/api/v1/destinations/slack-war-room')).json, { channel: '#incident-room' })
    const theirs = { operations: [{ op: 'rename-channel', from: '#incidents', to: '#other' }] }
    const refused = await call('POST', BULK, { body: theirs })
    t.match(refused.json, { valid: false, problems: [{ path: '/destinations/slack-incidents/channel' }] })
    const done = await call('POST', BULK, { body: { ...theirs, preview: false }, headers: { 'if-match': '"2"' } })
    t.match(done, { status: 422, json: { errors: [{ message: /environment/ }] } })
  })

  await t.test('replaces a policy everywhere, renames rows, sets members of rows that fit', async t => {
    const operations = [
      { op: 'replace-policy', from: 'p3', to: 'p2', remove: true },
      { op: 'rename', table: 'policies', from: 'p0', to: 'critical' },
      { op: 'set', table: 'policies', where: { id: 'p1' }, set: { whenCalm: null, name: 'P1: soon' } },
      { op: 'set', table: 'routes', asks: { severity: 'P1' }, set: { name: 'Every major one' } },
    ]
    const got = await call('POST', BULK, { body: { operations, preview: false }, headers: { 'if-match': '"2"' } })
    t.match(got, { status: 200, json: { revision: 3, places: [2, 2, 1, 1] } })
    const { document } = (await call('GET', '/api/v1/rules')).json
    t.same(
      document.policies.map(({ id }: { id: string }) => id),
      ['critical', 'p1', 'p2'],
    )
    t.match(document.routes, [{ policy: 'critical' }, { name: 'Every major one' }, {}, { policy: 'p2' }])
    t.match(document.policies[1], { name: 'P1: soon', whenCalm: null })
  })

  await t.test('of what is not there is refused, with what was probably meant', async t => {
    const operations = [
      { op: 'replace-policy', from: 'p9', to: 'p2' },
      { op: 'replace-destination', from: 'slack-incidens', to: 'backlog' },
      { op: 'rename', table: 'routes', from: 'p1', to: 'p2' },
      { op: 'set', table: 'routes', set: { id: 'x' } },
    ]
    const got = await call('POST', BULK, { body: { operations } })
    t.equal(got.status, 422)
    t.match(got.json.errors, [
      { path: '/operations/0/from', message: /Did you mean "p1"|Known/ },
      { path: '/operations/1/from', message: /Did you mean "slack-incidents"/ },
      { path: '/operations/2/to', message: /taken/ },
      { path: '/operations/3/set/id', message: /rename/ },
    ])
    const odd = { operations: [{ op: 'set', table: 'routes', set: { policy: 'nobody' } }] }
    const preview = await call('POST', BULK, { body: odd })
    t.match(preview, {
      status: 200,
      json: { valid: false, problems: [{ path: /^\/routes/, message: /unknown policy/ }] },
    })
    t.match(await call('POST', BULK, { body: { ...odd, preview: false }, headers: { 'if-match': '"3"' } }), {
      status: 422,
    })
  })

  await t.test('goes into a draft where one is named', async t => {
    const draft = await call('POST', '/api/v1/rules/drafts', { body: { name: 'Bulk' } })
    const operations = [{ op: 'rename', table: 'policies', from: 'critical', to: 'p0' }]
    const body = { operations, draft: draft.json.id, preview: false }
    t.match(await call('POST', BULK, { body, headers: { 'if-match': '"5"' } }), { status: 412 })
    const got = await call('POST', BULK, { body, headers: { 'if-match': '"1"' } })
    t.match(got, { status: 200, etag: '"2"', json: { revision: null, places: [2] } })
    const diff = await call('GET', `/api/v1/rules/drafts/${draft.json.id}/diff`)
    t.match(diff.json.changes.lines, [
      /^- policy "critical"/,
      /^\+ policy "p0"/,
      /^~ route "p0": policy was "critical"/,
    ])
    t.match(await call('GET', '/api/v1/rules'), { etag: '"3"' })
    const beside = { operations: [{ op: 'rename-channel', from: '#incident-room', to: '#x' }], draft: draft.json.id }
    t.match(await call('POST', BULK, { body: beside }), { status: 422 })
  })
})
