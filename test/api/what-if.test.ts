import t from 'tap'
import { startApi } from './api-under-test.ts'

t.test('what would happen is asked with one thing, and answered in lines or as one document', async t => {
  const api = await startApi(t)
  const simulate = (body: unknown) => api.call('POST', '/api/v1/rules/simulate', { body })
  t.equal((await simulate({ facts: {} })).status, 200)
  t.match((await simulate({})).json.errors[0].message, /exactly one of payload, signal and facts/)
  t.equal((await simulate({ facts: {}, signal: 'd-1' })).status, 422)
  t.equal((await simulate({ facts: {}, at: 'tomorrow' })).status, 422)
  t.equal((await simulate({ facts: {}, against: { revision: 99 } })).status, 404)

  const replay = (body: unknown, accept?: string) =>
    api.call('POST', '/api/v1/rules/replay', { body, ...(accept === undefined ? {} : { headers: { accept } }) })
  const one = await replay({ against: 'current' }, 'application/json')
  t.equal(one.json.type, 'summary')
  const both = await replay({ against: 'current', days: 2, from: '2026-11-01T00:00:00Z' })
  t.match(both.json.errors[0].message, /not both/)
  t.equal((await replay({})).status, 422)

  t.equal((await api.call('GET', '/api/v1/rules/shadow')).status, 404)
  t.equal((await api.call('DELETE', '/api/v1/rules/shadow')).status, 404)
})

t.test('a key that is bound to projects replays the rules in force, and no others', async t => {
  const api = await startApi(t)
  const bound = { name: 'shop', role: 'viewer', projects: ['web-shop'] }
  const { key } = (await api.call('POST', '/api/v1/api-keys', { body: bound })).json
  const headers = { authorization: `Bearer ${key}`, accept: 'application/json' }
  const replay = (against: unknown) => api.call('POST', '/api/v1/rules/replay', { body: { against }, headers })
  for (const against of [{ draft: 'd-1' }, { revision: 1 }, { document: {} }])
    t.match(await replay(against), { status: 403, json: { code: 'FORBIDDEN', detail: /bound to projects/ } })
  t.equal((await replay('current')).status, 200)
})
