import t from 'tap'
import { mayDo, ROLES, type Role } from '../../src/access/caller.ts'
import { apiEndpoints } from '../../src/api/endpoints.ts'
import { type ApiUnderTest, type Method, startApi } from './api-under-test.ts'

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
