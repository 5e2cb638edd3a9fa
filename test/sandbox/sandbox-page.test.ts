import type { AddressInfo } from 'node:net'
import { Script } from 'node:vm'
import { fastify } from 'fastify'
import t, { type Test } from 'tap'
import type { Incident } from '../../src/incidents/incident.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type PagerdutyStandIn, startPagerdutyStandIn } from '../../src/sandbox/pagerduty-stand-in.ts'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { type SandboxPageOptions, sandboxPage } from '../../src/sandbox/sandbox-page.ts'
import type { SandboxOperations } from '../../src/sandbox/sandbox-state.ts'
import { type SlackStandIn, startSlackStandIn } from '../../src/sandbox/slack-stand-in.ts'
import { webhookDoor } from '../../src/sentry/webhook-door.ts'
import type { DeliveryRecord } from '../../src/signals/delivery.ts'
import { sampleIncident } from '../contracts/sample-message.ts'

/** What a test is given: only its teardown is used here. */
type Tap = Pick<Test, 'teardown'>
const CLIENT_SECRET = 'a client secret of this test'
const ADMIN_KEY = 'the-admin-key-of-this-test'
const EVIL = '<img src=x onerror=alert(1)>"\'&'
const AT = Date.UTC(2026, 10, 5, 14, 3, 10)

const nothing: SandboxOperations = {
  incidents: { list: async () => ({ items: [] }), timeline: async () => null },
  backlog: { list: async () => ({ items: [] }) },
  quarantine: { list: async () => ({ items: [] }) },
  deliveries: { get: async () => null },
}

