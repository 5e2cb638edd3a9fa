import { randomBytes } from 'node:crypto'
import { type FastifyInstance, fastify } from 'fastify'
import type { Test } from 'tap'
import { createApiKeyStore } from '../../src/access/api-key-store.ts'
import { createApiKeys } from '../../src/access/api-keys.ts'
import { createAuditStore } from '../../src/access/audit-store.ts'
import { createAuditTrail } from '../../src/access/audit-trail.ts'
import { createAuthenticate } from '../../src/access/authenticate.ts'
import { createReadAudit } from '../../src/access/read-audit.ts'
import {
  exampleBacklogEntry,
  exampleDelivery,
  exampleIncident,
  exampleNotification,
  exampleQuarantine,
  exampleTimelineEntry,
} from '../../src/api/examples.ts'
import { createIdempotencyStore } from '../../src/api/idempotency-store.ts'
import type { DestinationHealth, IncidentFilter, Operations, SourceHealth } from '../../src/api/operations.ts'
import { outward } from '../../src/api/outward.ts'
import { pageOf } from '../../src/api/paging.ts'
import { type ApiOptions, registerApi } from '../../src/api/register-api.ts'
import { exampleReplay, exampleShadow, exampleSimulated } from '../../src/api/what-if-examples.ts'
import { destinationSchema, destinationSecretSchema, type StoredDestination } from '../../src/deliver/destination.ts'
import { createDestinationStore } from '../../src/deliver/destination-store.ts'
import { createNotificationStore } from '../../src/deliver/notification-store.ts'
import { TocsinError } from '../../src/errors.ts'
import { createIncidentStore } from '../../src/incidents/incident-store.ts'
import { createHidStore } from '../../src/mute/hid-store.ts'
import { createSilenceStore } from '../../src/mute/silence-store.ts'
import { createSilenceBreadth } from '../../src/pipeline/silence-breadth.ts'
import { type WoundClock, woundClock } from '../../src/platform/clock.ts'
import { createSealedRecords } from '../../src/platform/sealed-records.ts'
import { createSecretBox } from '../../src/platform/secret-box.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'
import { destinationUses } from '../../src/rules/destination-uses.ts'
import { createDraftStore } from '../../src/rules/draft-store.ts'
import { createRulesStore } from '../../src/rules/rules-store.ts'
import { validateRules } from '../../src/rules/validate-rules.ts'
import { findWarnings } from '../../src/rules/warnings.ts'
import { sourceSchema, sourceSecretSchema } from '../../src/sentry/source.ts'
import { createSourceStore } from '../../src/sentry/source-store.ts'
import { createSilenceOperations } from '../../src/silence-operations.ts'
import { startTestRedis } from '../support/redis.ts'
import { differs } from './conforms.ts'

export const KEY = `admin-${randomBytes(12).toString('hex')}`
export const ROUTING_KEY = randomBytes(16).toString('hex')
export const BOT_TOKEN = `xoxb-${randomBytes(12).toString('hex')}`
export const CLIENT_SECRET = randomBytes(32).toString('hex')
export const API_TOKEN = `sntrys_${randomBytes(16).toString('hex')}`
export const SECRETS = [KEY, ROUTING_KEY, BOT_TOKEN, CLIENT_SECRET, API_TOKEN]

const NOW = Date.UTC(2026, 10, 5, 12)
const HEALTH: SourceHealth = {
  lastWebhookAt: NOW,
  lastPollAt: null,
  behindSeconds: null,
  clockSkewSeconds: null,
  rulesThatCannotFire: [],
  api: { configured: false, breaker: 'closed', lastError: null, errorRate: null, lastAnswerAt: null },
}

const WELL: DestinationHealth = { failing: false, since: null, failures: 0, lastError: null, nextProbeAt: null }

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'
export interface Sent {
  body?: unknown
  /** Sent as it is, instead of `body`. */
  text?: string
  headers?: Record<string, string>
}
export interface Got {
  status: number
  headers: Record<string, unknown>
  etag: string
  text: string
  /** The JSON body; the test knows its form. */
  json: ReturnType<typeof JSON.parse>
}

export interface ApiUnderTest {
  server: FastifyInstance
  operations: Operations
  clock: WoundClock
  call(method: Method, url: string, sent?: Sent): Promise<Got>
  /** What was logged as failing on our side. */
  failures: unknown[]
  /** Everything ever answered, headers included. */
  answered: string[]
}

/**
 * The API over real stores in a real Redis; incidents and the like are lists in memory. Every answer is held against
 * openapi.yaml and searched for secrets.
 */
