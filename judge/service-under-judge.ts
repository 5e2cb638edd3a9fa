import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../src/config.ts'
import type { Incident, TimelineEntry } from '../src/incidents/incident.ts'
import type { Clock } from '../src/platform/clock.ts'
import { createLogger } from '../src/platform/logger.ts'
import type { RulesDocument } from '../src/rules/rules-document.ts'
import { type PagerdutyStandIn, startPagerdutyStandIn } from '../src/sandbox/pagerduty-stand-in.ts'
import { startSlackStandIn } from '../src/sandbox/slack-stand-in.ts'
import { type Service, startService } from '../src/service.ts'
import type { Webhook } from './model/webhooks.ts'
import { createRandom } from './random.ts'
import { TOKEN } from './stand-ins.ts'

const SECRETS = {
  client: 'client-secret-of-the-simulator-01',
  forged: 'a-secret-that-nobody-was-given-01',
  routingKey: '00112233445566778899aabbccddeeff',
  bot: 'xoxb-simulator-0123456789',
  admin: 'admin-key-of-the-simulator-012345',
}

type Body = ReturnType<typeof JSON.parse>

/** The real service on its own Redis, between stand-ins for PagerDuty and Slack. */
export interface ServiceUnderJudge {
  pagerduty: PagerdutyStandIn
  /** Posts one webhook as Sentry does; what the door answered. */
  post(source: string, webhook: Webhook, hookAt: number): Promise<number>
  settled(): Promise<void>
  catchUp(): Promise<void>
  restart(): Promise<void>
  addSource(id: string, url: string): Promise<void>
  editRules(edit: (document: RulesDocument) => RulesDocument): Promise<void>
  incidents(): Promise<Incident[]>
  timeline(incident: string): Promise<TimelineEntry[]>
  /** Lines of errors it logged. */
  errors: string[]
  stop(): Promise<void>
}

export async function startServiceUnderJudge(
  sentryUrl: string,
  clock: Clock,
  seed: number,
): Promise<ServiceUnderJudge> {
  const [pagerduty, slack] = await Promise.all([startPagerdutyStandIn({ clock }), startSlackStandIn({ clock })])
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-judge-'))
  const config = readConfig({
    PORT: '0',
    DATA_DIR: dataDir,
    SANDBOX: 'off',
    LOG_LEVEL: 'error',
    SENTRY_CLIENT_SECRET: SECRETS.client,
    SENTRY_URL: sentryUrl,
    SENTRY_ORG: 'northwind',
    SENTRY_AUTH_TOKEN: TOKEN,
    PAGERDUTY_ROUTING_KEY: SECRETS.routingKey,
    PAGERDUTY_EVENTS_URL: pagerduty.url,
    SLACK_BOT_TOKEN: SECRETS.bot,
    SLACK_API_URL: slack.url,
    SLACK_TEAM_LEAD: 'S0TEAMLEAD',
    ADMIN_API_KEY: SECRETS.admin,
    ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
  })
  const errors: string[] = []
  const { next: random } = createRandom(seed, 'service')
  const start = () =>
    startService({
      config,
      clock,
      log: createLogger('error', () => [], { write: line => void errors.push(line) }),
      pid: process.pid,
      random,
      // Nothing comes round by itself: how fast this machine is must not show in the result.
      every: () => ({ stop: async () => {} }),
      onSecrets() {},
    })
  let service: Service = await start()

  async function api(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ headers: Headers; body: Body }> {
    const response = await fetch(`${service.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${SECRETS.admin}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return { headers: response.headers, body: text === '' ? null : JSON.parse(text) }
  }

  async function all<T>(path: string): Promise<T[]> {
    const items: T[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await api('GET', `${path}?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`)
      items.push(...page.body.items)
      cursor = page.body.next
    }
    return items
  }

  async function editRules(edit: (document: RulesDocument) => RulesDocument): Promise<void> {
    const { headers, body } = await api('GET', '/rules')
    await api('PUT', '/rules', edit(body.document), { 'if-match': headers.get('etag') ?? '' })
  }
  await editRules(toldOnce)

  return {
    pagerduty,
    errors,
    async post(source, { body, resource, forged }, hookAt) {
      const secret = forged ? SECRETS.forged : SECRETS.client
      const response = await fetch(`${service.url}/webhooks/sentry${source === 'default' ? '' : `/${source}`}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'sentry-hook-resource': resource,
          'sentry-hook-timestamp': String(Math.floor(hookAt / 1000)),
          'sentry-hook-signature': createHmac('sha256', secret).update(body).digest('hex'),
        },
        body,
      })
      await response.arrayBuffer()
      return response.status
    },
    settled: () => service.settled(),
    catchUp: () => service.catchUp(),
    async restart() {
      await service.stop()
      service = await start()
    },
    async addSource(id, url) {
      const secret = { clientSecrets: [SECRETS.client], apiToken: TOKEN }
      await api('POST', '/sources', { id, name: id, url, organization: 'northwind', secret })
    },
    editRules,
    incidents: () => all<Incident>('/incidents'),
    async timeline(id) {
      const entries = await all<Omit<TimelineEntry, 'at'> & { at: string | number }>(`/incidents/${id}/timeline`)
      return entries.map(entry => ({ ...entry, at: new Date(entry.at).getTime() }))
    },
    async stop() {
      await service.stop()
      await Promise.all([pagerduty.close(), slack.close()])
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/**
 * Nobody answers in the simulation, so every later step would be told: a page for a P1 that nobody acknowledged within the
 * hour is right, and says nothing of how it was judged. Only what is told at once is judged.
 */
function toldOnce(document: RulesDocument): RulesDocument {
  const policies = document.policies.map(policy => ({ ...policy, steps: policy.steps.slice(0, 1), repeat: null }))
  return { ...document, policies }
}
