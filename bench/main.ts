import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '../src/platform/logger.ts'
import { startPagerdutyStandIn } from '../src/sandbox/pagerduty-stand-in.ts'
import { startSentryStandIn } from '../src/sandbox/sentry-stand-in.ts'
import { startSlackStandIn } from '../src/sandbox/slack-stand-in.ts'
import { type Figure, table } from './figures.ts'
import { startLoad } from './load-process.ts'
import { measureDoor } from './measure-door.ts'
import { measureMemory } from './measure-memory.ts'
import { measurePages, openPagerdutyKeys } from './measure-pages.ts'
import { measureReplay } from './measure-replay.ts'
import { measureRoutes } from './measure-routes.ts'
import { measureThroughput } from './measure-throughput.ts'
import { freshSecrets, startServiceProcess } from './service-process.ts'

/** Everything in one run, in under three minutes. A wrong count ends it with status 1; a missed aim is only said. */
const secrets = freshSecrets()
const log = createLogger('warn', () => Object.values(secrets))
const show = (title: string, figures: Figure[]): void => console.log(table(title, figures))

const closing: (() => unknown)[] = []
async function close(): Promise<void> {
  for (let next = closing.pop(); next !== undefined; next = closing.pop()) await next()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void close().then(() => process.exit(130)))
}

const [busy = 0] = loadavg()
console.log(`${availableParallelism()} cores, load average ${busy.toFixed(2)} before the start`)
if (busy > availableParallelism() / 4)
  console.log(
    'Others are using this machine: times and ratios will be worse than they are. Run it again when it is quiet.',
  )
console.log()

try {
  show('Routing an incident', measureRoutes())
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'))
  closing.push(() => rmSync(dir, { recursive: true, force: true }))
  const load = startLoad()
  closing.push(load.stop)
  show('The door alone', await measureDoor(load, dir, secrets.client, log))

  // Finer than milliseconds: what is measured is a few of them.
  const clock = { now: () => performance.timeOrigin + performance.now() }
  const pagerduty = await startPagerdutyStandIn({ clock })
  closing.push(pagerduty.close)
  const sentry = await startSentryStandIn({ token: secrets.token })
  closing.push(sentry.close)
  const slack = await startSlackStandIn()
  closing.push(slack.close)
  const providers = { sentry: sentry.url, pagerduty: pagerduty.url, slack: slack.url }
  const service = await startServiceProcess(join(dir, 'service'), secrets, providers)
  closing.push(service.stop)
  const deps = { service, pagerduty, sentry, load, secrets }
  await openPagerdutyKeys(deps)
  const pages = await measurePages(deps)
  show('Time to page', pages.figures)
  show('Throughput of one process, server and worker together', await measureThroughput(deps, pages.errorsSent))
  show('Memory', await measureMemory(service))
  show('A month of signals, replayed', await measureReplay(join(dir, 'replay'), log))
  if (service.errors.length > 0) throw new Error(`the service logged errors: ${service.errors.slice(0, 3).join('\n')}`)
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await close()
}
