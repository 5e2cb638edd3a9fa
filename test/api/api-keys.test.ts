import { randomUUID } from 'node:crypto'
import t from 'tap'
import { startApi } from './api-under-test.ts'

const KEYS = '/api/v1/api-keys'
const HOUR = 3_600_000
const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })

t.test('API keys are made, used, changed, rotated and revoked', async t => {
  const { call, clock } = await startApi(t)
  const whoami = async (key: string) => call('GET', '/api/v1/whoami', as(key))
  const make = async (body: object, headers = {}) =>
    call('POST', KEYS, { body: { name: 'deploy bot', role: 'editor', ...body }, headers })

  await t.test('a key is told once, and works', async t => {
    const made = await make({}, { 'x-actor': 'Ada' })
    t.match(made, { status: 201, json: { name: 'deploy bot', role: 'editor', values: 1, createdBy: 'Ada (admin)' } })
    const { id, key } = made.json
    t.match(await whoami(key), { status: 200, json: { id, name: 'deploy bot', role: 'editor', via: 'key' } })
    for (const path of [KEYS, `${KEYS}/${id}`]) t.notOk((await call('GET', path)).text.includes(key))
    t.match(await call('GET', `${KEYS}/${id}`), { json: { lastUsed: { address: '127.0.0.1' } } })
  })

  await t.test('who is not known is told nothing, a typo is told apart', async t => {
    const { key } = (await make({})).json
    const last = key.endsWith('0') ? '1' : '0'
    t.match(await whoami(key.slice(0, -1) + last), { status: 401, json: { detail: /mistyped/ } })
    t.match(await whoami('nonsense'), { status: 401, json: { code: 'API_KEY_INVALID' } })
    t.match(await call('GET', KEYS, { headers: { authorization: '' } }), { json: { code: 'API_KEY_MISSING' } })
  })

  await t.test('rotated with overlap both work until it ends; at once, only the new one', async t => {
    const { id, key: first } = (await make({})).json
    const rotate = (overlap: string) => call('POST', `${KEYS}/${id}/rotate`, { body: { overlap } })
    const rotated = await rotate('PT1H')
    const second = rotated.json.key
    t.match(rotated, { status: 200, json: { values: 2 } })
    t.same([(await whoami(first)).status, (await whoami(second)).status], [200, 200])
    clock.wind(HOUR)
    t.same([(await whoami(first)).status, (await whoami(second)).status], [401, 200])
    t.match(await call('GET', `${KEYS}/${id}`), { json: { values: 1, overlapEndsAt: null } })
    const third = (await rotate('PT0S')).json.key
    t.same([(await whoami(second)).status, (await whoami(third)).status], [401, 200])
    for (const wrong of ['PT-1H', 'P31D', 'soon', '']) t.match(await rotate(wrong), { status: 422 }, wrong)
    for (let n = 0; n < 4; n++) t.match(await rotate('P1D'), { status: 200 })
    t.match(await rotate('P1D'), { status: 409, json: { code: 'CONFLICT', detail: /5 values/ } })
  })

  await t.test('what is changed holds at the next request; two admins do not overwrite each other', async t => {
    const made = await make({})
    const { id, key } = made.json
    const patch = (body: object, etag: string) =>
      call('PATCH', `${KEYS}/${id}`, { body, headers: { 'if-match': etag } })
    const changed = await patch({ role: 'viewer', projects: ['web'] }, made.etag)
    t.match(changed, { status: 200, json: { role: 'viewer', projects: ['web'], name: 'deploy bot' } })
    t.match(await whoami(key), { json: { role: 'viewer', projects: ['web'] } })
    t.match(await patch({ role: 'admin' }, made.etag), { status: 412 })
    t.match(await patch({}, changed.etag), { status: 422 })
    t.match(await call('PATCH', `${KEYS}/${id}`, { body: { role: 'admin' } }), { status: 428 })
  })

  await t.test('an expired key is refused, and says so', async t => {
    const expiresAt = new Date(clock.now() + HOUR).toISOString()
    const { key } = (await make({ expiresAt })).json
    t.match(await whoami(key), { status: 200 })
    clock.wind(HOUR)
    t.match(await whoami(key), { status: 401, json: { detail: /expired at/ } })
    t.match(await make({ expiresAt }), { status: 422, json: { errors: [{ path: '/expiresAt' }] } })
  })

  await t.test('a revoked key is refused at once, and is gone', async t => {
    const { id, key } = (await make({})).json
    t.match(await whoami(key), { status: 200 })
    t.match(await call('DELETE', `${KEYS}/${id}`), { status: 204 })
    t.match(await whoami(key), { status: 401, json: { detail: /revoked/ } })
    t.match(await call('DELETE', `${KEYS}/${id}`), { status: 404 })
    t.match(await call('GET', `${KEYS}/${id}`), { status: 404 })
  })

  await t.test('a repeat with the same Idempotency-Key makes no second key, and tells no key', async t => {
    const again = { 'idempotency-key': randomUUID() }
    const [first, second] = [await make({ name: 'once' }, again), await make({ name: 'once' }, again)]
    t.equal(second.json.id, first.json.id)
    t.equal(second.json.key, null)
    t.match(second.headers, { 'idempotency-replayed': 'true' })
    const all = (await call('GET', `${KEYS}?limit=200`)).json.items
    t.equal(all.filter(({ name }: { name: string }) => name === 'once').length, 1)
  })

  await t.test('what one caller was answered under an Idempotency-Key is none of another', async t => {
    const [one, two] = [(await make({ role: 'admin' })).json.key, (await make({ role: 'admin' })).json.key]
    const send = (key: string) => make({ name: 'each' }, { ...as(key).headers, 'idempotency-key': 'the-same' })
    t.not((await send(one)).json.id, (await send(two)).json.id)
  })

  t.match(await make({ role: 'owner' }), { status: 422, json: { errors: [{ path: '/role' }] } })
  t.match(await make({ projects: [] }), { status: 422, json: { errors: [{ path: '/projects', message: /null/ }] } })
  t.match(await make({ name: 'two\nlines' }), { status: 422 })
})

t.test('each caller has a limit of its own', async t => {
  const { call } = await startApi(t, { max: 5 })
  const { key } = (await call('POST', KEYS, { body: { name: 'busy', role: 'viewer' } })).json
  for (let n = 0; n < 5; n++) t.match(await call('GET', '/api/v1/whoami', as(key)), { status: 200 })
  t.match(await call('GET', '/api/v1/whoami', as(key)), { status: 429 })
  t.match(await call('GET', '/api/v1/whoami'), { status: 200 }, 'another is not disturbed')
})
