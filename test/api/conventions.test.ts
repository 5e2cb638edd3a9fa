import { randomUUID } from 'node:crypto'
import t from 'tap'
import { z } from 'zod'
import type { Endpoint } from '../../src/api/endpoint.ts'
import { apiEndpoints } from '../../src/api/endpoints.ts'
import { exampleNotification } from '../../src/api/examples.ts'
import { inlineSchema, type JsonSchema } from '../../src/api/openapi-schemas.ts'
import { isTimeName } from '../../src/api/outward.ts'
import { BOT_TOKEN, startApi } from './api-under-test.ts'

const parametersOf = (endpoint: Endpoint) => Object.keys(endpoint.query.shape)
const isList = ({ method, response }: Endpoint) =>
  method === 'GET' && response instanceof z.ZodObject && 'items' in response.shape && 'next' in response.shape
const named = ({ id, method, path }: Endpoint) => `${id} (${method} ${path})`

/** Every object schema in a JSON schema. */
function* objectsIn(schema: unknown): Generator<JsonSchema> {
  if (Array.isArray(schema)) for (const inner of schema) yield* objectsIn(inner)
  else if (typeof schema === 'object' && schema !== null) {
    if ('properties' in schema) yield schema as JsonSchema
    for (const inner of Object.values(schema)) yield* objectsIn(inner)
  }
}

t.test('every list pages, filters and sorts by a closed list that names its default', async t => {
  const lists = apiEndpoints.filter(isList)
  t.ok(lists.length > 12, 'the lists were found')
  for (const list of lists) {
    const parameters = parametersOf(list)
    for (const one of ['limit', 'cursor', 'sort']) t.ok(parameters.includes(one), `${named(list)} takes ${one}`)
    const filters = parameters.filter(one => !['limit', 'cursor', 'sort'].includes(one))
    t.ok(filters.length > 0, `${named(list)} filters`)
    const sort = list.query.shape.sort
    const { enum: sorts, description } = inlineSchema(sort ?? z.never())
    t.ok(Array.isArray(sorts) && String(description).includes(`\`${sorts[0]}\``), `${named(list)} says how it sorts`)
    t.ok(list.errors.includes('INVALID_CURSOR'), `${named(list)} says that a cursor may be refused`)
  }
})

t.test('whatever answers a list is one: nobody answers a bare array, or items without pages', async t => {
  for (const endpoint of apiEndpoints) {
    t.notOk(endpoint.response instanceof z.ZodArray, named(endpoint))
    if (/^list[A-Z]/.test(endpoint.id)) t.ok(isList(endpoint), `${named(endpoint)} answers pages`)
  }
})

t.test('an unknown parameter is refused everywhere', async t => {
  for (const { query, params, ...rest } of apiEndpoints) {
    for (const schema of [query, params]) {
      t.equal(inlineSchema(schema).additionalProperties, false, `${rest.id} knows its parameters`)
    }
  }
})

t.test('every write may be repeated safely, and answered without a body', async t => {
  for (const endpoint of apiEndpoints.filter(({ audited }) => audited)) {
    t.ok(endpoint.idempotent, `${named(endpoint)} takes Idempotency-Key`)
    const toldOnce = ['createApiKey', 'rotateApiKey'].includes(endpoint.id)
    t.equal(endpoint.minimal, endpoint.status !== 204 && !toldOnce, `${named(endpoint)} takes Prefer`)
  }
  const writes = apiEndpoints.filter(({ method, role }) => method !== 'GET' && role !== 'viewer')
  for (const endpoint of writes) t.ok(endpoint.audited, `${named(endpoint)} stands in the audit trail`)
})

t.test('what can be replaced can be patched, and both say what they change', async t => {
  // A shadow is begun, not edited: another one takes its place, and what it found goes with it.
  const begun = ['putShadow']
  for (const put of apiEndpoints.filter(({ method, id }) => method === 'PUT' && !begun.includes(id))) {
    t.ok(
      apiEndpoints.some(({ method, path }) => method === 'PATCH' && path === put.path),
      `${put.path} takes PATCH`,
    )
  }
  for (const edit of apiEndpoints.filter(
    ({ method, id }) => ['PUT', 'PATCH'].includes(method) && !begun.includes(id),
  )) {
    t.equal(edit.ifMatch, 'required', `${named(edit)} takes If-Match`)
    t.ok(edit.etag, `${named(edit)} answers an ETag`)
  }
})