/** The page on a real port beside the real webhook door, with real stand-ins. */
async function startPage(t: Tap, change: Partial<SandboxPageOptions> = {}) {
  const [pagerduty, slack] = await Promise.all([startPagerdutyStandIn(), startSlackStandIn()])
  const arrived: { resource: string; body: string }[] = []
  const server = fastify()
  await server.register(webhookDoor, {
    sources: id => (id === 'default' ? { clientSecrets: [CLIENT_SECRET] } : null),
    accept: async ({ resource, body }) => {
      arrived.push({ resource, body })
      return `delivery-${arrived.length}`
    },
    clock: systemClock,
    log: { debug() {}, error() {} },
  })
  let url = ''
  await server.register(sandboxPage, {
    pagerduty,
    slack,
    clientSecret: CLIENT_SECRET,
    ownUrl: () => url,
    samples: SAMPLES,
    adminApiKey: ADMIN_KEY,
    operations: nothing,
    ...change,
  })
  await server.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  t.teardown(() => Promise.all([server.close(), pagerduty.close(), slack.close()]))
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}${path}`, { headers, redirect: 'manual' })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const post = async (path: string, headers: Record<string, string> = {}) => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    return fetch(`${url}${path}`, { method: 'POST', headers: { ...type, ...headers }, redirect: 'manual' })
  }
  return { url, get, post, pagerduty, slack, arrived }
}

async function page(to: PagerdutyStandIn, summary: string, extra: object = {}): Promise<void> {
  const payload = { summary, source: 'web-shop', severity: 'critical', custom_details: { why: EVIL, list: [EVIL] } }
  const event = { routing_key: 'a'.repeat(32), event_action: 'trigger', dedup_key: summary, payload, ...extra }
  await fetch(`${to.url}/v2/enqueue`, { method: 'POST', body: JSON.stringify(event) })
}

async function slackCall(
  to: SlackStandIn,
  method: string,
  form: Record<string, string>,
): Promise<{ ts: string; channel: string }> {
  const headers = { authorization: 'Bearer xoxb-test' }
  const response = await fetch(`${to.url}${method}`, { method: 'POST', headers, body: new URLSearchParams(form) })
  return (await response.json()) as { ts: string; channel: string }
}

t.test('the first address leads to the page', async t => {
  const { get } = await startPage(t)
  const answer = await get('/')
  t.match([answer.status, answer.headers.get('location')], [302, '/sandbox'])
})

t.test('the page loads nothing from elsewhere, runs only its own script, and cannot be framed', async t => {
  const { get } = await startPage(t)
  const [first, second] = [await get('/sandbox'), await get('/sandbox')]
  const policy = first.headers.get('content-security-policy') ?? ''
  const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
  t.match(policy, /default-src 'none'.*frame-ancestors 'none'/)
  t.notMatch(policy, /unsafe|\*|https?:/)
  t.not(second.headers.get('content-security-policy'), policy, 'a nonce is used once')
  const scripts = [...first.text.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)]
  t.same(
    scripts.map(([, attributes]) => attributes),
    [` nonce="${nonce}"`],
  )
  t.doesNotThrow(() => new Script(scripts[0]?.[2] ?? ''), 'the script is one')
  t.notMatch(first.text, /<(link|img|iframe)\b|\bsrc=|\bstyle="|\bon\w+="/)
})

t.test('every sample has a button and its line, and works as a plain form', async t => {
  const { get } = await startPage(t)
  const { text } = await get('/sandbox')
  for (const [name, { about }] of Object.entries(SAMPLES)) {
    t.ok(text.includes(`action="/sandbox/send/${name}"`), name)
    t.ok(text.includes(about.replaceAll('"', '&quot;').replaceAll("'", '&#39;')), `${name}: ${about}`)
  }
  t.equal(text.split('<form').length, text.split('<form method="post"').length)
})

t.test('no secret is in the page or its state', async t => {
  const { get } = await startPage(t)
  for (const path of ['/sandbox', '/sandbox/live', '/sandbox/state']) {
    const { text } = await get(path)
    t.notOk(text.includes(ADMIN_KEY) || text.includes(CLIENT_SECRET), path)
  }
})

t.test('a button signs its sample and posts it to the own door', async t => {
  const { post, get, arrived } = await startPage(t)
  const form = await post('/sandbox/send/data-loss')
  t.match([form.status, form.headers.get('location')], [303, '/sandbox'], 'without script: back to the page')
  t.match(arrived, [{ resource: 'event_alert', body: /OrderNotPersisted/ }])
  const scripted = await post('/sandbox/send/garbage', { accept: 'application/json' })
  t.match(await scripted.json(), { name: 'garbage', status: 202, delivery: 'delivery-2', error: null })
  const { text } = await get('/sandbox')
  t.match(text, /data-loss.*accepted, being handled/s)
})

t.test('what became of a sample that was sent is shown', async t => {
  const record: DeliveryRecord = {
    ...{ id: 'delivery-1', source: 'default', resource: 'event_alert', action: 'triggered', signal: null },
    ...{ receivedAt: AT, handledAt: AT, outcome: 'opened', reason: EVIL, incident: 'inc_1', severity: 'P0' },
  }
  const operations = { ...nothing, deliveries: { get: async (id: string) => (id === record.id ? record : null) } }
  const { post, get } = await startPage(t, { operations })
  await post('/sandbox/send/data-loss')
  const { text } = await get('/sandbox')
  t.match(text, /<strong>opened<\/strong>/)
  t.match(text, 'href="/sandbox/open/inc_1"')
  t.notMatch(text, '<img')
})

t.test('a door that refuses or is away is said, not thrown', async t => {
  const wrong = await startPage(t, { clientSecret: 'another secret' })
  const refused = await wrong.post('/sandbox/send/data-loss', { accept: 'application/json' })
  t.match(await refused.json(), { status: 401, delivery: null, error: /401/ })
  const gone = await startPage(t, { ownUrl: () => 'http://127.0.0.1:9' })
  const away = await gone.post('/sandbox/send/data-loss', { accept: 'application/json' })
  t.match(await away.json(), { status: null, error: /could not be reached/ })
})

t.test('only the page itself may send, and only what there is', async t => {
  const { post, url, arrived } = await startPage(t)
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
  ] as Record<string, string>[]) {
    t.equal((await post('/sandbox/send/data-loss', headers)).status, 403, JSON.stringify(headers))
  }
  for (const name of ['nothing-of-that-name', 'toString', '__proto__']) {
    t.equal((await post(`/sandbox/send/${name}`)).status, 404, name)
  }
  t.same(arrived, [])
  t.equal((await post('/sandbox/send/data-loss', { 'sec-fetch-site': 'same-origin', origin: url })).status, 303)
  t.equal((await post('/sandbox/send/data-loss', { origin: url })).status, 303)
})

t.test('whatever arrives is shown as text', async t => {
  const incident: Incident = sampleIncident({ title: EVIL, project: EVIL })
  incident.verdict = { ...incident.verdict, reason: EVIL, degraded: true, gaps: [EVIL] }
  const entry = { at: AT, what: 'opened' as const, severity: 'P1' as const, reason: EVIL, by: EVIL }
  const operations: SandboxOperations = {
    ...nothing,
    incidents: {
      list: async () => ({ items: [incident] }),
      timeline: async () => ({ items: [{ ...entry, signal: null, notification: null }] }),
    },
    backlog: {
      list: async () => ({
        items: [
          {
            ...{ id: 'b-1', incident: incident.id, generation: 1, title: EVIL, project: EVIL, severity: 'P3' },
            ...{ reason: EVIL, link: 'javascript:alert(1)', owner: { type: 'team', id: '1', name: EVIL } },
            ...{ status: 'open', closedBecause: null, createdAt: AT, updatedAt: AT },
          },
        ],
      }),
    },
    quarantine: {
      list: async () => ({
        items: [
          {
            ...{ id: 'd-1', source: 'default', resource: EVIL, receivedAt: AT, reason: EVIL },
            ...{ problems: [{ path: EVIL, message: EVIL }], body: EVIL, encoding: 'utf8' },
          },
        ],
      }),
    },
  }
  const { get, pagerduty, slack } = await startPage(t, { operations })
  await page(pagerduty, EVIL, { links: [{ href: 'javascript:alert(1)', text: EVIL }] })
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: EVIL } },
    {
      type: 'section',
      text: { type: 'mrkdwn', text: '&lt;script&gt; <javascript:alert|x> <https://a.example/"onclick=|y>' },
    },
  ]
  await slackCall(slack, 'chat.postMessage', { channel: '#incidents', text: 'x', blocks: JSON.stringify(blocks) })
  const { text } = await get('/sandbox')
  t.ok(text.includes('&lt;img src=x onerror=alert(1)&gt;'))
  t.notMatch(text, /<img|href="javascript|"onclick/)
  t.equal(text.split('<script').length, 2, 'only its own script')
})

t.test('Slack is shown by channel with what each message said before; PagerDuty with its log', async t => {
  const { get, pagerduty, slack, url } = await startPage(t)
  await page(pagerduty, 'crash-free 91 %', { client_url: `${url}/incidents/inc_0123456789abcdef0123` })
  const resolve = { routing_key: 'a'.repeat(32), event_action: 'resolve', dedup_key: 'crash-free 91 %' }
  await fetch(`${pagerduty.url}/v2/enqueue`, { method: 'POST', body: JSON.stringify(resolve) })
  const blocks = (text: string) => JSON.stringify([{ type: 'section', text: { type: 'mrkdwn', text } }])
  const open = { text: 'open', blocks: blocks('<!subteam^S0TEAMLEAD> *P1* in `a`') }
  const { ts, channel } = await slackCall(slack, 'chat.postMessage', { channel: '#incidents', ...open })
  await slackCall(slack, 'chat.update', { channel, ts, text: 'done', blocks: blocks('~P1~ resolved') })
  const { text } = await get('/sandbox')
  t.match(text, /badge resolved.*crash-free 91 %.*<strong>trigger<\/strong>.*<strong>resolve<\/strong>/s)
  t.match(text, 'href="/sandbox/open/inc_0123456789abcdef0123"', 'own incidents open by way of this page')
  t.match(text, /#incidents .*<s>P1<\/s> resolved.*edited once.*@team-lead<\/span> <strong>P1<\/strong> in <code>a</s)
  t.match(text, /#alerts-production .*Nothing posted yet/s)
})

t.test('what a stand-in refuses is shown', async t => {
  const { get, pagerduty, slack } = await startPage(t)
  await fetch(`${pagerduty.url}/v2/enqueue`, { method: 'POST', body: '{"event_action":"trigger"}' })
  await slackCall(slack, 'chat.postMessage', { channel: '', text: 'x' })
  const { text } = await get('/sandbox')
  t.match(text, /refused with 400: .*routing_key/)
  t.match(text, /refused chat.postMessage: channel_not_found/)
})

t.test('where a real provider is configured, the page says so', async t => {
  const { get } = await startPage(t, { pagerduty: null, slack: null })
  const { text } = await get('/sandbox')
  t.match(text, 'A real PagerDuty is configured')
  t.match(text, 'A real Slack is configured')
  t.match(JSON.parse((await get('/sandbox/state')).text), { pagerduty: null, slack: null })
})

t.test('the state stays the same until something arrives', async t => {
  const { get, pagerduty } = await startPage(t)
  const state = async () => JSON.parse((await get('/sandbox/state')).text)
  const before = await state()
  t.equal((await state()).version, before.version)
  await page(pagerduty, 'first')
  const after = await state()
  t.not(after.version, before.version)
  t.match(after.pagerduty.alerts, [{ status: 'triggered', severity: 'critical', summary: 'first', dedupKey: 'first' }])
  t.match(after.summary, /PagerDuty: 1 open of 1/)
  for (const path of ['/sandbox', '/sandbox/live']) t.match((await get(path)).text, `data-version="${after.version}"`)
  t.notMatch((await get('/sandbox/live')).text, /<(style|script|html)/, 'only the part that changes')
})

t.test('the way to an incident brings the key only to a browser on this machine that came from here', async t => {
  const { get } = await startPage(t)
  const path = '/sandbox/open/inc_1'
  const leads = async (headers: Record<string, string>) => (await get(path, headers)).headers.get('location')
  t.equal(await leads({ 'sec-fetch-site': 'same-origin' }), `/incidents/inc_1#key=${ADMIN_KEY}`)
  t.equal(await leads({ 'sec-fetch-site': 'cross-site' }), '/incidents/inc_1')
  t.equal(await leads({ origin: 'https://evil.example' }), '/incidents/inc_1')
  const borrowed = await borrowedName(t)
  t.equal(borrowed, '/incidents/inc_1', "under someone else's name: no key")
  t.equal((await get('/sandbox/open/..%2f..%2fx')).headers.get('location')?.split('#')[0], '/incidents/..%2F..%2Fx')
})

