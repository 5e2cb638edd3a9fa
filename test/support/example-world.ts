import type { Endpoint } from '../../src/api/endpoint.ts'
import { apiEndpoints } from '../../src/api/endpoints.ts'
import {
  EXAMPLE_AT,
  exampleBacklogEntry,
  exampleDelivery,
  exampleDocument,
  exampleIncident,
  exampleInhibition,
  exampleMaintenance,
  exampleNotification,
  examplePolicy,
  exampleQuarantine,
  exampleSilence,
} from '../../src/api/examples.ts'
import { SIGNING } from './in-slack.ts'
import { alertNow, ISSUE, numbers } from './one-issue.ts'
import { until } from './until.ts'
import { SECRETS, startWorld, type World } from './world.ts'

export const PAGERDUTY_SECRET = 'a-pagerduty-secret-of-the-tests-01'

export interface ExampleWorld extends World {
  /** Makes what the example of that operation names, through the API, where it is not there. */
  prepare(endpoint: Endpoint): Promise<void>
  /** The example request as it is documented, with the ids of this world. */
  sendExample(endpoint: Endpoint): Promise<{ status: number; type: string; text: string; url: string }>
  /** The same, of anything: ids of the examples become ids of this world, and what is outside becomes a stand-in. */
  ours(text: string): string
  /** Ids that are replaced in no example. */
  unused(): string[]
}