t.test('times are sent as RFC 3339', async t => {
  for (const endpoint of apiEndpoints) {
    const schemas = [endpoint.query, endpoint.documents ?? endpoint.body].map(one =>
      z.toJSONSchema(one, { io: 'input', unrepresentable: 'any' }),
    )
    for (const { properties } of objectsIn(schemas)) {
      for (const [name, schema] of Object.entries(properties as object)) {
        const text = JSON.stringify(schema)
        // `until` is also when a rule ends to hold, or what an archived issue waits for: conditions, no times.
        if (!isTimeName(name) || !/"type":"(string|number|integer)"/.test(text) || name === 'until') continue
        t.ok(text.includes('"date-time"'), `${named(endpoint)}: ${name}`)
      }
    }
  }
})

t.test('a PATCH is a JSON Merge Patch by either name, and by no other', async t => {
  const { call } = await startApi(t)
  const made = await call('POST', '/api/v1/destinations', {
    body: {
      id: 'slack-x',
      name: 'X',
      kind: 'slack',
      channel: '#x',
      teamLead: 'U024BE7LH',
      secret: { botToken: BOT_TOKEN },
    },
  })
  const patch = (type: string, text: string, etag: string) =>
    call('PATCH', '/api/v1/destinations/slack-x', { text, headers: { 'content-type': type, 'if-match': etag } })
  const renamed = await patch('application/merge-patch+json', '{"name":"Y","teamLead":null}', made.etag)
  t.match(renamed, { status: 200, json: { name: 'Y', teamLead: null, channel: '#x', secrets: ['botToken'] } })
  const moved = await patch('application/json', '{"channel":"#y"}', renamed.etag)
  t.match(moved, { status: 200, json: { name: 'Y', channel: '#y' } })
  t.match(await patch('application/json', '{"channel":"#z"}', renamed.etag), { status: 412 })
  t.match(await patch('application/json-patch+json', '[]', moved.etag), { status: 415 })
  t.match(await patch('application/json', '["no object"]', moved.etag), { status: 422 })
  t.match(await patch('application/json', '{"id":"another"}', moved.etag), {
    status: 422,
    json: { errors: [{ path: '/id' }] },
  })
  const post = { text: '{}', headers: { 'content-type': 'application/merge-patch+json' } }
  t.match(await call('POST', '/api/v1/destinations', post), { status: 415 }, 'only PATCH is a patch')
})

t.test('a patch of a source keeps the secrets it does not name, and a null in them takes one away', async t => {
  const { call, operations } = await startApi(t)
  const secret = { clientSecrets: ['one-client-secret-of-a-source'], apiToken: 'a-token' }
  const made = await call('POST', '/api/v1/sources', { body: { id: 'mobile', name: 'Mobile', secret } })
  t.match(made, { status: 201 })
  const patch = (body: object, etag: string) =>
    call('PATCH', '/api/v1/sources/mobile', { body, headers: { 'if-match': etag } })
  const renamed = await patch({ name: 'Apps' }, made.etag)
  t.match(renamed.json, { name: 'Apps', secrets: ['apiToken', 'clientSecrets'] })
  await patch({ secret: { apiToken: null } }, renamed.etag)
  t.same((await operations.sources.get('mobile'))?.value.secrets, ['clientSecrets'])
})

t.test('a patch of the rules makes the next revision of the whole', async t => {
  const { call } = await startApi(t)
  const before = await call('GET', '/api/v1/rules')
  const patch = { body: { settings: { pollEvery: 'PT3M' } }, headers: { 'if-match': before.etag } }
  const got = await call('PATCH', '/api/v1/rules', patch)
  const { document } = before.json
  t.match(got, { status: 200, etag: '"2"' })
  t.same(got.json.document, { ...document, settings: { ...document.settings, pollEvery: 'PT3M' } })
  t.match(await call('PATCH', '/api/v1/rules', patch), { status: 412 })
})

t.test('an Idempotency-Key holds for every kind of write', async t => {
  const { call } = await startApi(t)
  const body = { name: 'Renamed' }
  const route = await call('GET', '/api/v1/routes/p0')
  const headers = () => ({ 'if-match': route.etag, 'idempotency-key': randomUUID() })
  for (const method of ['PATCH', 'PUT', 'DELETE'] as const) {
    const now = await call('GET', '/api/v1/routes/p0')
    const sent = {
      headers: { ...headers(), 'if-match': now.etag },
      ...(method === 'DELETE' ? {} : { body: method === 'PUT' ? { ...now.json, name: 'Put' } : body }),
    }
    const first = await call(method, '/api/v1/routes/p0', sent)
    const second = await call(method, '/api/v1/routes/p0', sent)
    t.ok(first.status < 300, method)
    t.match(second, { status: first.status, text: first.text, etag: first.etag })
    t.equal(second.headers['idempotency-replayed'], 'true', `a repeated ${method} does nothing, and says so`)
  }
})

