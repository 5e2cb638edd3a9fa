import { fastify } from 'fastify'
import t from 'tap'
import { TocsinError } from '../../src/errors.ts'
import { signPagerdutyBody, verifyPagerdutySignature } from '../../src/pagerduty/signature.ts'
import { pagerdutyDoor } from '../../src/pagerduty/webhook-door.ts'
import type { Delivery } from '../../src/signals/delivery.ts'

const [OLD, SECRET] = ['an-older-webhook-secret', 'lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK']
const accepted: Omit<Delivery, 'id' | 'attempt'>[] = []
const refused: string[] = []
let failing: Error | null = null
const server = fastify()
await server.register(pagerdutyDoor, {
  secrets: [OLD, SECRET],
  async accept(delivery) {
    if (failing !== null) throw failing
    accepted.push(delivery)
    return 'd-1'
  },
  clock: { now: () => 1_000 },
  log: { error() {}, debug() {} },
  onRefused: reason => void refused.push(reason),
  refusalLimit: 20,
})
t.teardown(() => server.close())
t.beforeEach(() => {
  accepted.length = 0
  refused.length = 0
  failing = null
})

const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
  server.inject({ method: 'POST', url: '/webhooks/pagerduty', body, headers })
const body = '{"event":{"id":"01","title":"Zahlung für €5"}}'
const signed = (secrets = [SECRET]) => ({ 'x-pagerduty-signature': signPagerdutyBody(body, secrets) })

t.test('any v1 signature under any secret opens; the raw body is what is stored', async t => {
  const good = [
    signed(),
    signed([OLD]),
    signed(['somebody-elses-secret', SECRET]),
    { 'x-pagerduty-signature': `v2=abc, ${signed()['x-pagerduty-signature']}` },
    { ...signed(), 'content-type': 'nonsense' },
  ]
  for (const headers of good) {
    const answer = await post(body, { ...headers, 'x-webhook-id': 'wh-7' })
    t.equal(answer.statusCode, 202)
    t.same(answer.json(), { delivery: 'd-1' })
  }
  t.match(accepted[0], { source: 'pagerduty', via: 'pagerduty', webhookId: 'wh-7', body, receivedAt: 1_000 })
})

t.test('whatever else is 401, and nothing is stored', async t => {
  const bad: Record<string, string>[] = [
    {},
    { 'x-pagerduty-signature': '' },
    { 'x-pagerduty-signature': 'v1=' },
    { 'x-pagerduty-signature': signed()['x-pagerduty-signature'].replace('v1=', 'v2=') },
    signed(['somebody-elses-secret']),
    signed(['']),
  ]
  for (const headers of bad) t.equal((await post(body, headers)).statusCode, 401)
  t.equal((await post(body.replace('5', '6'), signed())).statusCode, 401)
  t.same(accepted, [])
  t.match(refused, ['signature-missing', 'signature-invalid'])
})

t.test('what cannot be stored is 503, so that PagerDuty sends it again', async t => {
  for (const error of [new Error('gone'), new TocsinError('SHUTTING_DOWN', 'stopping')]) {
    failing = error
    const answer = await post(body, signed())
    t.equal(answer.statusCode, 503)
    t.notMatch(answer.body, /gone/)
  }
})

t.test('too large is 413; a flood of forgeries is 429, and what verifies is still taken', async t => {
  t.equal((await post('x'.repeat((1 << 20) + 1))).statusCode, 413)
  for (let n = 0; n < 25; n++) await post(body)
  t.equal((await post(body)).statusCode, 429)
  t.equal((await post(body, signed())).statusCode, 202)
})

t.test("PagerDuty's published example verifies", async t => {
  const raw = Buffer.from(
    '{"event":{"id":"01BWDWL3NYY7LUFPZCC28QUCMK","event_type":"incident.priority_updated","resource_type":"incident","occurred_at":"2021-04-26T17:36:27.458Z","agent":{"html_url":"https://acme.pagerduty.com/users/PLH1HKV","id":"PLH1HKV","self":"https://api.pagerduty.com/users/PLH1HKV","summary":"Tenex Engineer","type":"user_reference"},"client":null,"data":{"id":"PGR0VU2","type":"incident","self":"https://api.pagerduty.com/incidents/PGR0VU2","html_url":"https://acme.pagerduty.com/incidents/PGR0VU2","number":2,"status":"triggered","title":"A little bump in the road","service":{"html_url":"https://acme.pagerduty.com/services/PF9KMXH","id":"PF9KMXH","self":"https://api.pagerduty.com/services/PF9KMXH","summary":"API Service","type":"service_reference"},"assignees":[{"html_url":"https://acme.pagerduty.com/users/PTUXL6G","id":"PTUXL6G","self":"https://api.pagerduty.com/users/PTUXL6G","summary":"User 123","type":"user_reference"}],"escalation_policy":{"html_url":"https://acme.pagerduty.com/escalation_policies/PUS0KTE","id":"PUS0KTE","self":"https://api.pagerduty.com/escalation_policies/PUS0KTE","summary":"Default","type":"escalation_policy_reference"},"teams":[{"html_url":"https://acme.pagerduty.com/teams/PFCVPS0","id":"PFCVPS0","self":"https://api.pagerduty.com/teams/PFCVPS0","summary":"Engineering","type":"team_reference"}],"priority":{"html_url":"https://acme.pagerduty.com/account/incident_priorities","id":"PSO75BM","self":"https://api.pagerduty.com/priorities/PSO75BM","summary":"P1","type":"priority_reference"},"urgency":"high","conference_bridge":{"conference_number":1000,"conference_url":"https://example.com"},"resolve_reason":null}}}',
  )
  const valid = 'v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd'
  const invalid = 'v1=7020c8a7ec668a9b7012bc3dd82e483394b038f4230acc6785efbf2a7d8bcaf5'
  t.ok(verifyPagerdutySignature(raw, valid, [SECRET]))
  t.ok(verifyPagerdutySignature(raw, [invalid, ` ${valid}`], [SECRET]))
  t.notOk(verifyPagerdutySignature(raw, invalid, [SECRET]))
})
