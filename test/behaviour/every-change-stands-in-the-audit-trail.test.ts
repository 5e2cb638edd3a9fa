import t from 'tap'
import type { AuditEntry } from '../../src/access/audit-entry.ts'
import { verifyChain } from '../../src/access/verify-chain.ts'
import { startInSlack } from '../support/in-slack.ts'
import { until } from '../support/until.ts'
import { SECRETS, type World } from '../support/world.ts'

async function exported(world: World, key: string): Promise<AuditEntry[]> {
  const headers = { authorization: `Bearer ${key}` }
  const response = await fetch(`${world.url()}/api/v1/audit/export`, { headers })
  t.match(response.headers.get('content-type'), /^application\/x-ndjson/)
  const lines = (await response.text()).trimEnd().split('\n')
  return lines.map(line => JSON.parse(line) as AuditEntry)
}

t.test('over REST and in Slack: who, what, before and after; chained, exported, and without secrets', async t => {
  const { world, anna, incident, post } = await startInSlack()
  t.teardown(world.stop)
  const key = (await world.api('POST', '/api-keys', { name: 'deploy bot', role: 'admin' })).body.key
  const as = { authorization: `Bearer ${key}`, 'x-actor': 'Ada Moreau' }
  const ask = (method: string, path: string, body?: unknown, more = {}) =>
    world.api(method, path, body, { ...as, ...more })

  const bot = 'xoxb-another-0123456789'
  const slack = { id: 'slack-x', name: 'X', kind: 'slack', channel: '#x', secret: { botToken: bot } }
  const destination = await ask('POST', '/destinations', slack)
  const etag = { 'if-match': destination.headers.get('etag') ?? '' }
  await ask('PUT', '/destinations/slack-x', { ...slack, name: 'Y' }, etag)
  const [policy] = (await ask('GET', '/policies')).body.items
  const added = await ask('POST', '/policies', { ...policy, id: 'a-new-one' }, { 'x-change-reason': 'new team' })
  t.equal(added.status, 201, JSON.stringify(added.body))
  const rules = { 'if-match': added.headers.get('etag') ?? '' }
  await ask('PUT', '/policies/a-new-one', { ...policy, id: 'a-new-one', name: 'Else' }, { 'if-match': '"1"' })
  await ask('DELETE', '/policies/a-new-one', undefined, rules)
  await anna.press(post(), 'tocsin:acknowledge')
  await until(async () => (await world.incident(incident)).status === 'acknowledged')
  await ask('POST', `/incidents/${incident}/note`, { text: `the token is ${SECRETS.bot}` })
  await ask('POST', `/incidents/${incident}/unsilence`)
  await ask('POST', '/rules/validate', {})
  await until(async () => (await ask('GET', '/audit')).body.items.some((one: AuditEntry) => one.caller.via === 'slack'))

  const entries = await exported(world, key)
  const of = (operation: string) => entries.filter(one => one.operation === operation)
  t.match(of('createApiKey'), [{ before: null, after: { name: 'deploy bot', role: 'admin' }, caller: { id: 'admin' } }])
  t.match(of('createDestination'), [
    { before: null, after: { id: 'slack-x', secretsGiven: ['botToken'] }, actor: 'Ada Moreau' },
  ])
  t.match(of('putDestination'), [{ what: 'destination slack-x', before: { name: 'X' }, after: { name: 'Y' } }])
  t.match(of('createPolicy'), [
    { what: /added a policy "a-new-one"/, before: null, after: { id: 'a-new-one' }, reason: 'new team' },
  ])
  t.same(of('putPolicy'), [], 'what was refused changed nothing')
  t.equal(of('createPolicy')[0]?.request, added.headers.get('x-request-id'), 'the answer named the request')
  t.match(of('deletePolicy'), [
    { before: { id: 'a-new-one' }, after: null, address: '127.0.0.1', request: /^[\w-]{36}$/ },
  ])
  t.match(of('slack: acknowledge'), [
    {
      what: `incident ${incident}: acknowledge`,
      before: { status: 'triggered' },
      after: { status: 'acknowledged' },
      caller: { id: 'U0ANNA', name: 'anna', via: 'slack' },
    },
  ])
  t.match(of('noteOnIncident'), [{ after: { act: { text: 'the token is [hidden]' } } }])
  t.same([of('unsilenceIncident'), of('validateRules')], [[], []], 'what changed nothing is none')

  t.match(await verifyChain(entries), { valid: true, entries: entries.length })
  const verdict = (await ask('GET', '/audit/verify')).body
  t.match(verdict, { valid: true, entries: entries.length, end: { number: entries.length }, broken: null })
  const { number, hash } = verdict.end
  t.match(await ask('GET', `/audit/verify?number=${number}&hash=${hash}`), { body: { valid: true } })
  t.match(await ask('GET', `/audit/verify?number=1&hash=${hash}`), { body: { valid: false, broken: { number: 1 } } })

  t.match((await ask('GET', '/audit?actor=anna')).body.items, [{ operation: 'slack: acknowledge' }])
  t.match((await ask('GET', '/audit?what=DESTINATION&limit=1')).body, { items: [{ operation: 'putDestination' }] })
  const first = (await ask('GET', '/audit?operation=createDestination')).body.items
  t.match(first, [{ actor: 'Ada Moreau', caller: { name: 'deploy bot' } }])
  t.same((await ask('GET', `/audit?until=${encodeURIComponent(entries[0]?.at ?? '')}`)).body.items, [])

  const whole = JSON.stringify(entries)
  for (const secret of [bot, key, SECRETS.admin, SECRETS.bot, SECRETS.routingKey]) t.notOk(whole.includes(secret))
})
