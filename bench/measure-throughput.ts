import { type Figure, ms, perSecond } from './figures.ts'
import type { LoadTask } from './load.ts'
import type { LoadProcess } from './load-process.ts'
import type { Secrets, ServiceProcess } from './service-process.ts'
import { until } from './until.ts'

const ALERTS = 3_000
const ERRORS = 10_000
const CONNECTIONS = 64
/** Few enough that nearly every alert joins an incident that is open; so many that no project has a spike of its own. */
const ISSUES = Array.from({ length: 20 }, (_, n) => String(3_000_000_000 + n))
const PROJECTS = ISSUES.map((_, n) => `storm-${n}`)

/** From the first request to the last recorded outcome, sent as fast as the door answers. `sentBefore`: error events. */
export async function measureThroughput(
  deps: { service: ServiceProcess; load: LoadProcess; secrets: Secrets },
  sentBefore: number,
): Promise<Figure[]> {
  const alerts = { kind: 'alerts' as const, issues: ISSUES, projects: PROJECTS }
  return [
    ...(await handled(deps, 'alerts that join an open incident', 'event_alert', alerts, ALERTS)),
    ...(await handled(deps, 'error events', 'error', { kind: 'errors', from: sentBefore }, ERRORS)),
  ]
}

async function handled(
  { service, load, secrets }: { service: ServiceProcess; load: LoadProcess; secrets: Secrets },
  about: string,
  resource: string,
  what: LoadTask['what'],
  count: number,
): Promise<Figure[]> {
  const outcomes = () => service.metric('tocsin_webhooks_total', { resource })
  const before = await outcomes()
  const task = {
    port: service.port,
    secret: secrets.client,
    what,
    connections: CONNECTIONS,
    how: 'each' as const,
    count,
  }
  const sending = load.run(task)
  await load.started()
  const started = performance.now()
  const sent = await sending
  if (sent.accepted !== count) throw new Error(`${sent.refused} of ${count} deliveries were refused`)
  if (!(await until(async () => (await outcomes()) >= before + count, 60_000, 50)))
    throw new Error(`${count} deliveries were answered 202, ${(await outcomes()) - before} have an outcome`)
  const seconds = (performance.now() - started) / 1000
  if ((await outcomes()) !== before + count) throw new Error(`more outcomes were recorded than deliveries sent`)
  return [
    { what: `${about}, handled to the end`, measured: perSecond(count / seconds) },
    {
      what: '  answer p50 / p99 meanwhile, 64 connections',
      measured: `${sent.p50.toFixed(1)} / ${ms(sent.p99)}`,
    },
  ]
}
