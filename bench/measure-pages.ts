import { setTimeout as sleep } from 'node:timers/promises'
import type { PagerdutyStandIn } from '../src/sandbox/pagerduty-stand-in.ts'
import type { SentryStandIn } from '../src/sandbox/sentry-stand-in.ts'
import { openConnection } from './connection.ts'
import { ascending, atMost, below, type Figure, median, ms, percentile } from './figures.ts'
import type { LoadProcess } from './load-process.ts'
import {
  checkoutFailure,
  dataLoss,
  FLOOD_ISSUES,
  FLOOD_PROJECT,
  floodIssue,
  signedRequest,
  type Told,
} from './payloads.ts'
import { routingKey, type Secrets, type ServiceProcess } from './service-process.ts'
import { until } from './until.ts'

export interface PageDeps {
  service: ServiceProcess
  pagerduty: PagerdutyStandIn
  sentry: SentryStandIn
  load: LoadProcess
  secrets: Secrets
}

/**
 * PagerDuty takes 120 events a minute and key, and the service keeps to that. With so many projects, each routed to a
 * key of its own, no page of this measurement waits for its turn: 40 a second are 80 a minute and key.
 */
const DESTINATIONS = 30
const EVERY_MS = 25
const PAGES = 400
const ROUNDS = 3
const SENTRY_ANSWERS_IN_MS = 150
const ASKED_PAGES = 60
const ASKED_EVERY_MS = 250
const ERRORS_PER_SECOND = 1_000
const LEAD_IN_MS = 500
const projectOf = (n: number): string => `bench-${n % DESTINATIONS}`
/** A second issue of one core flow within ten minutes is the first one's page: each is of a project of its own. */
const askedProject = (n: number): string => `asked-${n}`

/** Routes each bench project to a PagerDuty key of its own. */
export async function openPagerdutyKeys({ service, pagerduty }: PageDeps): Promise<void> {
  const { etag, body } = await service.api('GET', '/rules')
  const { document } = body as { document: { policies: object[]; routes: object[] } }
  for (let n = 0; n < DESTINATIONS; n++) {
    const id = projectOf(n)
    const destination = { id, name: id, kind: 'pagerduty', url: pagerduty.url, fallback: null }
    await service.api('POST', '/destinations', { ...destination, secret: { routingKey: routingKey() } })
    const steps = [{ after: 'PT0S', targets: [{ destination: id, mention: null }] }]
    document.policies.push({ id, name: id, responseTime: 'PT15M', steps })
    const projects = [
      id,
      ...Array.from({ length: ASKED_PAGES }, (_, i) => i)
        .filter(i => projectOf(i) === id)
        .map(askedProject),
    ]
    const when = { field: 'project', op: 'in', value: projects }
    document.routes.unshift({ id, name: id, when, policy: id, continue: false })
  }
  await service.api('PUT', '/rules', document, { 'if-match': etag })
  // The process reads its rules every second.
  await sleep(1_500)
}

interface Pages {
  /** Start of the POST to accepted by PagerDuty, ascending, ms. */
  page: number[]
  /** Start of the POST to 202, ascending, ms. */
  answer: number[]
}

/** Sends one webhook each `everyMs`, whatever came of the earlier ones, and waits until every one has paged. */
async function page(
  deps: PageDeps,
  tell: (n: number) => { issue: string; told: Told },
  count: number,
  everyMs: number,
): Promise<Pages> {
  const { service, pagerduty, secrets } = deps
  const connections = await Promise.all(Array.from({ length: 8 }, () => openConnection(service.port)))
  const startedAt = new Map<string, number>()
  const answer: number[] = []
  const answers: Promise<void>[] = []
  const begin = performance.now()
  for (let n = 0; n < count; n++) {
    const { issue, told } = tell(n)
    const request = signedRequest(told, secrets.client, Date.now())
    const early = begin + n * everyMs - performance.now()
    if (early > 0) await sleep(early)
    const connection = connections[n % connections.length]
    if (connection === undefined) continue
    const at = performance.now()
    startedAt.set(`v1:issue:default:${issue}:g1`, performance.timeOrigin + at)
    answers.push(
      connection.post(request).then(status => {
        if (status !== 202) throw new Error(`a webhook was answered ${status}`)
        answer.push(performance.now() - at)
      }),
    )
  }
  await Promise.all(answers)
  for (const connection of connections) connection.close()
  const mine = () => pagerduty.alerts.filter(alert => startedAt.has(alert.dedupKey))
  await until(() => mine().length >= count, 15_000, 50)
  const alerts = mine()
  const requests = alerts.reduce((sum, alert) => sum + alert.log.length, 0)
  if (alerts.length !== count || requests !== count)
    throw new Error(`${count} webhooks made ${alerts.length} alerts by ${requests} triggers; each should make one`)
  const took = alerts.map(alert => alert.openedAt - (startedAt.get(alert.dedupKey) ?? Number.NaN))
  return { page: ascending(took), answer: ascending(answer) }
}