/** A service in which everything that the examples of openapi.yaml name exists, at the time they tell of. */
export async function startExampleWorld(): Promise<ExampleWorld> {
  const world = await startWorld({
    startsAt: EXAMPLE_AT,
    channels: ['incidents', 'alerts-production', 'payments-alerts', 'payments-oncall'],
    env: { SLACK_SIGNING_SECRET: SIGNING, PAGERDUTY_WEBHOOK_SECRET: PAGERDUTY_SECRET },
  })
  const example = (id: string) => {
    const found = apiEndpoints.find(one => one.id === id)
    if (found === undefined) throw new Error(`there is no operation ${id}`)
    return found.example
  }
  /** What the service names by itself has other names here; what is outside has other addresses. */
  const names = new Map<string, string>([
    ['https://sentry.io', world.sentry.url],
    ['https://slack.com/api/', world.slack.url],
    ['xoxb-your-bot-token', SECRETS.bot],
  ])
  const used = new Set<string>()
  function ours(text: string): string {
    let said = text
    for (const [documented, here] of names) {
      if (!said.includes(documented)) continue
      used.add(documented)
      said = said.replaceAll(documented, here)
    }
    return said
  }

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const got = await world.api(
      method,
      ours(path),
      body === undefined ? undefined : JSON.parse(ours(JSON.stringify(body))),
      headers,
    )
    return got
  }
  async function done(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const got = await call(method, path, body, headers)
    if (got.status >= 300) throw new Error(`${method} ${path}: ${got.status} ${JSON.stringify(got.body)}`)
    return got
  }
  const etagOf = async (path: string) => (await call('GET', path)).headers.get('etag') ?? ''
  const change = async (method: string, path: string, body?: unknown) =>
    done(method, path, body, { 'if-match': await etagOf(path) })

  async function ensure(path: string, made: string, body: unknown): Promise<void> {
    if ((await call('GET', path)).status === 404) await done('POST', made, body)
  }
  async function named(documented: string, list: string, body: unknown): Promise<void> {
    const known = names.get(documented)
    if (known !== undefined && (await call('GET', `${list}/${known}`)).status === 200) return
    names.set(documented, (await done('POST', list, body)).body.id)
  }

  await change('PUT', '/rules', exampleDocument)
  while ((await world.api('GET', '/rules')).body.number < 12) {
    const { number } = (await world.api('GET', '/rules')).body
    await change('PATCH', '/rules', { settings: { pollEvery: `PT${number + 60}S` } })
  }
  numbers(world, 320)
  const { incident, id: delivery } = await world.tell('event_alert', alertNow(world))
  names.set(exampleIncident.id, incident ?? '')
  names.set(exampleDelivery.id, delivery)
  names.set('inc_5f2c8b7a9d3e41c6a0b8', incident ?? '')
  names.set('5418821', ISSUE)
  const garbage = await world.send('issue', null, { raw: '{"action":"created","data":{"issue":{}}}' })
  names.set(exampleQuarantine.id, garbage.delivery)
  await until(async () => (await world.api('GET', '/quarantine')).body.items.length > 0)

  async function deadLetter(): Promise<void> {
    const dead = `/notifications?status=dead&destination=${exampleNotification.destination}`
    if ((await world.api('GET', dead)).body.items.length > 0) return
    world.slack.fail({ kind: 'status', status: 400 })
    await done('POST', `/destinations/${exampleNotification.destination}/test`)
    await until(async () => (await world.api('GET', dead)).body.items.length > 0)
    world.slack.heal()
    names.set(exampleNotification.id, (await world.api('GET', dead)).body.items[0].id)
  }

  const prepared: Record<string, () => Promise<void>> = {
    rules: async () => {},
    'severity-rules': async () => {
      // There must be one left when the other is taken away.
      const { body } = example('createSeverityRule')
      await ensure('/severity-rules/anything', '/severity-rules', {
        ...(body as object),
        id: 'anything',
        severity: 'P2',
        when: null,
        until: null,
      })
      await ensure('/severity-rules/many-users', '/severity-rules', example('createSeverityRule').body)
    },
    routes: () => ensure('/routes/payments', '/routes', example('createRoute').body),
    policies: () => ensure('/policies/page-now', '/policies', examplePolicy),
    maintenance: () => ensure(`/maintenance/${exampleMaintenance.id}`, '/maintenance', exampleMaintenance),
    inhibitions: () => ensure(`/inhibitions/${exampleInhibition.id}`, '/inhibitions', exampleInhibition),
    silences: async () => {
      const known = names.get(exampleSilence.id)
      if (known !== undefined && (await call('GET', `/silences/${known}`)).body.state === 'active') return
      const made = await done('POST', '/silences', { ...(example('createSilence').body as object), confirm: true })
      names.set(exampleSilence.id, made.body.id)
    },
    drafts: () => named('d-5f2c9a1be07d4413', '/rules/drafts', example('createDraft').body),
    destinations: () => ensure('/destinations/slack-payments', '/destinations', example('createDestination').body),
    sources: () => ensure('/sources/mobile-team', '/sources', example('createSource').body),
    'api-keys': () => named('q3XvT0aLm9Zk', '/api-keys', example('createApiKey').body),
    backlog: async () => {
      if (names.has(exampleBacklogEntry.id)) return
      await done('POST', `/incidents/${incident}/backlog`)
      names.set(exampleBacklogEntry.id, (await world.api('GET', '/backlog')).body.items[0].id)
    },
    notifications: deadLetter,
  }
  /** What a single operation wants beside what its room wants. */
  const special: Record<string, () => Promise<void>> = {
    createSeverityRule: () => gone('/severity-rules/many-users'),
    createRoute: () => gone('/routes/payments'),
    createPolicy: async () => {
      const others = { policy: 'page-later' }
      await ensure('/policies/page-later', '/policies', { ...examplePolicy, id: 'page-later' })
      for (const { id } of (await world.api('GET', '/routes')).body.items)
        await change('PATCH', `/routes/${id}`, others)
      await gone('/policies/page-now')
    },
    deletePolicy: () => special.createPolicy?.().then(() => prepared.policies?.()) ?? Promise.resolve(),
    createMaintenanceWindow: () => gone(`/maintenance/${exampleMaintenance.id}`),
    createInhibition: () => gone(`/inhibitions/${exampleInhibition.id}`),
    createDestination: () => gone('/destinations/slack-payments'),
    createSource: () => gone('/sources/mobile-team'),
    bulkEditRules: async () => {
      await change('PUT', '/rules', exampleDocument)
      await ensure('/policies/page-later', '/policies', { ...examplePolicy, id: 'page-later' })
    },
    rebaseDraft: async () => {
      await change('PUT', '/rules', exampleDocument)
      await change('DELETE', '/rules/drafts/d-5f2c9a1be07d4413')
      await prepared.drafts?.()
      const [mine, ...others] = exampleDocument.routes
      const document = { ...exampleDocument, routes: [{ ...mine, name: 'Named in the draft' }, ...others] }
      await change('PUT', '/rules/drafts/d-5f2c9a1be07d4413', { document })
      await change('PATCH', '/routes/payments', { name: 'Named in between' })
    },
    publishDraft: async () => {
      await change('DELETE', '/rules/drafts/d-5f2c9a1be07d4413')
      await prepared.drafts?.()
    },
    putShadow: () => prepared.drafts?.() ?? Promise.resolve(),
    getShadow: async () => {
      await prepared.drafts?.()
      await done('PUT', '/rules/shadow', example('putShadow').body)
    },
    deleteShadow: () => special.getShadow?.() ?? Promise.resolve(),
  }
  async function gone(path: string): Promise<void> {
    if ((await call('GET', path)).status === 200) await change('DELETE', path)
  }

  return {
    ...world,
    ours,
    unused: () => [...names.keys()].filter(name => !used.has(name)),
    async prepare(endpoint) {
      await prepared[endpoint.tag]?.()
      await special[endpoint.id]?.()
    },
    async sendExample({ method, path, example: { params = {}, body }, ifMatch, idempotent, reasoned, acted }) {
      const url = `/api/v1${ours(path.replaceAll(/:(\w+)/g, (_all, name: string) => params[name] ?? name))}`
      // What is changed by an address below its own carries the version of that.
      const thing = url.replace('/api/v1', '').replace(/\/(publish|rebase|move|rotate|expire|rollback)$/, '')
      const etag = ifMatch === 'required' ? { 'if-match': await etagOf(thing) } : {}
      const response = await fetch(`${world.url()}${url}`, {
        method,
        headers: {
          authorization: `Bearer ${SECRETS.admin}`,
          ...(body === undefined
            ? {}
            : { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
          ...etag,
          ...(idempotent ? { 'idempotency-key': crypto.randomUUID() } : {}),
          ...(reasoned ? { 'x-change-reason': 'new payments team' } : {}),
          ...(acted || reasoned ? { 'x-actor': 'Ada Moreau' } : {}),
        },
        ...(body === undefined ? {} : { body: ours(JSON.stringify(body)) }),
      })
      const text = await response.text()
      return { status: response.status, type: response.headers.get('content-type') ?? '', text, url }
    },
  }
}