export async function startApi(t: Test, options: { max?: number } = {}): Promise<ApiUnderTest> {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const client = redis.client()
  const secretBox = createSecretBox([randomBytes(32)])
  const keys = createApiKeyStore(client)
  const auditStore = createAuditStore(client)
  const clock = woundClock()
  const rules = createRulesStore(client)
  const kept = createIncidentStore(client)
  const drafts = createDraftStore(client)
  const destinations = createDestinationStore({
    records: createSealedRecords(client, {
      name: 'destinations',
      noun: 'destination',
      secretBox,
      readValue: stored => destinationSchema.parse(stored),
      readSecret: stored => destinationSecretSchema.parse(stored),
    }),
    usedBy: async id => destinationUses((await rules.current()).document, id),
  })
  const sources = createSourceStore({
    records: createSealedRecords(client, {
      name: 'sources',
      noun: 'source',
      secretBox,
      readValue: stored => sourceSchema.parse(stored),
      readSecret: stored => sourceSecretSchema.parse(stored),
    }),
  })
  await destinations.seedFromEnvironment([
    { destination: destination({ id: 'pagerduty-oncall', kind: 'pagerduty' }), secret: { routingKey: ROUTING_KEY } },
    {
      destination: destination({ id: 'slack-incidents', kind: 'slack', channel: '#incidents' }),
      secret: { botToken: BOT_TOKEN },
    },
    {
      destination: destination({ id: 'slack-alerts-production', kind: 'slack', channel: '#alerts-production' }),
      secret: { botToken: BOT_TOKEN },
    },
    { destination: destination({ id: 'backlog', kind: 'backlog' }), secret: {} },
  ])
  await sources.seedFromEnvironment([
    {
      source: sourceSchema.parse({ id: 'default', name: 'Default' }),
      secret: { clientSecrets: [CLIENT_SECRET], apiToken: API_TOKEN },
    },
  ])
  await rules.seedIfEmpty(defaultRules({ pagerduty: true, slack: true }), NOW)

  const operations: Operations = {
    rules: {
      current: () => rules.current(),
      revision: number => rules.revision(number),
      revisions: (page, filter) => rules.revisions(page, filter),
      publish: (document, expected, author, message) => rules.publish(document, expected, author, message, NOW),
      async validate(document, instead) {
        const known = instead ?? (await destinations.list()).map(({ value: { id, kind } }) => ({ id, kind }))
        return validateRules(document, { destinations: known })
      },
      async warnings(document, instead, all = false) {
        const there = instead ?? (await destinations.list()).map(({ value }) => value)
        const known = there.map(({ id, kind, fallback }) => ({ id, kind, fallback }))
        const most = all ? Number.POSITIVE_INFINITY : undefined
        return findWarnings(document, { destinations: known, tests: new Map() }, most)
      },
    },
    drafts: {
      list: () => drafts.list(),
      get: id => drafts.read(id),
      create: draft => {
        const id = `d-${randomBytes(8).toString('hex')}`
        return drafts.put({ ...draft, id, createdAt: NOW, updatedAt: NOW, updatedBy: draft.author }, null)
      },
      save: (draft, by, expected) => drafts.put({ ...draft, updatedAt: NOW + 1, updatedBy: by }, expected),
      remove: (id, expected) => drafts.remove(id, expected),
    },
    destinations: {
      ...destinations,
      list: async () =>
        (await destinations.list()).map(({ version, value }) => ({ version, value: { ...value, health: WELL } })),
      async get(id) {
        const found = await destinations.read(id)
        return found === null ? null : { version: found.version, value: { ...found.value, health: WELL } }
      },
      async put(given, secret, expected) {
        const { version, value } = await destinations.put(given, secret, expected)
        return { version, value: { ...value, health: WELL } }
      },
      test: async id => ({ ...exampleNotification, kind: 'test', destination: id }),
    },
    sources: {
      ...sources,
      list: async () =>
        (await sources.list()).map(({ version, value }) => ({ version, value: { ...value, health: HEALTH } })),
      async get(id) {
        const found = await sources.read(id)
        return found === null ? null : { version: found.version, value: { ...found.value, health: HEALTH } }
      },
      async put(given, secret, expected) {
        const { version, value } = await sources.put(given, secret, expected)
        return { version, value: { ...value, health: HEALTH } }
      },
    },
    apiKeys: createApiKeys({ store: keys, clock }),
    audit: createReadAudit(auditStore),
    silences: createSilenceOperations({
      stores: { silences: createSilenceStore(client), hid: createHidStore(client), incidents: kept, rules },
      pipeline: {
        // Nothing is open here that would fall quiet.
        lookAtMutes: async () => {},
        silenceBreadth: createSilenceBreadth({
          incidents: kept,
          notifications: createNotificationStore(client),
          wakes: () => 'post',
          clock,
        }),
      },
      clock,
    }),
    ...inMemory(),
  }

  const failures: unknown[] = []
  const fail = (fields: unknown) => void failures.push(fields)
  const api: ApiOptions = {
    operations,
    authenticate: createAuthenticate({ adminApiKey: KEY, keys, oidc: null, clock, log: { warn() {} } }),
    trail: createAuditTrail({
      store: auditStore,
      clock,
      scrub: text => text,
      outward,
      log: { error: fail, info() {} },
    }),
    onRefused() {},
    idempotency: createIdempotencyStore(client),
    rateLimit: { max: options.max ?? 10_000, windowMs: 60_000 },
    openapi: 'openapi: 3.1.0\n',
    log: { error: fail },
  }
  const server = fastify()
  await server.register(registerApi, api)
  t.teardown(() => server.close())

  const answered: string[] = []
  return {
    server,
    operations,
    clock,
    failures,
    answered,
    async call(method, url, { body, text, headers } = {}) {
      const json = body === undefined ? {} : { 'content-type': 'application/json' }
      const payload = text ?? (body === undefined ? undefined : JSON.stringify(body))
      const response = await server.inject({
        method,
        url,
        headers: { authorization: `Bearer ${KEY}`, ...json, ...headers },
        ...(payload === undefined ? {} : { payload }),
      })
      const type = String(response.headers['content-type'] ?? '')
      const all = JSON.stringify(response.headers) + response.body
      answered.push(all)
      if (method !== 'HEAD') t.equal(differs(method, url, response.statusCode, type, response.body), '')
      t.notOk(
        SECRETS.some(secret => all.includes(secret)),
        `${method} ${url} tells no secret`,
      )
      return {
        status: response.statusCode,
        headers: response.headers,
        etag: String(response.headers.etag ?? ''),
        text: response.body,
        json:
          type.includes('json') && !type.includes('ndjson') && response.body !== '' ? JSON.parse(response.body) : null,
      }
    },
  }
}

