import fc from 'fast-check'
import t from 'tap'
import { ConfigError, readConfig } from '../src/config.ts'

const key = Buffer.alloc(32, 7).toString('base64')
const live = {
  SENTRY_CLIENT_SECRET: 'sentry-secret-one,sentry-secret-two',
  ADMIN_API_KEY: 'an-admin-key-that-is-long',
  ENCRYPTION_KEY: key,
  SLACK_BOT_TOKEN: 'xoxb-123',
}

function problemsOf(env: Record<string, string>): string[] {
  try {
    readConfig(env)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(problem => problem.name).sort()
  }
}

t.test('with nothing set it is the sandbox, and every default is as documented', async t => {
  const config = readConfig({})
  t.match(config, {
    port: 8080,
    host: '127.0.0.1',
    publicUrl: 'http://127.0.0.1:8080',
    role: 'all',
    redisUrl: null,
    dataDir: './data',
    sandbox: true,
    trustProxy: null,
    sentry: { clientSecrets: [], url: 'https://sentry.io', organization: null, apiToken: null },
    pagerduty: { routingKey: null, eventsUrl: 'https://events.pagerduty.com', webhookSecrets: [] },
    slack: { botToken: null, apiUrl: 'https://slack.com/api/', teamLead: null, signingSecret: null },
    adminApiKey: null,
    encryptionKeys: null,
    heartbeatUrl: null,
    logLevel: 'info',
  })
  t.ok(Object.isFrozen(config) && Object.isFrozen(config.sentry.clientSecrets))
})

t.test('an empty value counts as not set', async t => {
  t.equal(readConfig({ SLACK_BOT_TOKEN: '', PORT: ' ', SANDBOX: '' }).sandbox, true)
})

t.test('lists are split for rotation and for cluster nodes', async t => {
  const config = readConfig({
    ...live,
    ENCRYPTION_KEY: `${key}, ${Buffer.alloc(32, 8).toString('base64')}`,
    REDIS_URL: 'redis://a:1, rediss://:pw@b:2',
    TRUST_PROXY: '10.0.0.0/8, ::1',
    PUBLIC_URL: 'https://tocsin.example.com/',
  })
  t.equal(config.sandbox, false)
  t.same(config.sentry.clientSecrets, ['sentry-secret-one', 'sentry-secret-two'])
  t.same(
    config.encryptionKeys?.map(k => k[0]),
    [7, 8],
  )
  t.same(config.redisUrl, ['redis://a:1', 'rediss://:pw@b:2'])
  t.same(config.trustProxy, ['10.0.0.0/8', '::1'])
  t.equal(config.publicUrl, 'https://tocsin.example.com')
})

t.test('which app in Sentry is ours is named by uuid, with dashes or without', async t => {
  const dashed = '7a485448-a9e2-4c85-8a3c-4f44175783c9'
  const bare = dashed.replaceAll('-', '').toUpperCase()
  const { sentry } = readConfig({ ...live, SENTRY_INSTALLATION: dashed, SENTRY_OWN_APP: bare })
  t.match(sentry, { installation: dashed, ownApp: bare })
  t.match(readConfig(live).sentry, { installation: null, ownApp: null })
  t.same(problemsOf({ ...live, SENTRY_INSTALLATION: 'tocsin', SENTRY_OWN_APP: '1234' }), [
    'SENTRY_INSTALLATION',
    'SENTRY_OWN_APP',
  ])
})

t.test('sandbox: auto ends with any provider secret, on stays, off demands secrets', async t => {
  t.equal(readConfig({ SANDBOX: 'on', SLACK_BOT_TOKEN: 'xoxb-123' }).sandbox, true)
  t.equal(readConfig({ ...live, SANDBOX: 'auto' }).sandbox, false)
  t.same(problemsOf({ SANDBOX: 'off' }), [
    'ADMIN_API_KEY',
    'ENCRYPTION_KEY',
    'PAGERDUTY_ROUTING_KEY',
    'SENTRY_CLIENT_SECRET',
  ])
  t.same(problemsOf({ SENTRY_AUTH_TOKEN: 'x' }), [
    'ADMIN_API_KEY',
    'ENCRYPTION_KEY',
    'PAGERDUTY_ROUTING_KEY',
    'SENTRY_CLIENT_SECRET',
    'SENTRY_ORG',
  ])
})

