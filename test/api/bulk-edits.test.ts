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

t.test('what a bulk edit does beside the rules', async t => {
  const { call } = await startApi(t)
  const make = (id: string, more: object) =>
    call('POST', '/api/v1/destinations', {
      body: { ...destination({ id, kind: 'slack', channel: `#${id}`, ...more }), secret: { botToken: BOT_TOKEN } },
    })
  await make('room-a', {})
  await make('room-b', {})
  await make('room-c', { fallback: 'room-a' })
  const { key } = (await call('POST', '/api/v1/api-keys', { body: { name: 'ed', role: 'editor' } })).json
  const asEditor = { authorization: `Bearer ${key}` }
  const rename = { op: 'rename-channel', from: '#room-a', to: '#elsewhere' }

  await t.test('takes an admin, as every change of a destination does', async t => {
    const preview = await call('POST', BULK, { body: { operations: [rename] }, headers: asEditor })
    t.match(preview.json, {
      valid: false,
      problems: [{ path: '/destinations/room-a/channel', message: /takes an admin/ }],
    })
    const body = { operations: [rename], preview: false }
    const refused = await call('POST', BULK, { body, headers: { 'if-match': '"1"', ...asEditor } })
    t.match(refused, { status: 403, json: { code: 'FORBIDDEN', detail: /room-a.*takes an admin/ } })
    t.match((await call('GET', '/api/v1/destinations/room-a')).json, { channel: '#room-a' })
    const rules = { operations: [{ op: 'set', table: 'routes', where: { id: 'p1' }, set: { name: 'P1s' } }] }
    const done = await call('POST', BULK, {
      body: { ...rules, preview: false },
      headers: { 'if-match': '"1"', ...asEditor },
    })
    t.match(done, { status: 200, json: { revision: 2 } }, "the rules are an editor's")
  })

  await t.test('goes on from what the operations before it made', async t => {
    const operations = [
      { op: 'replace-destination', from: 'room-a', to: 'room-b' },
      { op: 'replace-destination', from: 'room-b', to: 'slack-incidents' },
      rename,
      { op: 'rename-channel', from: '#elsewhere', to: '#further' },
    ]
    const got = await call('POST', BULK, { body: { operations, preview: false }, headers: { 'if-match': '"2"' } })
    t.equal(got.status, 200)
    t.same(got.json.destinations, [
      { id: 'room-a', member: 'channel', before: '#room-a', after: '#further', error: null },
      { id: 'room-c', member: 'fallback', before: 'room-a', after: 'slack-incidents', error: null },
    ])
    t.match((await call('GET', '/api/v1/destinations/room-c')).json, { fallback: 'slack-incidents' })
  })

  await t.test('leaves a fallback that cannot be changed as it is, says so beforehand, and does the rest', async t => {
    await make('room-d', { fallback: 'room-b' })
    const { etag } = await make('room-e', {})
    const patch = { body: { fallback: 'room-d' }, headers: { 'if-match': etag } }
    t.equal((await call('PATCH', '/api/v1/destinations/room-e', patch)).status, 200)
    const circle = [{ op: 'replace-destination', from: 'room-b', to: 'room-e' }]
    const preview = await call('POST', BULK, { body: { operations: circle } })
    t.match(preview.json, { valid: true, destinations: [{ id: 'room-d', error: /leads back/ }] })

    const operations = [{ op: 'replace-destination', from: 'slack-incidents', to: 'room-e' }]
    const headers = { 'if-match': '"2"', ...asEditor }
    const done = await call('POST', BULK, { body: { operations, preview: false }, headers })
    t.match(done, {
      status: 200,
      json: { revision: 3, destinations: [{ id: 'room-c', before: 'slack-incidents', error: /takes an admin/ }] },
    })
    t.notMatch((await call('GET', '/api/v1/policies')).text, /slack-incidents/)
    t.match((await call('GET', '/api/v1/destinations/room-c')).json, { fallback: 'slack-incidents' })
  })
})

t.test('a bulk edit reaches every place where a name stands', async t => {
  const { call } = await startApi(t)
  const quiet = {
    id: 'nights',
    name: 'Nights',
    when: null,
    starts: '2026-01-01T02:00',
    duration: 'PT1H',
    rrule: 'FREQ=DAILY',
    timeZone: 'UTC',
    reason: 'backups',
  }
  const when = (severity: string) => ({ field: 'severity', op: '=', value: severity })
  const causes = { id: 'causes', name: 'Causes', source: when('P0'), target: when('P2'), equal: ['project'] }
  const patch = { settings: { silenceAnnouncedIn: 'slack-incidents' }, maintenance: [quiet], inhibitions: [causes] }
  const start = await call('PATCH', '/api/v1/rules', { body: patch, headers: { 'if-match': '"1"' } })
  t.equal(start.status, 200, start.text.slice(0, 500))
  const operations = [
    { op: 'replace-destination', from: 'slack-incidents', to: 'slack-alerts-production' },
    { op: 'rename', table: 'maintenance', from: 'nights', to: 'every-night' },
    { op: 'rename', table: 'inhibitions', from: 'causes', to: 'p0-hides-p2' },
    { op: 'set', table: 'maintenance', where: { id: 'every-night' }, set: { duration: 'PT2H' } },
    { op: 'set', table: 'inhibitions', asks: { severity: 'P0' }, set: { name: 'P0 hides P2' } },
  ]
  const got = await call('POST', BULK, { body: { operations, preview: false }, headers: { 'if-match': '"2"' } })
  t.match(got, { status: 200, json: { revision: 3, places: [4, 1, 1, 1, 1] } }, got.text.slice(0, 500))
  t.match((await call('GET', '/api/v1/rules')).json.document, {
    settings: { silenceAnnouncedIn: 'slack-alerts-production' },
    maintenance: [{ id: 'every-night', duration: 'PT2H' }],
    inhibitions: [{ id: 'p0-hides-p2', name: 'P0 hides P2' }],
  })

  const typos = [
    { op: 'set', table: 'routes', where: { polcy: 'p1' }, set: { name: 'x' } },
    { op: 'set', table: 'routes', asks: { projekt: 'shop' }, set: { name: 'x' } },
    { op: 'set', table: 'routes', set: { polcy: 'p1' } },
  ]
  t.match((await call('POST', BULK, { body: { operations: typos } })).json.errors, [
    { path: '/operations/0/where/polcy', message: /Did you mean "policy"/ },
    { path: '/operations/1/asks/projekt', message: /Did you mean "project"/ },
    { path: '/operations/2/set/polcy', message: /Did you mean "policy"/ },
  ])
})