t.test('with Prefer: return=minimal a write is answered without a body', async t => {
  const { call } = await startApi(t)
  const policies = await call('GET', '/api/v1/policies?search=p0')
  const prefer = { prefer: 'respond-async, return="minimal"; x=y' }
  const made = await call('POST', '/api/v1/routes', {
    body: {
      id: 'mine',
      name: 'Mine',
      when: { field: 'project', op: '=', value: 'x' },
      policy: policies.json.items[0].id,
    },
    headers: prefer,
  })
  t.match(made, { status: 201, text: '', etag: '"2"' })
  t.match(made.headers, { location: '/api/v1/routes/mine', 'preference-applied': 'return=minimal' })
  const patched = await call('PATCH', '/api/v1/routes/mine', {
    body: { name: 'Ours' },
    headers: { ...prefer, 'if-match': made.etag },
  })
  t.match(patched, { status: 204, text: '', etag: '"3"' })
  t.match(await call('GET', '/api/v1/routes/mine', { headers: prefer }), { status: 200, json: { name: 'Ours' } })
  const key = await call('POST', '/api/v1/api-keys', { body: { name: 'bot', role: 'viewer' }, headers: prefer })
  t.match(key, { status: 201, json: { key: /^tocsin_/ } }, 'but never at the price of what is told only once')
  const whole = await call('DELETE', '/api/v1/routes/mine', { headers: { prefer: 'return=representation' } })
  t.equal(whole.headers['preference-applied'], undefined)
})

t.test('HEAD and OPTIONS tell what there is', async t => {
  const { call } = await startApi(t)
  t.match(await call('OPTIONS', '/api/v1/routes/p0'), {
    status: 204,
    text: '',
    headers: {
      allow: 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS',
      'accept-patch': 'application/merge-patch+json, application/json',
    },
  })
  t.match(await call('OPTIONS', '/api/v1/nothing'), { status: 404 })
  t.match(await call('HEAD', `/api/v1/notifications/${exampleNotification.id}`), { status: 200, text: '' })
  t.match(await call('HEAD', '/api/v1/rules?colour=red'), { status: 422 })
})

t.test('lists sort and filter as they say', async t => {
  const { call } = await startApi(t)
  const ids = async (url: string) => (await call('GET', url)).json.items.map(({ id }: { id: string }) => id)
  const all = await ids('/api/v1/destinations')
  t.same(all, all.toSorted())
  t.same(await ids('/api/v1/destinations?sort=-id'), all.toReversed())
  t.same(await ids('/api/v1/destinations?search=SLACK'), ['slack-alerts-production', 'slack-incidents'])
  t.same(await ids('/api/v1/destinations?kind=backlog'), ['backlog'])
  const routes = await ids('/api/v1/routes')
  t.same(await ids('/api/v1/routes?sort=-order'), routes.toReversed())
  t.match(await call('GET', '/api/v1/routes?sort=policy'), { status: 422, json: { errors: [{ path: 'sort' }] } })
  const paged: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await call('GET', `/api/v1/routes?sort=-name&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)
    paged.push(...page.json.items.map(({ name }: { name: string }) => name))
    cursor = page.json.next
  }
  t.same(paged, paged.toSorted().toReversed(), 'page by page too')
  t.equal(paged.length, routes.length)
  const [newest, oldest] = [
    await call('GET', '/api/v1/rules/revisions'),
    await call('GET', '/api/v1/rules/revisions?sort=number'),
  ]
  t.same(newest.json.items.toReversed(), oldest.json.items)
})

t.test('a body that nobody can mean is refused before anything looks through it', async t => {
  const { call, failures } = await startApi(t)
  const deep = `{"name":"x","document":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  for (const text of [deep, '{"name":"\\ud800"}', '{"\\udfff":1}']) {
    const got = await call('POST', '/api/v1/rules/drafts', { text, headers: { 'content-type': 'application/json' } })
    t.match(got, { status: 400, json: { code: 'INVALID_JSON' } }, text.slice(0, 40))
  }
  const whole = { body: { name: 'a whole pair: \u{1f514}' } }
  t.match(await call('POST', '/api/v1/rules/drafts', whole), { status: 201, json: whole.body })
  t.same(failures, [])
})