t.test('every malformed value is refused by name, all at once and never with the value', async t => {
  const wrong = {
    PORT: '65536',
    PUBLIC_URL: 'ftp-value',
    ROLE: 'role-value',
    REDIS_URL: 'http://redis-value',
    SANDBOX: 'sandbox-value',
    TRUST_PROXY: '10.0.0.0/33',
    SENTRY_CLIENT_SECRET: ' , ',
    SENTRY_URL: 'http://sentry.value',
    SENTRY_ORG: 'Org Value',
    PAGERDUTY_ROUTING_KEY: 'short-value',
    PAGERDUTY_EVENTS_URL: 'events-value',
    PAGERDUTY_WEBHOOK_SECRET: ',',
    PAGERDUTY_FROM: 'from-value',
    PAGERDUTY_API_URL: 'https://user:pw-value@example.com',
    SLACK_BOT_TOKEN: 'token-value',
    SLACK_API_URL: 'http://10.0.0.1/',
    SLACK_TEAM_LEAD: '@lead-value',
    ADMIN_API_KEY: 'key-value',
    ENCRYPTION_KEY: 'crypt-value',
    HEARTBEAT_URL: 'http://example.com/beat-value',
    LOG_LEVEL: 'level-value',
  }
  t.same(problemsOf(wrong), Object.keys(wrong).sort())
  t.throws(() => readConfig(wrong), { name: 'ConfigError' })
  try {
    readConfig(wrong)
  } catch (error) {
    for (const value of Object.values(wrong)) {
      if (value.length > 3) t.notOk(String(error).includes(value), 'the value is not repeated')
    }
  }
})

t.test('what would be refused only after the start is refused before it', async t => {
  t.same(problemsOf({ ...live, SENTRY_CLIENT_SECRET: 'sentry-secret-one,short' }), ['SENTRY_CLIENT_SECRET'])
  t.same(problemsOf({ ...live, SLACK_BOT_TOKEN: 'xoxb' }), ['SLACK_BOT_TOKEN'])
})

t.test('a server or a worker alone needs the Redis where they meet', async t => {
  for (const ROLE of ['server', 'worker']) {
    t.same(problemsOf({ ROLE }), ['REDIS_URL'])
    t.same(problemsOf({ ROLE, REDIS_URL: 'redis://localhost' }), [])
  }
  t.same(problemsOf({ ROLE: 'all' }), [])
})

t.test('plain http is for loopback only', async t => {
  for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
    t.same(problemsOf({ PAGERDUTY_EVENTS_URL: `http://${host}:9999` }), [])
  }
  t.same(problemsOf({ PAGERDUTY_EVENTS_URL: 'http://127.0.0.1.example.com' }), ['PAGERDUTY_EVENTS_URL'])
})

t.test('no environment makes it throw anything but ConfigError', async t => {
  const names = Object.keys(live).concat('PORT', 'REDIS_URL', 'TRUST_PROXY', 'SENTRY_URL', 'SANDBOX', 'PUBLIC_URL')
  const environments = fc.dictionary(fc.constantFrom(...names), fc.string())
  fc.assert(
    fc.property(environments, env => {
      problemsOf(env)
    }),
  )
  t.pass()
})

t.test('an identity provider is set up whole or not at all; its roles are pairs or JSON', async t => {
  const oidc = {
    OIDC_ISSUER: 'https://id.example.com/',
    OIDC_AUDIENCE: 'tocsin',
    OIDC_ROLE_MAP: 'a=b=viewer, sre = admin',
  }
  t.same(readConfig({ ...live, ...oidc }).oidc, {
    issuer: 'https://id.example.com/',
    audience: 'tocsin',
    roleClaim: 'roles',
    roleMap: { 'a=b': 'viewer', sre: 'admin' },
    jwksUrl: null,
    projectsClaim: null,
  })
  t.same(readConfig({ ...live, ...oidc, OIDC_ROLE_MAP: '{"https://x/y":"editor"}' }).oidc?.roleMap, {
    'https://x/y': 'editor',
  })
  t.equal(readConfig(live).oidc, null)
  t.same(problemsOf({ ...live, OIDC_ROLE_CLAIM: 'groups' }), ['OIDC_AUDIENCE', 'OIDC_ISSUER', 'OIDC_ROLE_MAP'])
  for (const wrong of ['sre', 'sre=owner', '=admin', '{"sre":', ',', '{}']) {
    t.same(problemsOf({ ...live, ...oidc, OIDC_ROLE_MAP: wrong }), ['OIDC_ROLE_MAP'], wrong)
  }
  for (const wrong of ['http://id.example.com', 'https://id.example.com/?x=1', 'id.example.com']) {
    t.same(problemsOf({ ...live, ...oidc, OIDC_ISSUER: wrong }), ['OIDC_ISSUER'], wrong)
  }
})
