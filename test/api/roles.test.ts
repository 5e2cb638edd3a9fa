import t from 'tap'
import { mayDo, ROLES, type Role } from '../../src/access/caller.ts'
import { apiEndpoints } from '../../src/api/endpoints.ts'
import { type ApiUnderTest, BOT_TOKEN, destination, type Method, startApi } from './api-under-test.ts'

async function keyFor(api: ApiUnderTest, role: Role, projects: string[] | null = null): Promise<string> {
  const made = await api.call('POST', '/api/v1/api-keys', { body: { name: `a ${role}`, role, projects } })
  if (made.status !== 201) throw new Error(made.text)
  return made.json.key
}

/** Something that is there for reads, and what is wrong enough for writes to change nothing. */
function addressOf(path: string): string {
  return `/api/v1${path.replace(':number', '1').replace(/:\w+/g, 'no-such-thing')}`
}

const EXPECTED: Record<string, Role> = {
  putRules: 'editor',
  validateRules: 'viewer',
  rollBackRules: 'editor',
  createRoute: 'editor',
  moveRoute: 'editor',
  deletePolicy: 'editor',
  putSeverityRule: 'editor',
  acknowledgeIncident: 'responder',
  resolveIncident: 'responder',
  silenceIncident: 'responder',
  patchBacklogEntry: 'responder',
  retryNotification: 'responder',
  retryNotifications: 'responder',
  testDestination: 'editor',
  createDestination: 'admin',
  putDestination: 'admin',
  deleteDestination: 'admin',
  createSource: 'admin',
  putSource: 'admin',
  deleteSource: 'admin',
  listApiKeys: 'admin',
  createApiKey: 'admin',
  rotateApiKey: 'admin',
  revokeApiKey: 'admin',
  listAudit: 'admin',
  verifyAudit: 'admin',
  exportAudit: 'admin',
  whoAmI: 'viewer',
  listIncidents: 'viewer',
}

t.test('each operation takes at least its role, and says which', async t => {
  const api = await startApi(t)
  for (const [id, role] of Object.entries(EXPECTED)) {
    t.equal(apiEndpoints.find(one => one.id === id)?.role, role, `${id} takes a ${role}`)
  }
  for (const role of ROLES) {
    const authorization = `Bearer ${await keyFor(api, role)}`
    for (const { id, method, path, role: needed } of apiEndpoints) {
      const got = await api.call(method as Method, addressOf(path), { headers: { authorization } })
      const forbidden = got.status === 403
      t.equal(forbidden, !mayDo(role, needed), `${role}: ${id} ${got.status}`)
      if (forbidden) t.match(got.json, { code: 'FORBIDDEN', detail: new RegExp(`at least a ${needed}`) })
      t.not(got.status, 401)
    }
  }
})

t.test('a key that is bound to projects may only what is narrowed to them', async t => {
  const api = await startApi(t)
  const authorization = `Bearer ${await keyFor(api, 'admin', ['elsewhere'])}`
  const open = apiEndpoints.filter(({ scoped }) => scoped).map(({ id }) => id)
  const acts = apiEndpoints.filter(({ path }) => /^\/incidents\/:id\/\w/.test(path)).map(({ id }) => id)
  for (const id of ['listIncidents', 'getIncident', ...acts, 'listNotifications', 'getDelivery', 'listBacklog']) {
    t.ok(open.includes(id), `${id} is narrowed`)
  }
  for (const id of ['getRules', 'putRules', 'createRoute', 'listDestinations', 'retryNotifications', 'createApiKey']) {
    t.notOk(open.includes(id), `${id} is about every project`)
  }
  for (const { id, method, path, scoped } of apiEndpoints) {
    const address = addressOf(path).replace('/incidents/no-such-thing', '/incidents/inc_1')
    const got = await api.call(method as Method, address, { headers: { authorization } })
    if (!scoped) t.match(got, { status: 403, json: { detail: /bound to the projects elsewhere/ } }, id)
    else if (id !== 'whoAmI') t.ok([200, 404, 422, 428].includes(got.status), `${id} ${got.status}`)
    if (path.startsWith('/incidents/') && method === 'GET') t.equal(got.status, 404, `${id}: it is not there`)
  }
  t.match(await api.call('GET', '/api/v1/incidents', { headers: { authorization } }), { json: { items: [] } })
})

t.test('who may no longer is not answered what they were answered before', async t => {
  const api = await startApi(t)
  const made = await api.call('POST', '/api/v1/api-keys', { body: { name: 'lead', role: 'admin' } })
  const { id, key } = made.json
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': 'once' }
  const sent = { body: { name: 'another', role: 'admin' }, headers }
  t.match(await api.call('POST', '/api/v1/api-keys', sent), { status: 201 })
  const act = { headers: { ...headers, 'idempotency-key': 'twice' } }
  t.match(await api.call('POST', '/api/v1/incidents/inc_1/acknowledge', act), { status: 200 })
  const lower = (body: object, etag: string) =>
    api.call('PATCH', `/api/v1/api-keys/${id}`, { body, headers: { 'if-match': etag } })
  const { etag } = await lower({ role: 'responder', projects: ['elsewhere'] }, made.etag)
  t.match(await api.call('POST', '/api/v1/api-keys', sent), { status: 403, json: { code: 'FORBIDDEN' } })
  t.match(await api.call('POST', '/api/v1/incidents/inc_1/acknowledge', act), { status: 404 })
  await lower({ role: 'viewer' }, etag)
  t.match(await api.call('POST', '/api/v1/incidents/inc_1/acknowledge', act), { status: 403 })
})

t.test('an editor cannot change destinations by a bulk edit of the rules', async t => {
  const api = await startApi(t)
  const made = destination({ id: 'slack-war-room', kind: 'slack', channel: '#war-room', fallback: 'slack-incidents' })
  await api.call('POST', '/api/v1/destinations', { body: { ...made, secret: { botToken: BOT_TOKEN } } })
  const rename = { op: 'rename-channel', from: '#war-room', to: '#elsewhere' }
  const ask = (authorization: string, operation: object, preview: boolean) =>
    api.call('POST', '/api/v1/rules/bulk-edits', {
      body: { operations: [operation], preview },
      headers: { authorization, ...(preview ? {} : { 'if-match': '"1"' }) },
    })
  const editor = `Bearer ${await keyFor(api, 'editor')}`
  t.match(await ask(editor, rename, true), { status: 200, json: { preview: true } })
  t.match(await ask(editor, rename, false), { status: 403, json: { code: 'FORBIDDEN', detail: /admin/ } })
  t.match(await api.call('GET', '/api/v1/destinations/slack-war-room'), { json: { channel: '#war-room' } })
  t.match(await api.call('GET', '/api/v1/rules'), { etag: '"1"' })
  t.match(await ask(`Bearer ${await keyFor(api, 'admin')}`, rename, false), { status: 200 })
  const replace = { op: 'replace-destination', from: 'slack-incidents', to: 'slack-war-room' }
  t.match(await ask(editor, replace, false), { status: 200, json: { revision: 2 } }, 'the rules are theirs')
  t.match((await api.call('GET', '/api/v1/destinations/slack-war-room')).json, { fallback: 'slack-incidents' })
})
