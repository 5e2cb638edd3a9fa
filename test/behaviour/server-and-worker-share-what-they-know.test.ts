import { createServer } from 'node:net'
import t from 'tap'
import { every } from '../../src/platform/every.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { errorCreated, eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { startService } from '../../src/service.ts'
import { startTestRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const MINUTE = 60_000

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** The same service again as another process would be: its own connections and memory, the same Redis. */
function startWorker(world: World) {
  return startService({
    config: { ...world.service().config, role: 'worker', publicUrl: world.url() },
    clock: world.clock,
    log: createLogger('debug', () => [], { write: line => void world.logged.push(line) }),
    pid: process.pid,
    random: Math.random,
    every,
    onSecrets() {},
  })
}

async function startServerAlone() {
  const port = await freePort()
  const redis = await startTestRedis({ settings: ['--port', String(port), '--bind', '127.0.0.1'] })
  t.teardown(redis.stop)
  return startWorld({ env: { ROLE: 'server', REDIS_URL: `redis://127.0.0.1:${port}`, SENTRY_AUTH_TOKEN: null } })
}

t.test('a server takes webhooks and a worker pages; each knows what the other has seen', async t => {
  const world = await startServerAlone()
  t.teardown(world.stop)
  const source = async () => (await world.api('GET', '/sources/default')).body
  const cannotFire = async (): Promise<string[]> =>
    (await source()).health.rulesThatCannotFire.map(({ rule }: { rule: string }) => rule)
  const readyz = async () => {
    const answer: unknown = await (await fetch(`${world.url()}/readyz`)).json()
    return JSON.stringify(answer)
  }
  t.match(await source(), { health: { lastWebhookAt: null } })
  t.ok((await cannotFire()).includes('many-users'), 'neither an API nor error events: nobody counts users')
  t.match(await readyz(), /many-users/)

  const now = world.clock.now()
  const lost = eventPayload({
    now,
    issue: '7',
    project: 'payments-api',
    transaction: 'save',
    tags: { data_loss: 'true' },
  })
  const alert = await world.send('event_alert', eventAlert(lost, 'Data loss'))
  const feed = eventPayload({ now, issue: '8', project: 'web-shop', transaction: '/', handled: true })
  const error = await world.send('error', errorCreated(feed))
  t.same([alert.status, error.status], [202, 202])
  t.equal((await world.api('GET', `/deliveries/${alert.delivery}`)).status, 404, 'kept, until a worker comes')

  const worker = await startWorker(world)
  t.teardown(worker.stop)
  t.equal(worker.url, null)
  t.match(await world.outcome(alert.delivery), { outcome: 'opened', severity: 'P0' })
  t.match(await world.outcome(error.delivery), { outcome: 'counted' })
  await until(() => world.pagerduty.openAlerts().length === 1)

  await until(async () => Date.parse((await source()).health.lastWebhookAt ?? '') >= now)
  await until(async () => !(await cannotFire()).includes('many-users'))
  t.notMatch(await readyz(), /many-users/, '/readyz knows the error feed')
})

t.test(
  'a burst that one process refused holds its incident open in the other, and is over when it is calm',
  async t => {
    const world = await startServerAlone()
    t.teardown(world.stop)
    const worker = await startWorker(world)
    t.teardown(worker.stop)
    for (let n = 0; n < 25; n++) await world.send('issue', { n }, { secret: 'an-old-secret-that-was-rotated-away' })
    await until(async () => (await world.incidents()).length === 1)
    const [incident] = await world.incidents()
    const status = async () => (await world.incident(incident?.id ?? '')).status
    t.match(incident, { kind: 'source', severity: 'P1', status: 'triggered' })

    for (let minutes = 0; minutes < 9; minutes += 3) {
      world.clock.wind(3 * MINUTE)
      await worker.catchUp()
      t.equal(await status(), 'triggered')
    }
    await until(async () => {
      world.clock.wind(MINUTE)
      await worker.catchUp()
      return (await status()) === 'resolved'
    })
  },
)
