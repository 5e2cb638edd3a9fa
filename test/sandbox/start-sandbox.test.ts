import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config.ts'
import { systemClock, woundClock } from '../../src/platform/clock.ts'
import { SAMPLE_ISSUES } from '../../src/sandbox/samples/sample.ts'
import { sandboxWorld } from '../../src/sandbox/sandbox-world.ts'
import { startSandbox } from '../../src/sandbox/start-sandbox.ts'
import { createSentryApi } from '../../src/sentry/api-client.ts'
import { sourceSchema } from '../../src/sentry/source.ts'

/** A sandbox as main would start it, closed with the test. */
async function sandbox(t: Tap, dataDir: string, env: Record<string, string> = {}) {
  const said: string[] = []
  const note = (...words: unknown[]) => void said.push(words.join(' '))
  const config = readConfig({ SANDBOX: 'on', DATA_DIR: dataDir, ...env })
  const started = await startSandbox({ config, clock: systemClock, dataDir, log: { info: note, warn: note } })
  t.teardown(() => started.close())
  return { ...started, said }
}
/** What a test is given: only its teardown is used here. */
type Tap = Pick<Test, 'teardown'>

function emptyDir(t: Tap): string {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

t.test('secrets are made once, kept for this user alone, and the admin key is said once', async t => {
  const dir = emptyDir(t)
  const file = join(dir, 'sandbox.json')
  const first = await sandbox(t, dir)
  t.equal(statSync(file).mode & 0o777, 0o600, 'nobody else can read them')
  const key = first.config.adminApiKey
  t.ok(first.said.some(line => line.includes(key)))

  first.announce('http://0.0.0.0:8080')
  const kept = JSON.parse(readFileSync(file, 'utf8'))
  t.match(kept, { adminApiKey: key, clientSecret: first.config.sentry.clientSecrets[0], url: 'http://127.0.0.1:8080' })
  t.equal(statSync(file).mode & 0o777, 0o600)

  const second = await sandbox(t, dir)
  t.equal(second.config.adminApiKey, key)
  t.same(second.config.sentry.clientSecrets, first.config.sentry.clientSecrets)
  t.equal(second.config.pagerduty.routingKey, first.config.pagerduty.routingKey)
  t.equal(second.config.slack.botToken, first.config.slack.botToken)
  t.notOk(
    second.said.some(line => line.includes(key)),
    'a later start does not say it again',
  )
  for (const { said } of [first, second]) t.ok(said[0]?.startsWith('SANDBOX'), 'every start says SANDBOX')
})

t.test('a file that cannot be read is made anew, and made for this user alone', async t => {
  const dir = emptyDir(t)
  const file = join(dir, 'sandbox.json')
  for (const broken of ['', '{"clientSecret": 1}', '[]']) {
    writeFileSync(file, broken, { mode: 0o644 })
    const started = await sandbox(t, dir)
    t.equal(JSON.parse(readFileSync(file, 'utf8')).adminApiKey, started.config.adminApiKey)
    t.equal(statSync(file).mode & 0o777, 0o600)
  }
})

t.test('with nothing configured, everything that is missing is filled in with stand-ins', async t => {
  const { config, pagerduty, slack, sentry } = await sandbox(t, emptyDir(t))
  t.equal(config.pagerduty.eventsUrl, pagerduty?.url)
  t.match(config.pagerduty.routingKey, /^[A-Za-z0-9]{32}$/)
  t.equal(config.slack.apiUrl, slack?.url)
  t.match(config.pagerduty, {
    apiUrl: pagerduty?.url,
    apiToken: /^[0-9a-f]{32}$/,
    from: /@/,
    webhookSecrets: [/^[0-9a-f]{48}$/],
  })
  t.type(config.slack.signingSecret, 'string')
  t.match(config.slack, { botToken: /^xoxb-/, teamLead: /^S[A-Z0-9]+$/ })
  t.match(config.sentry, { url: sentry?.url, organization: 'northwind' })

  const auth = (token: string) =>
    fetch(`${slack?.url}auth.test`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
  t.match(await (await auth(config.slack.botToken ?? '')).json(), { ok: true })
  t.match(await (await auth('xoxb-another')).json(), { ok: false, error: 'invalid_auth' })
})

t.test('what the environment names goes first, and no stand-in takes its place', async t => {
  const { config, pagerduty, slack, sentry } = await sandbox(t, emptyDir(t), {
    PAGERDUTY_ROUTING_KEY: 'a'.repeat(32),
    SLACK_BOT_TOKEN: 'xoxb-real',
    SENTRY_AUTH_TOKEN: 'sntrys_real',
    SENTRY_ORG: 'acme',
    SENTRY_CLIENT_SECRET: 'the real client secret',
    ADMIN_API_KEY: 'the-real-admin-key-0123',
  })
  t.same([pagerduty, slack, sentry], [null, null, null])
  t.match(config, {
    adminApiKey: 'the-real-admin-key-0123',
    pagerduty: {
      ...{ routingKey: 'a'.repeat(32), eventsUrl: 'https://events.pagerduty.com' },
      ...{ apiToken: null, webhookSecrets: [], apiUrl: 'https://api.pagerduty.com' },
    },
    slack: { botToken: 'xoxb-real', apiUrl: 'https://slack.com/api/', teamLead: null },
    sentry: {
      clientSecrets: ['the real client secret'],
      url: 'https://sentry.io',
      organization: 'acme',
      apiToken: 'sntrys_real',
    },
  })
})

t.test('the stand-in for Sentry answers so that each sample lands where its line says', async t => {
  const { config } = await sandbox(t, emptyDir(t))
  const { sentry } = config
  const ask = createSentryApi({
    sourceOf: id => ({
      ...sourceSchema.parse({ id, name: id, url: sentry.url, organization: sentry.organization }),
      clientSecrets: [...sentry.clientSecrets],
      apiToken: sentry.apiToken,
      managedBy: 'environment',
    }),
    clock: systemClock,
    log: { info() {}, warn() {} },
  })
  const production = ['production', 'prod', 'live']
  const about = { source: 'default', production }
  const crashFree = async (project: string) => {
    const answer = await ask.crashFree({ ...about, project })
    return answer.ok ? answer.value : []
  }
  const counts = async (issue: string, windowSeconds = 3600) => {
    const answer = await ask.issueCounts({ ...about, project: null, issue, windowSeconds })
    return answer.ok ? { users: answer.value.users?.value ?? null, events: answer.value.events.value } : answer.reason
  }

  const payments = await crashFree('payments-api')
  t.match(payments, [{ percent: 91, sessions: 1200, scope: 'production' }])
  t.match(await crashFree('mobile-app'), [{ percent: 91.2 }], 'as its metric alert says')
  for (const project of ['web-shop', 'orders-api']) {
    const readings = await crashFree(project)
    t.ok(readings.length > 0 && readings.every(({ percent }) => percent > 99), `${project} is well`)
  }
  t.match(await counts(SAMPLE_ISSUES.payment, 300), { events: 200 })
  t.match(await counts(SAMPLE_ISSUES.geocoding), { users: 40 })
  t.match(await counts(SAMPLE_ISSUES.typeError), { users: 320 })
  t.match(await counts(SAMPLE_ISSUES.staging), { events: 0 }, 'nothing in production')
  for (const issue of [SAMPLE_ISSUES.cron, SAMPLE_ISSUES.uptime]) {
    t.match(await counts(issue), { users: null, events: Number }, 'no user context: unknown, not zero')
  }
  for (const issue of Object.values(SAMPLE_ISSUES)) t.ok((await ask.issueDetails({ source: 'default', issue })).ok)
})

t.test('an issue of the samples is as new after days as at the start', t => {
  const clock = woundClock()
  const { issues } = sandboxWorld(clock)
  const before = issues[SAMPLE_ISSUES.typeError]?.firstSeen ?? 0
  clock.wind(3 * 86_400_000)
  const after = issues[SAMPLE_ISSUES.typeError]?.firstSeen ?? 0
  t.ok(after - before >= 3 * 86_400_000)
  t.ok(clock.now() - after >= 45 * 60_000 && clock.now() - after < 46 * 60_000)
  t.end()
})