export function destination(given: object): StoredDestination {
  return destinationSchema.parse({ name: 'A destination', ...given })
}

/** What is not this room's: plain lists, enough to ask for. */
function inMemory(): Omit<
  Operations,
  'silences' | 'rules' | 'drafts' | 'destinations' | 'sources' | 'apiKeys' | 'audit'
> {
  const incidents = [1, 2, 3].map(n => ({ ...exampleIncident, id: `inc_${n}`, updatedAt: NOW + n }))
  const passes = (filter: IncidentFilter) => (incident: (typeof incidents)[number]) =>
    (filter.severity ?? incident.severity) === incident.severity &&
    (filter.project ?? incident.project) === incident.project &&
    (filter.since ?? 0) <= incident.updatedAt
  let entry = { version: '1', value: exampleBacklogEntry }
  return {
    incidents: {
      list: async (filter, page) => pageOf(incidents.filter(passes(filter)), one => one.id, page),
      get: async id => incidents.find(one => one.id === id) ?? null,
      readMany: async ids => incidents.filter(({ id }) => ids.includes(id)),
      timeline: async (id, page) => (id === 'inc_1' ? pageOf([exampleTimelineEntry], one => one.reason, page) : null),
      notifications: async id => (id === 'inc_1' ? [exampleNotification] : null),
      async act(id, act, { actor, key }) {
        const incident = incidents.find(one => one.id === id)
        const reason = JSON.stringify({ act, actor, key })
        if (incident === undefined) return null
        return { incident, changed: true, repeated: false, action: act.kind, reason, reflected: [] }
      },
    },
    deliveries: { get: async id => (id === exampleDelivery.id ? exampleDelivery : null) },
    notifications: {
      list: async (_filter, page) => pageOf([exampleNotification], one => one.id, page),
      get: async id => (id === exampleNotification.id ? exampleNotification : null),
      async retry(id) {
        throw new TocsinError('CONFLICT', `notification "${id}" was sent: only dead letters can be retried`)
      },
      retryMany: async () => ({ matched: 0, retried: 0, more: false, byDestination: {}, notifications: [] }),
    },
    backlog: {
      list: async (_filter, page) => pageOf([entry.value], one => one.id, page),
      get: async id => (id === entry.value.id ? entry : null),
      async patch(id, change, expected) {
        if (id !== entry.value.id) throw new TocsinError('NOT_FOUND', `there is no backlog entry "${id}"`)
        if (expected !== entry.version) throw new TocsinError('STALE_ETAG', 'it changed: read it again')
        entry = { version: String(Number(entry.version) + 1), value: { ...entry.value, ...change } }
        return entry
      },
    },
    quarantine: {
      list: async page => pageOf([exampleQuarantine], one => one.id, page),
      get: async id => (id === exampleQuarantine.id ? exampleQuarantine : null),
    },
    whatIf: {
      async simulate({ against }) {
        if (against !== 'current' && 'revision' in against) throw new TocsinError('NOT_FOUND', 'no such revision')
        return exampleSimulated
      },
      replay: async () =>
        (async function* () {
          yield { type: 'summary' as const, ...exampleReplay }
        })(),
      shadow: { begin: async () => exampleShadow, read: async () => null, end: async () => null },
    },
    readiness: async () => ({ ready: false, checks: [{ name: 'redis', ok: false, reason: 'no answer' }] }),
    metrics: async () => 'tocsin_up 1\n',
  }
}
