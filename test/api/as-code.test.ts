import t from 'tap'
import { readYaml } from '../../src/platform/read-yaml.ts'
import { type ApiUnderTest, BOT_TOKEN, ROUTING_KEY, startApi } from './api-under-test.ts'

const YAML = { 'content-type': 'application/yaml' }
const OTHER_KEY = 'f'.repeat(32)

async function exported(api: ApiUnderTest) {
  const got = await api.call('GET', '/api/v1/export?format=yaml')
  const read = readYaml(got.text)
  if ('mistakes' in read) throw new Error(JSON.stringify(read.mistakes))
  return { text: got.text, etag: got.etag, document: read.value as ReturnType<typeof JSON.parse> }
}

const send = (api: ApiUnderTest, body: unknown, query = '', headers: Record<string, string> = {}) =>
  api.call('POST', `/api/v1/import${query}`, { body, headers })

async function keyOf(api: ApiUnderTest, role: string): Promise<Record<string, string>> {
  const made = await api.call('POST', '/api/v1/api-keys', { body: { name: `a ${role}`, role, projects: null } })
  return { authorization: `Bearer ${made.json.key}` }
}

t.test('what is exported comes back without changing anything, byte for byte', async t => {
  const api = await startApi(t)
  const before = await exported(api)
  t.match(before.text, /^# Tocsin: rules/, 'it says how to use it')
  t.match(before.text, /secret: kept/, 'that there is a secret')
  const again = await api.call('GET', '/api/v1/export', {
    headers: { accept: 'application/yaml', 'if-none-match': before.etag },
  })
  t.equal(again.status, 304)
  const got = await api.call('POST', '/api/v1/import', {
    text: before.text,
    headers: { ...YAML, 'if-match': before.etag },
  })
  t.match(got.json, { valid: true, changes: false, applied: false, revision: 1 })
  t.equal((await exported(api)).text, before.text)
  t.same((await api.call('GET', '/api/v1/export')).json, before.document, 'and the same as JSON')
})

t.test('one revision, with its author and why; the same file a second time makes none', async t => {
  const api = await startApi(t)
  const { document } = await exported(api)
  document.rules.settings.pollEvery = 'PT2M'
  const dry = await send(api, document, '?dryRun=true')
  t.match(dry.json, { valid: true, changes: true, applied: false, revision: 1 })
  t.match(dry.json.lines, [/setting "pollEvery": was "PT1M", is "PT2M"/])
  const headers = { 'x-change-reason': 'ask less often', 'x-actor': 'Ada' }
  const got = await send(api, document, '', headers)
  t.match(got.json, { applied: true, done: ['rules'], stopped: null, revision: 2 })
  const history = await api.call('GET', '/api/v1/rules/revisions')
  t.match(history.json.items[0], { number: 2, message: 'ask less often', author: /Ada/ })
  t.match((await send(api, document)).json, { applied: false, changes: false, revision: 2 })
})

t.test('problems have their path, their line, and what to do', async t => {
  const api = await startApi(t)
  const { text } = await exported(api)
  const bad = text.replace(/policy: p1\n/, 'policy: p11\n')
  const line = bad.split('\n').findIndex(one => one.includes('policy: p11')) + 1
  const got = await api.call('POST', '/api/v1/import?dryRun=true', { text: bad, headers: YAML })
  t.match(got.json, { valid: false, changes: false })
  t.match(got.json.problems[0], { path: /^\/rules\/routes\/\d+\/policy$/, message: /p1/, line })
  const refused = await api.call('POST', '/api/v1/import', { text: bad, headers: YAML })
  t.equal(refused.status, 422)
  t.match(refused.json.errors[0].message, new RegExp(`line ${line}, column`))
  const twice = await api.call('POST', '/api/v1/import', { text: `${text}\nrules: {}\n`, headers: YAML })
  t.match([twice.status, twice.json], [400, { code: 'INVALID_YAML', detail: /"rules" stands twice.*line \d+/ }])
  const elsewhere = await api.call('PUT', '/api/v1/rules', { text, headers: { ...YAML, 'if-match': '"1"' } })
  t.equal(elsewhere.status, 415, 'other operations take JSON only')
  const large = await api.call('POST', '/api/v1/import', { text: `# ${'x'.repeat(600_000)}`, headers: YAML })
  t.equal(large.status, 413)
  const unknown = await send(api, { apiVersion: 'tocsin/v1', destination: [] }, '?dryRun=true')
  t.match(unknown.json.problems, [{ path: '/destination', message: /Did you mean "destinations"/ }])
  t.match((await send(api, { apiVersion: 'v9' })).json.errors, [{ path: '/apiVersion', message: /tocsin\/v1/ }])
})

t.test('destinations come, change and go only when asked; secrets go in and never come out', async t => {
  const api = await startApi(t)
  const { document } = await exported(api)
  const oncall = { id: 'pagerduty-web', kind: 'pagerduty', name: 'Web', fallback: 'slack-web' }
  const slack = { id: 'slack-web', kind: 'slack', name: 'Web channel', channel: '#web', fallback: null }
  const fresh = {
    ...structuredClone(document),
    destinations: [
      ...document.destinations,
      { ...oncall, secret: { routingKey: { fromEnv: 'WEB_KEY' } } },
      { ...slack, secret: { botToken: BOT_TOKEN } },
    ],
  }
  fresh.rules.policies[0].steps[0].targets.push({ destination: 'pagerduty-web', mention: null })
  t.match((await send(api, fresh, '?dryRun=true')).json, { valid: true, changes: true })
  const open = await send(api, fresh)
  t.match(open.json.errors[0], { path: '/destinations/4/secret/routingKey', message: /tocsin rules apply/ })
  fresh.destinations[4].secret = { routingKey: ROUTING_KEY }
  const made = await send(api, fresh)
  t.same(made.json.done, ['destination slack-web', 'destination pagerduty-web', 'rules'], 'fallbacks first')
  t.match((await send(api, fresh)).json, { changes: false, applied: false }, 'the same secrets change nothing')
  fresh.destinations[4].secret = { routingKey: OTHER_KEY }
  t.match((await send(api, fresh)).json, { done: ['destination pagerduty-web'], lines: [/another secret/] })

  const left = await send(api, document)
  t.match(left.json.done, ['rules'], 'what is not in the file stays')
  const used = await send(api, { ...fresh, destinations: document.destinations }, '?dryRun=true&prune=true')
  t.match(
    used.json.problems[0],
    { path: /^\/rules\/policies\/0/, message: /pagerduty-web/ },
    'what rules name cannot go',
  )
  const gone = await send(api, document, '?prune=true')
  t.same(gone.json.done, ['destination pagerduty-web', 'destination slack-web'], 'fallbacks last')
  t.equal((await api.call('GET', '/api/v1/destinations/pagerduty-oncall')).status, 200, "the environment's stay")
})

t.test('a form that cannot be stored is refused before anything is done', async t => {
  const api = await startApi(t)
  const { document } = await exported(api)
  const cases: [change: (file: typeof document) => void, path: string, says: RegExp][] = [
    [
      f => f.destinations.push({ id: 'x', kind: 'slack', name: 'X', channel: '#x' }),
      '/destinations/4/secret',
      /botToken is required/,
    ],
    [
      f => f.destinations.push({ id: 'x', kind: 'slack', name: 'X', channel: '#x', secret: { botToken: 'nope' } }),
      '/destinations/4/secret/botToken',
      /xoxb-/,
    ],
    [
      f => f.destinations.push({ id: 'x', kind: 'slack', name: 'X', channel: '#x', secret: 'plain' }),
      '/destinations/4/secret',
      /"kept"/,
    ],
    [f => f.destinations.push({ ...f.destinations[0] }), '/destinations/4/id', /too/],
    [
      f => f.destinations.push({ id: 'x', kind: 'backlog', name: 'X', fallback: 'nowhere' }),
      '/destinations/4/fallback',
      /no destination/,
    ],
    [
      f => {
        delete f.destinations[1].managedBy
        f.destinations[1].name = 'Another'
      },
      '/destinations/1',
      /environment variables/,
    ],
    [f => f.sources.push({ id: 'x', name: 'X' }), '/sources/1/secret', /clientSecrets is required/],
    [
      f => f.sources.push({ id: 'x', name: 'X', secret: { clientSecrets: ['short'] } }),
      '/sources/1/secret/clientSecrets/0',
      /16/,
    ],
    [
      f => {
        f.rules.routes = []
      },
      '/rules/routes',
      /./,
    ],
  ]
  for (const [change, path, says] of cases) {
    const file = structuredClone(document)
    change(file)
    const got = await send(api, file, '?dryRun=true')
    t.match(got.json.problems, [{ path, message: says }], path)
    t.equal((await send(api, file)).status, 422)
  }
  t.equal((await api.call('GET', '/api/v1/rules')).json.number, 1, 'nothing was done')
})

t.test('who may: viewers try, editors apply rules, admins the rest; what changed meanwhile is refused', async t => {
  const api = await startApi(t)
  const { document, etag } = await exported(api)
  const [viewer, editor] = [await keyOf(api, 'viewer'), await keyOf(api, 'editor')]
  document.rules.settings.pollEvery = 'PT3M'
  t.match((await send(api, document, '?dryRun=true', viewer)).json, { changes: true })
  t.equal((await send(api, document, '', viewer)).status, 403)
  t.equal((await send(api, document, '', { ...editor, 'if-match': etag })).status, 200)
  t.match(await send(api, document, '', { 'if-match': etag }), { status: 412, json: { code: 'STALE_ETAG' } })
  t.equal((await send(api, document, '', { 'if-match': '"2"' })).status, 200, 'a revision alone guards the rules')
  const more = { ...document, destinations: [{ id: 'x', kind: 'backlog', name: 'X' }] }
  t.match(await send(api, more, '', editor), { status: 403, json: { detail: /at least a admin|at least an? admin/ } })
  const guess = { ...document, sources: [{ ...document.sources[0], secret: { apiToken: 'a-guess' } }] }
  t.match(
    (await send(api, guess, '?dryRun=true', viewer)).json.records.at(-1),
    { secret: 'open' },
    'no oracle for a viewer',
  )
  const trail = await api.call('GET', '/api/v1/audit?operation=importEverything')
  t.match(trail.json.items, [{ before: { revision: 1 }, after: { revision: 2, done: ['rules'] } }])
  t.equal(trail.json.items.length, 1, 'dry runs and refusals leave no trace')
})

t.test('many at once: nobody overwrites what they did not see, and what was not done is told', async t => {
  const api = await startApi(t)
  const { document, etag } = await exported(api)
  const files = Array.from({ length: 20 }, (_, at) => {
    const file = structuredClone(document)
    file.rules.settings.pollEvery = `PT${at + 2}M`
    file.destinations.push({ id: `backlog-${at}`, kind: 'backlog', name: `Backlog ${at}` })
    return file
  })
  const got = await Promise.all(files.map(file => send(api, file, '', { 'if-match': etag })))
  const whole = got.filter(({ status, json }) => status === 200 && json.stopped === null)
  t.equal(whole.length, 1, 'one is applied as a whole')
  const { json: rules } = await api.call('GET', '/api/v1/rules')
  t.equal(rules.number, 2)
  const winner = got.findIndex(({ status, json }) => status === 200 && json.stopped === null)
  t.equal(rules.document.settings.pollEvery, files[winner]?.rules.settings.pollEvery)
  const made = (await api.call('GET', '/api/v1/destinations?limit=100')).json.items.map(({ id }: { id: string }) => id)
  const trail = (await api.call('GET', '/api/v1/audit?operation=importEverything&limit=100')).json.items
  for (const [at, { status, json }] of got.entries()) {
    const done: string[] = status === 200 ? json.done : []
    t.ok(status === 200 || status === 412, `${status}`)
    if (status === 200 && json.stopped !== null) t.match(json, { stopped: /revision 2/, revision: 2 })
    t.equal(made.includes(`backlog-${at}`), done.includes(`destination backlog-${at}`), 'what is told is what was done')
  }
  t.equal(
    trail.length,
    got.filter(({ status }) => status === 200).length,
    'each that changed something is in the trail',
  )
})
