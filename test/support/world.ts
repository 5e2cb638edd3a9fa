import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../../src/config.ts'
import type { Notification } from '../../src/deliver/notification.ts'
import type { Incident, TimelineEntry } from '../../src/incidents/incident.ts'
import { type WoundClock, woundClock } from '../../src/platform/clock.ts'
import { every } from '../../src/platform/every.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { type PagerdutyStandIn, startPagerdutyStandIn } from '../../src/sandbox/pagerduty-stand-in.ts'
import { serialize } from '../../src/sandbox/samples/serialize.ts'
import { type SentryStandIn, startSentryStandIn } from '../../src/sandbox/sentry-stand-in.ts'
import { type SlackStandIn, startSlackStandIn } from '../../src/sandbox/slack-stand-in.ts'
import { type Service, startService } from '../../src/service.ts'
import type { DeliveryRecord } from '../../src/signals/delivery.ts'
import { isSoAtSentry } from './at-sentry.ts'
import { until } from './until.ts'

export const SECRETS = {
  client: 'a-client-secret-of-the-tests-0001',
  routingKey: '0123456789abcdef0123456789abcdef',
  bot: 'xoxb-tests-0123456789',
  token: 'sntrys_tests_0123456789',
  admin: 'admin-key-of-the-tests-0123456789',
}

/** Whatever the service answered; what a test does not find in it, it says. */
type Body = ReturnType<typeof JSON.parse>

export interface Sent {
  status: number
  delivery: string
  body: string
}

