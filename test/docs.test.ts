import { readFileSync } from 'node:fs'
import { fastify } from 'fastify'
import t from 'tap'
import { z } from 'zod'
import { openApiYaml } from '../scripts/write-openapi.ts'
import { withStates } from '../scripts/write-states.ts'
import { doors } from '../src/api/doors.ts'
import { TAGS, templatePath } from '../src/api/endpoint.ts'
import { apiEndpoints } from '../src/api/endpoints.ts'
import { openRoutes } from '../src/api/open-routes.ts'
import { openApiDocument } from '../src/api/openapi-document.ts'
import { registerApi } from '../src/api/register-api.ts'
import { businessHoursSchema } from '../src/incidents/business-hours.ts'
import { pagerdutyDoor } from '../src/pagerduty/webhook-door.ts'
import { systemClock } from '../src/platform/clock.ts'
import { policySchema, stepSchema, targetSchema } from '../src/route/escalation-table.ts'
import { defaultRules } from '../src/rules/default-rules.ts'
import { validateRules } from '../src/rules/validate-rules.ts'
import { uiDoor } from '../src/sentry/ui-door.ts'
import { webhookDoor } from '../src/sentry/webhook-door.ts'
import { slackDoor } from '../src/slack/interactions-door.ts'

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

interface Operation {
  operationId: string
  responses: Record<string, { content?: Record<string, { schema: { $ref?: string }; example?: unknown }> }>
}
const document = openApiDocument('0') as unknown as {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: object }
}
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
)

t.test('openapi.yaml is what the definitions write', async t => {
  t.ok(read('openapi.yaml') === openApiYaml(), 'run `npm run openapi` and commit what it writes')
})

t.test('the table of incident states is what the transitions write', async t => {
  const readme = read('README.md')
  t.ok(readme === withStates(readme), 'run `npm run states` and commit what it writes')
})

t.test('every route of the server is in openapi.yaml, and every operation there is a route', async t => {
  const server = fastify()
  const routes: string[] = []
  server.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') routes.push(`${one} ${templatePath(url)}`)
  })
  const never = async (): Promise<never> => {
    throw new Error('no request is made here')
  }
  const log = { error() {}, debug() {} }
  await server.register(webhookDoor, { sources: () => null, accept: never, clock: systemClock, log })
  await server.register(pagerdutyDoor, { secrets: ['x'], accept: never, clock: systemClock, log })
  await server.register(uiDoor, {
    sources: () => [],
    policies: () => [],
    checkChoice: () => null,
    openIncidents: never,
    link: never,
    create: never,
    incidentUrl: id => id,
    clock: systemClock,
    log: { ...log, info() {} },
  })
  await server.register(slackDoor, {
    signingSecret: 'x',
    accept: never,
    openModal: never,
    openIncidents: never,
    incidentUrl: id => id,
    clock: systemClock,
    log,
  })
  await server.register(registerApi, {
    operations: { readiness: never, metrics: never } as never,
    authenticate: never,
    trail: { begin: never, settle: never },
    onRefused() {},
    idempotency: { begin: never },
    rateLimit: { max: 1, windowMs: 1 },
    openapi: '',
    log,
  })
  await server.ready()
  t.same(routes.toSorted(), operations.map(({ name }) => name).toSorted())
  await server.close()
})

t.test('every operation has its own name, a known tag, and examples that fit', async t => {
  const names = operations.map(({ operation }) => operation.operationId)
  t.same(names.length, new Set(names).size, 'operationIds are unique')
  t.same(names.length, apiEndpoints.length + doors.length + openRoutes.length)
  for (const endpoint of apiEndpoints) {
    t.ok(endpoint.tag in TAGS)
    const { body } = endpoint.example
    if (body === undefined) continue
    const schema = endpoint.documents ?? endpoint.body
    t.match(schema.safeParse(body), { success: true }, `${endpoint.id}: the example body is valid`)
  }
  const $defs = JSON.parse(JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '#/$defs/'))
  for (const { name, operation } of operations) {
    for (const response of Object.values(operation.responses)) {
      for (const { schema, example } of Object.values(response.content ?? {})) {
        t.ok(example !== undefined, `${name} has an example`)
        const $ref = schema.$ref?.replace('#/components/schemas/', '#/$defs/')
        if ($ref === undefined) continue
        const result = z.fromJSONSchema({ $defs, $ref } as never).safeParse(example)
        t.equal(result.success ? '' : JSON.stringify(result.error.issues), '', `${name}: the example answer is valid`)
      }
    }
  }
})