export async function measurePages(deps: PageDeps): Promise<{ figures: Figure[]; errorsSent: number }> {
  const { sentry, load, secrets, service } = deps
  sentry.world.latencyMs = SENTRY_ANSWERS_IN_MS
  fillWorld(sentry)
  let made = 0
  const proven = () => {
    const [issue, project] = [String(1_000_000_000 + made), projectOf(made++)]
    return { issue, told: dataLoss(issue, project, Date.now()) }
  }
  await page(deps, proven, 200, EVERY_MS)
  const idle: Pages[] = []
  const flooded: Pages[] = []
  let errorsSent = 0
  for (let round = 0; round < ROUNDS; round++) {
    idle.push(await page(deps, proven, PAGES, EVERY_MS))
    const lasting = PAGES * EVERY_MS + 2 * LEAD_IN_MS
    const what = { kind: 'errors' as const, from: errorsSent }
    const pace = { how: 'pace' as const, perSecond: ERRORS_PER_SECOND, ms: lasting }
    const flood = load.run({ port: service.port, secret: secrets.client, what, connections: 64, ...pace })
    await load.started()
    await sleep(LEAD_IN_MS)
    flooded.push(await page(deps, proven, PAGES, EVERY_MS))
    const { accepted, refused, seconds } = await flood
    if (refused > 0) throw new Error(`${refused} error events were refused`)
    if (accepted / seconds < 0.97 * ERRORS_PER_SECOND)
      throw new Error(`only ${Math.round(accepted / seconds)} error events a second could be sent`)
    errorsSent += accepted
    const counted = () => service.metric('tocsin_webhooks_total', { resource: 'error' })
    if (!(await until(async () => (await counted()) === errorsSent, 15_000, 200)))
      throw new Error(`${errorsSent} error events were answered 202, ${await counted()} have an outcome`)
  }
  const asked = await page(
    deps,
    n => ({ issue: askedIssue(n), told: checkoutFailure(askedIssue(n), askedProject(n), Date.now()) }),
    ASKED_PAGES,
    ASKED_EVERY_MS,
  )
  return { figures: figuresOf(idle, flooded, asked), errorsSent }
}

const askedIssue = (n: number): string => String(2_000_000_000 + n)

/** What Sentry would say of the issues that are asked about. */
function fillWorld({ world }: SentryStandIn): void {
  const healthy = () => ({
    sessions: [{ healthy: 9_990, crashed: 10 }],
    releases: ['web-shop@2.4.0'],
    unhandled: Array.from({ length: 10 }, () => 1),
  })
  for (let n = 0; n < DESTINATIONS; n++) world.projects[projectOf(n)] = healthy()
  world.projects[FLOOD_PROJECT] = healthy()
  // In no list: it is the webhooks' way that is measured, not that of polling.
  const issue = (project: string) => ({
    listed: false,
    users: 40,
    events: 60,
    recentUsers: 12,
    recentEvents: 15,
    project,
  })
  for (let n = 0; n < ASKED_PAGES; n++) {
    world.projects[askedProject(n)] = healthy()
    world.issues[askedIssue(n)] = issue(askedProject(n))
  }
  for (let n = 0; n < FLOOD_ISSUES; n++) world.issues[floodIssue(n)] = issue(FLOOD_PROJECT)
}

const over = (rounds: readonly Pages[], what: keyof Pages, share: number): number =>
  median(rounds.map(round => percentile(round[what], share)))

function figuresOf(idle: Pages[], flooded: Pages[], asked: Pages): Figure[] {
  const p50 = over(idle, 'page', 0.5)
  const p99 = over(idle, 'page', 0.99)
  const floodP99 = over(flooded, 'page', 0.99)
  const line = (what: string, rounds: Pages[], kind: keyof Pages): Figure => ({
    what,
    measured: `${over(rounds, kind, 0.5).toFixed(1)} / ${ms(over(rounds, kind, 0.99))}`,
  })
  const ratio = floodP99 / p99
  return [
    { ...line('webhook to PagerDuty, idle, p50 / p99', idle, 'page'), aim: below(p50, 10, 'ms p50') },
    line('  answer to Sentry, p50 / p99', idle, 'answer'),
    line(`the same under ${ERRORS_PER_SECOND} error events a second`, flooded, 'page'),
    line('  answer to Sentry, p50 / p99', flooded, 'answer'),
    { what: '  p99 over idle p99', measured: ratio.toFixed(2), aim: atMost(ratio, 2) },
    line(`webhook to PagerDuty, Sentry's API answering in ${SENTRY_ANSWERS_IN_MS} ms`, [asked], 'page'),
  ]
}