/** The whole service on its own Redis, between stand-ins for Sentry, PagerDuty and Slack, with a clock to wind. */
export interface World {
  clock: WoundClock
  sentry: SentryStandIn
  pagerduty: PagerdutyStandIn
  slack: SlackStandIn
  service(): Service
  url(): string
  /** Every line that was logged. */
  logged: string[]
  /** Signs the payload as Sentry does and posts it. `hookAt`: hook timestamp, ms. */
  send(
    resource: string,
    payload: unknown,
    options?: { hookAt?: number; secret?: string; raw?: string; source?: string },
  ): Promise<Sent>
  /** Sends it and waits until it is handled: what became of it. */
  tell(resource: string, payload: unknown, options?: { hookAt?: number }): Promise<DeliveryRecord>
  outcome(delivery: string): Promise<DeliveryRecord>
  api(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; body: Body }>
  incidents(): Promise<Incident[]>
  incident(id: string): Promise<Incident>
  timeline(id: string): Promise<TimelineEntry[]>
  notifications(id: string): Promise<Notification[]>
  /** Winds the clock and lets everything that is due by then happen. */
  wind(ms: number): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface WorldOptions {
  /** Environment of the service, beside what the stand-ins need; null takes a name away. */
  env?: Record<string, string | null>
  channels?: readonly string[]
  /** What its clock says at first, ms. Absent: the time it is. */
  startsAt?: number
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const clock = woundClock()
  clock.wind((options.startsAt ?? clock.now()) - clock.now())
  const [sentry, pagerduty, slack] = await Promise.all([
    startSentryStandIn({ token: SECRETS.token, clock }),
    startPagerdutyStandIn({ clock }),
    startSlackStandIn({ clock, ...(options.channels === undefined ? {} : { channels: options.channels }) }),
  ])
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-test-'))
  const env: Record<string, string | undefined> = {
    PORT: '0',
    DATA_DIR: dataDir,
    SANDBOX: 'off',
    LOG_LEVEL: 'debug',
    SENTRY_CLIENT_SECRET: SECRETS.client,
    SENTRY_URL: sentry.url,
    SENTRY_ORG: 'acme',
    SENTRY_AUTH_TOKEN: SECRETS.token,
    PAGERDUTY_ROUTING_KEY: SECRETS.routingKey,
    PAGERDUTY_EVENTS_URL: pagerduty.url,
    PAGERDUTY_API_URL: pagerduty.url,
    SLACK_BOT_TOKEN: SECRETS.bot,
    SLACK_API_URL: slack.url,
    SLACK_TEAM_LEAD: 'S0TEAMLEAD',
    ADMIN_API_KEY: SECRETS.admin,
    ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
  }
  for (const [name, value] of Object.entries(options.env ?? {})) env[name] = value ?? undefined
  const config = readConfig(env)
  const logged: string[] = []
  let secrets: () => string[] = () => []
  const start = () =>
    startService({
      config,
      clock,
      log: createLogger('debug', () => secrets(), { write: line => void logged.push(line) }),
      pid: process.pid,
      random: Math.random,
      every,
      onSecrets(now) {
        secrets = now
      },
    })
  let service = await start()

  const url = () => service.url ?? ''
  async function api(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Headers; body: Body }> {
    const response = await fetch(`${url()}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${SECRETS.admin}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    // A test that asks often meets the API's own limit: it waits as any client should.
    if (response.status === 429) {
      await sleep(Number(response.headers.get('retry-after') ?? 1) * 1_000)
      return api(method, path, body, headers)
    }
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
  }

  async function all<T>(path: string): Promise<T[]> {
    const items: T[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await api('GET', `${path}?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`)
      if (page.status !== 200) throw new Error(`GET ${path}: ${page.status} ${JSON.stringify(page.body)}`)
      items.push(...page.body.items)
      cursor = page.body.next
    }
    return items
  }

  async function send(
    resource: string,
    payload: unknown,
    how: { hookAt?: number; secret?: string; raw?: string; source?: string } = {},
  ): Promise<Sent> {
    isSoAtSentry(sentry.world, resource, payload, clock.now())
    const body = how.raw ?? (typeof payload === 'string' ? payload : serialize(payload))
    const response = await fetch(`${url()}/webhooks/sentry${how.source === undefined ? '' : `/${how.source}`}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'sentry-hook-resource': resource,
        'sentry-hook-timestamp': String(Math.floor((how.hookAt ?? clock.now()) / 1000)),
        'sentry-hook-signature': createHmac('sha256', how.secret ?? SECRETS.client)
          .update(body)
          .digest('hex'),
      },
      body,
    })
    const text = await response.text()
    return { status: response.status, delivery: response.status === 202 ? JSON.parse(text).delivery : '', body: text }
  }

  async function outcome(delivery: string): Promise<DeliveryRecord> {
    let record: DeliveryRecord | null = null
    await until(async () => {
      const found = await api('GET', `/deliveries/${delivery}`)
      record = found.status === 200 ? found.body : null
      return record !== null
    })
    if (record === null) throw new Error(`delivery ${delivery} has no outcome`)
    return record
  }

  /** What is not yet there was not missed: the first round with Sentry is over before anything happens. */
  async function polledOnce(): Promise<void> {
    if (config.sentry.apiToken === null || config.role === 'server') return
    await until(async () => (await api('GET', '/sources/default')).body.health?.lastPollAt != null)
  }
  if (config.role === 'all') await polledOnce()

  return {
    clock,
    sentry,
    pagerduty,
    slack,
    service: () => service,
    url,
    logged,
    send,
    async tell(resource, payload, how) {
      const sent = await send(resource, payload, how)
      if (sent.status !== 202) throw new Error(`the door answered ${sent.status}: ${sent.body}`)
      return outcome(sent.delivery)
    },
    outcome,
    api,
    incidents: () => all<Incident>('/incidents'),
    incident: async id => (await api('GET', `/incidents/${id}`)).body,
    timeline: id => all<TimelineEntry>(`/incidents/${id}/timeline`),
    notifications: id => all<Notification>(`/incidents/${id}/notifications`),
    async wind(ms) {
      clock.wind(ms)
      await service.catchUp()
    },
    async restart() {
      await service.stop()
      service = await start()
    },
    async stop() {
      await service.stop()
      await Promise.all([sentry.close(), pagerduty.close(), slack.close()])
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