t.test('references in openapi.yaml lead somewhere', async t => {
  const text = JSON.stringify(openApiDocument('0'))
  for (const [, path = ''] of new Set(text.matchAll(/"\$ref":"#\/([^"]+)"/g))) {
    const target = path
      .split('/')
      .reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], JSON.parse(text))
    t.ok(target !== undefined, path)
  }
})

t.test('the example of a policy in the README is one that is taken, and every field of it is explained', async t => {
  const [, section = ''] = read('README.md').split('### Escalation policies')
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(section) ?? []
  const policy = policySchema.parse(JSON.parse(example))
  t.same(policy, JSON.parse(example), 'nothing is left to a default')
  const rules = defaultRules({ pagerduty: true, slack: true })
  const known = ['pagerduty-oncall', 'slack-incidents', 'slack-alerts-production', 'backlog'].map(id => ({
    id,
    kind:
      id === 'backlog' ? ('backlog' as const) : id.startsWith('slack') ? ('slack' as const) : ('pagerduty' as const),
  }))
  t.notMatch(validateRules({ ...rules, policies: [...rules.policies, policy] }, { destinations: known }), {
    problems: [{}],
  })
  const [table = ''] = section.split('\n## ')
  const rows = table
    .split('\n')
    .filter(line => line.startsWith('|'))
    .join('\n')
  const { repeat } = policySchema.shape
  const fields = [policySchema, stepSchema, targetSchema, businessHoursSchema, repeat.unwrap().unwrap()]
  for (const name of fields.flatMap(schema => Object.keys(schema.shape)))
    t.ok(rows.includes(`\`${name}\``) || rows.includes(`steps[].${name}\``), `${name} is explained`)
})

/** The environment that operators may rely on. */
const ENVIRONMENT = [
  ...['PORT', 'HOST', 'PUBLIC_URL', 'ROLE', 'REDIS_URL', 'DATA_DIR', 'SANDBOX', 'TRUST_PROXY', 'LOG_LEVEL'],
  ...['SENTRY_CLIENT_SECRET', 'SENTRY_URL', 'SENTRY_ORG', 'SENTRY_AUTH_TOKEN', 'HEARTBEAT_URL'],
  ...['SENTRY_INSTALLATION', 'SENTRY_OWN_APP'],
  ...['PAGERDUTY_ROUTING_KEY', 'PAGERDUTY_EVENTS_URL', 'PAGERDUTY_WEBHOOK_SECRET', 'PAGERDUTY_API_TOKEN'],
  ...['PAGERDUTY_FROM', 'PAGERDUTY_API_URL', 'SLACK_BOT_TOKEN', 'SLACK_API_URL', 'SLACK_TEAM_LEAD'],
  ...['SLACK_SIGNING_SECRET', 'ADMIN_API_KEY', 'ENCRYPTION_KEY'],
  ...['OIDC_ISSUER', 'OIDC_AUDIENCE', 'OIDC_ROLE_CLAIM', 'OIDC_ROLE_MAP', 'OIDC_JWKS_URL', 'OIDC_PROJECTS_CLAIM'],
]

t.test('every name of the environment is read by config.ts and stands in the README', async t => {
  const inConfig = [...read('src/config.ts').matchAll(/^ {2,4}([A-Z][A-Z_]+):/gm)].map(([, name]) => name)
  t.same([...new Set(inConfig)].toSorted(), ENVIRONMENT.toSorted())
  const table = read('README.md')
    .split('\n')
    .filter(line => line.startsWith('|'))
    .join('\n')
  for (const name of ENVIRONMENT) t.ok(table.includes(`\`${name}\``), `${name} stands in a table of the README`)
})

t.test('every npm command in the README exists', async t => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = [...read('README.md').matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map(([, name = '']) => name)
  t.same(
    named.filter(name => !(name in scripts)),
    [],
  )
})
