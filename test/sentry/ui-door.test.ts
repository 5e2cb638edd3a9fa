import { readFileSync } from 'node:fs'
import Fastify, { type LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { TocsinError } from '../../src/errors.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { signBody } from '../../src/sentry/signature.ts'
import type { CallingSource } from '../../src/sentry/ui-caller.ts'
import { uiDoor } from '../../src/sentry/ui-door.ts'
import type { Signal } from '../../src/signals/signal.ts'
import { makeIncident } from '../support/make.ts'

const SECRET = 'the-client-secret-of-the-default-source'
const MOBILE = 'the-client-secret-of-the-mobile-source'
const HERE = '0c3f6d2e-5b1a-4f7c-9d38-6a1e2b7c4d90'
const THERE = '7a485448-a9e2-4c85-8a3c-4f44175783c9'
const SOURCES: CallingSource[] = [
  { id: 'default', installation: null, clientSecrets: ['the-secret-before-the-rotation', SECRET] },
  { id: 'mobile', installation: THERE, clientSecrets: [MOBILE] },
]

interface Door {
  checked: Record<string, string>[]
  calls: { signal: Signal; words: string | null }[]
  asked: string[]
  refused: string[]
  logged: string[]
  fail: Error | null
  incidents: Incident[]
  get(path: string, options?: { secret?: string | null; query?: string }): Promise<LightMyRequestResponse>
  post(
    path: string,
    body: unknown,
    options?: { secret?: string | null; tampered?: string },
  ): Promise<LightMyRequestResponse>
}

async function openDoor(t: Test, options: { refusalLimit?: number } = {}): Promise<Door> {
  const fastify = Fastify()
  const headers = (body: string, secret: string | null) => ({
    'content-type': 'application/json',
    ...(secret === null ? {} : { 'sentry-app-signature': signBody(body, secret) }),
  })
  const note = (details: object, message: string) => door.logged.push(`${message} ${JSON.stringify(details)}`)
  const answer = async (signal: Signal, words: string | null) => {
    if (door.fail !== null) throw door.fail
    door.calls.push({ signal, words })
    return words === 'refuse' ? { refused: 'not this one' } : { incident: 'inc_1', project: 'web-shop' }
  }
  const door: Door = {
    checked: [],
    calls: [],
    asked: [],
    refused: [],
    logged: [],
    fail: null,
    incidents: [],
    get: (path, { secret = SECRET, query = '' } = {}) =>
      fastify.inject({ method: 'GET', url: `/webhooks/sentry/${path}${query}`, headers: headers('', secret) }),
    post: (path, payload, { secret = SECRET, tampered } = {}) => {
      const body = typeof payload === 'string' ? payload : JSON.stringify(payload)
      return fastify.inject({
        method: 'POST',
        url: `/webhooks/sentry/${path}`,
        headers: headers(body, secret),
        payload: tampered ?? body,
      })
    },
  }
  await fastify.register(uiDoor, {
    sources: () => SOURCES,
    policies: () => [
      { id: 'p1', name: 'P1: within an hour' },
      { id: 'payments', name: 'Payments on call' },
    ],
    checkChoice(settings) {
      door.checked.push(settings)
      return settings.policy === 'p9' ? 'there is no policy "p9"' : null
    },
    async openIncidents(source) {
      door.asked.push(source)
      return door.incidents
    },
    link: answer,
    create: answer,
    incidentUrl: id => `https://tocsin.example.com/incidents/${id}`,
    clock: systemClock,
    log: { error: note, info: note },
    onRefused: reason => door.refused.push(reason),
    ...options,
  })
  t.teardown(() => fastify.close())
  return door
}

const saved = (policy: string, installationId = HERE) => ({
  fields: [{ name: 'policy', value: policy }],
  installationId,
})
const linked = (fields: object, change: object = {}) => ({
  fields,
  issueId: 7400000001,
  installationId: HERE,
  webUrl: 'https://northwind.sentry.io/issues/7400000001/',
  project: { slug: 'web-shop', id: 301 },
  actor: { type: 'user', id: 4711, name: 'Marta Lindqvist' },
  ...change,
})

t.test('select options come as Sentry reads them, found by what is typed', async t => {
  const door = await openDoor(t)
  const all = await door.get('alert-rule-action/policies')
  t.equal(all.statusCode, 200)
  t.strictSame(all.json(), [
    { label: 'As the escalation table says', value: '(routes)', default: true },
    { label: 'P1: within an hour', value: 'p1' },
    { label: 'Payments on call', value: 'payments' },
  ])
  t.strictSame((await door.get('alert-rule-action/policies', { query: '?query=PAY' })).json(), [
    { label: 'Payments on call', value: 'payments' },
  ])
  door.incidents = [
    makeIncident({ id: 'inc_a', severity: 'P0', project: 'api', title: 'a', openedAt: 5 }),
    makeIncident({ id: 'inc_b', severity: 'P2', project: 'shop', title: 'b', openedAt: 1 }),
    makeIncident({ id: 'inc_c', severity: 'P2', project: 'shop', title: 'c'.repeat(500), openedAt: 9 }),
  ]
  const found = (await door.get('issue-link/incidents', { query: '?projectSlug=shop' })).json()
  t.strictSame(
    found.map((one: { value: string }) => one.value),
    ['inc_c', 'inc_b', 'inc_a'],
    "the issue's project first, then severity, then the newest",
  )
  t.ok(found.every((one: { label: string }) => one.label.length <= 140))
  t.same(door.asked, ['default'], 'only of the calling source')
})

t.test('what is saved is checked, and its message is what Sentry shows', async t => {
  const door = await openDoor(t)
  t.equal((await door.post('alert-rule-action', saved('p1'))).statusCode, 200)
  t.strictSame(door.checked, [{ policy: 'p1' }])
  const refused = await door.post('alert-rule-action', saved('p9'))
  t.equal(refused.statusCode, 400)
  t.match(refused.json(), { message: 'there is no policy "p9"', code: 'BAD_REQUEST' })
  for (const body of ['', '{', '[]', '"x"', '{}', '{"fields":{}}']) {
    const answer = await door.post('alert-rule-action', body)
    t.equal(answer.statusCode, 400, body)
    t.match(answer.json(), { message: /cannot be read/ })
  }
})

t.test('an issue link is told in our words, once and the same for the same bytes', async t => {
  const door = await openDoor(t)
  const answer = await door.post('issue-link/link', linked({ incident: 'inc_9' }))
  t.strictSame(answer.json(), {
    webUrl: 'https://tocsin.example.com/incidents/inc_1',
    project: 'web-shop',
    identifier: 'inc_1',
  })
  await door.post('issue-link/link', linked({ incident: 'inc_9' }))
  await door.post('issue-link/create', linked({ title: 'Boom for bob@example.com', note: ` ${'x'.repeat(900)} ` }))
  const [first, second, third] = door.calls
  t.match(first, {
    words: 'inc_9',
    signal: {
      source: 'default',
      resource: 'issue-link',
      action: 'link',
      subject: { kind: 'issue', issue: '7400000001' },
      actor: { name: 'Marta Lindqvist' },
      facts: { project: 'web-shop', projectId: '301', organization: 'northwind' },
    },
  })
  t.equal(first?.signal.id, second?.signal.id)
  t.not(first?.signal.id, third?.signal.id)
  t.match(third, { signal: { facts: { title: 'Boom for [email]' } } })
  t.equal(third?.words?.length, 500)

  t.match((await door.post('issue-link/link', linked({}))).json(), { status: 400, message: /Choose an incident/ })
  t.match((await door.post('issue-link/create', linked({ note: 'refuse' }))).json(), { message: 'not this one' })
  for (const body of ['', '{}', '[]', linked({}, { issueId: null })]) {
    t.equal((await door.post('issue-link/create', body)).statusCode, 400)
  }
  t.match((await door.post('issue-link/create', linked({}, { project: null, actor: 'x', webUrl: 7 }))).statusCode, 200)
})

t.test('unsigned, tampered and wrongly signed calls are refused before anything is read', async t => {
  const door = await openDoor(t)
  const calls = [
    door.get('alert-rule-action/policies', { secret: null }),
    door.get('issue-link/incidents', { secret: 'another-secret-of-someone-else' }),
    door.post('alert-rule-action', saved('p1'), { secret: null }),
    door.post('alert-rule-action', saved('p1'), { tampered: JSON.stringify(saved('p2')) }),
    door.post('issue-link/link', linked({ incident: 'inc_9' }), { secret: 'another-secret-of-someone-else' }),
    door.post('issue-link/create', '{', { secret: 'another-secret-of-someone-else' }),
  ]
  for (const answer of await Promise.all(calls)) {
    t.equal(answer.statusCode, 401)
    t.match(answer.json(), { code: /^SIGNATURE_/, message: /\w/, detail: /\w/ })
    t.notMatch(answer.body, /the-client-secret/)
  }
  t.same([door.checked, door.calls, door.asked], [[], [], []])
})

t.test('a secret speaks only for its own source, and for the installation that source names', async t => {
  const door = await openDoor(t)
  const source = () => door.asked.at(-1)
  await door.get('issue-link/incidents', { secret: MOBILE, query: `?installationId=${THERE.toUpperCase()}` })
  t.equal(source(), 'mobile')
  await door.get('issue-link/incidents', { query: `?installationId=${HERE}` })
  t.equal(source(), 'default')
  await door.get('issue-link/incidents', { secret: 'the-secret-before-the-rotation' })
  t.equal(source(), 'default', 'while a secret is rotated both hold')
  const wrong = await door.get('issue-link/incidents', { secret: MOBILE, query: `?installationId=${HERE}` })
  t.equal(wrong.statusCode, 401, 'not its installation')
  const other = await door.post('alert-rule-action', saved('p1', THERE))
  t.equal(other.statusCode, 200, 'the installation of another source gives its secret no voice there')
  t.equal((await door.post('alert-rule-action', saved('p1', HERE), { secret: MOBILE })).statusCode, 401)
  await door.post('issue-link/create', linked({}, { installationId: THERE }), { secret: MOBILE })
  t.equal(door.calls.at(-1)?.signal.source, 'mobile')
})

t.test('too large is 413; failures beyond the limit 429, while what verifies still passes', async t => {
  const door = await openDoor(t, { refusalLimit: 2 })
  t.equal((await door.post('alert-rule-action', 'x'.repeat(300 << 10))).statusCode, 413)
  const statuses = []
  for (let n = 0; n < 3; n++) statuses.push((await door.post('alert-rule-action', '{}', { secret: null })).statusCode)
  t.same(statuses, [401, 429, 429])
  t.same(door.refused, ['too-large', 'signature-missing', 'rate-limited', 'rate-limited'])
  t.equal((await door.post('alert-rule-action', saved('p1'))).statusCode, 200)
})

t.test('a failure on our side says so in words, and nothing of itself', async t => {
  const door = await openDoor(t)
  door.fail = new Error('ECONNREFUSED /secret/path')
  const broken = await door.post('issue-link/create', linked({}))
  t.equal(broken.statusCode, 500)
  t.match(broken.json(), { code: 'INTERNAL', message: /try again/ })
  t.notMatch(broken.body, /secret/)
  t.match(door.logged[0], /screens failed/)
  door.fail = new TocsinError('STORE_UNAVAILABLE', 'away')
  t.equal((await door.post('issue-link/create', linked({}))).statusCode, 503)
})

t.test("what Sentry's example app was sent is understood", async t => {
  const door = await openDoor(t)
  const alertAction = {
    installationId: THERE,
    fields: [
      { name: 'title', value: 'Alert Rule Action Item Title' },
      { name: 'userId', value: 1 },
    ],
  }
  t.equal((await door.post('alert-rule-action', alertAction, { secret: MOBILE })).statusCode, 200)
  t.strictSame(door.checked[0], { title: 'Alert Rule Action Item Title', userId: '1' })
  const issueLink = { installationId: THERE, fields: { title: 'Error #1', itemId: null }, issueId: '123' }
  t.equal((await door.post('issue-link/create', issueLink, { secret: MOBILE })).statusCode, 200)
})

interface Field {
  type: string
  name: string
  label: string
  uri?: string
  options?: [string, string][]
  default?: string
}
interface Form {
  uri: string
  required_fields: Field[]
  optional_fields?: Field[]
}

t.test("sentry-integration-schema.json is what Sentry's validator takes, and what our doors answer", async t => {
  const door = await openDoor(t)
  const file = new URL('../../sentry-integration-schema.json', import.meta.url)
  const { elements } = JSON.parse(readFileSync(file, 'utf8'))
  t.same(
    elements.map((element: { type: string }) => element.type),
    ['alert-rule-action', 'issue-link'],
  )
  const [action, link] = elements
  t.equal(action.settings.type, 'alert-rule-settings')
  t.ok(action.settings.description.length <= 140, 'Sentry takes no longer description')
  for (const form of [action.settings, link.link, link.create] as Form[]) {
    t.equal((await door.post(form.uri.replace('/webhooks/sentry/', ''), '{}')).statusCode, 400, form.uri)
    t.ok(form.required_fields.length > 0, 'a fieldset is never empty')
    for (const field of [...form.required_fields, ...(form.optional_fields ?? [])]) {
      t.ok(field.label.length > 0 && field.name.length > 0)
      if (field.type !== 'select') t.ok([undefined, 'issue.title', 'issue.description'].includes(field.default))
      else t.equal([field.uri, field.options].filter(one => one !== undefined).length, 1, 'options, or where to ask')
      for (const option of field.options ?? [])
        t.ok(option.length === 2 && option.every(one => typeof one === 'string'))
      if (field.uri === undefined) continue
      t.equal((await door.get(field.uri.replace('/webhooks/sentry/', ''))).statusCode, 200, field.uri)
    }
  }
})