/** fetch sets Host itself: injected instead. */
async function borrowedName(t: Tap): Promise<string | undefined> {
  const server = fastify()
  const common = { pagerduty: null, slack: null, clientSecret: CLIENT_SECRET, samples: {}, adminApiKey: ADMIN_KEY }
  await server.register(sandboxPage, { ...common, ownUrl: () => 'http://127.0.0.1:1', operations: nothing })
  t.teardown(() => server.close())
  const headers = { host: 'rebound.example:8080' }
  const answer = await server.inject({ url: '/sandbox/open/inc_1', headers })
  return String(answer.headers.location)
}

t.test('a button in the stand-in for Slack is pressed from the page, and only from there', async t => {
  const { slack, url } = await startPage(t, { slackSigningSecret: 'a signing secret' })
  const elements = [
    { type: 'button', action_id: 'tocsin:acknowledge', text: { type: 'plain_text', text: 'Acknowledge' } },
    { type: 'button', action_id: 'tocsin:resolve', text: { type: 'plain_text', text: 'Resolve…' } },
  ]
  const blocks = JSON.stringify([{ type: 'actions', block_id: 'tocsin|inc_1|slack|1', elements }])
  const say = (form: Record<string, string>) =>
    fetch(`${slack.url}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-1' },
      body: new URLSearchParams({ channel: '#incidents', ...form }),
    })
  await say({ text: 'post', blocks })
  const post = slack.posts[0]
  await say({ text: 'noted by *anna*', thread_ts: post?.ts ?? '' })
  const page = await (await fetch(`${url}/sandbox`)).text()
  const path = `/sandbox/press/${post?.channel}/${post?.ts}/tocsin%3Aacknowledge`
  t.ok(page.includes(`action="${path}"`))
  t.match(page, /press[^"]*resolve"\s*><button/, 'what asks first leads to a page of its own')
  t.match(page, /noted by <strong>anna/)

  const press = async (address: string, headers: Record<string, string>) => {
    const answer = await fetch(`${url}${address}`, { method: 'POST', headers, redirect: 'manual' })
    return { status: answer.status, text: await answer.text() }
  }
  const json = { accept: 'application/json' }
  t.match(await press(path, json), { status: 200, text: /answered 404/ }, 'there is no door for Slack in this test')
  t.equal((await press(path, {})).status, 303)
  t.equal((await press(path, { 'sec-fetch-site': 'cross-site' })).status, 403)
  t.equal((await press(`/sandbox/press/${post?.channel}/1.1/tocsin%3Aacknowledge`, json)).status, 404)
})

t.test('a page in the stand-in for PagerDuty is answered from the page, and only from there', async t => {
  const { pagerduty, post, get } = await startPage(t)
  await page(pagerduty, 'crash-free 91 %')
  const [alert] = pagerduty.alerts
  const path = `/sandbox/pagerduty/${alert?.id}`
  t.ok((await get('/sandbox')).text.includes(`action="${path}/acknowledge"`))
  t.equal((await post(`${path}/acknowledge`, { 'sec-fetch-site': 'cross-site' })).status, 403)
  for (const wrong of [`${path}/merge`, `${path}/constructor`, '/sandbox/pagerduty/PD99/resolve'])
    t.equal((await post(wrong)).status, 404, wrong)
  t.equal(alert?.status, 'triggered')
  t.same(await (await post(`${path}/acknowledge`, { accept: 'application/json' })).json(), { error: null })
  t.equal(alert?.status, 'acknowledged')
  t.equal((await post(`${path}/resolve`)).status, 303)
  t.same(pagerduty.openAlerts(), [])
  t.match((await get('/sandbox')).text, `action="${path}/reopen"`)
  t.equal((await post(`${path}/reopen`)).status, 303)
  t.equal(pagerduty.openAlerts().length, 1)
})
