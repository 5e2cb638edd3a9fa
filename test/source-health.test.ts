import t from 'tap'
import { woundClock } from '../src/platform/clock.ts'
import { createLogger } from '../src/platform/logger.ts'
import { createSecretBox } from '../src/platform/secret-box.ts'
import { defaultRules } from '../src/rules/default-rules.ts'
import { createSentryApi } from '../src/sentry/api-client.ts'
import { sourceSchema } from '../src/sentry/source.ts'
import { CONDITIONS, createSourceHealth } from '../src/source-health.ts'
import { createStores } from '../src/stores.ts'
import { startTestRedis } from './support/redis.ts'

const MINUTE = 60_000
const server = await startTestRedis()
t.teardown(() => server.stop())

/** One process of several on the same Redis. */
async function startOne() {
  const clock = woundClock()
  const logged: string[] = []
  const log = createLogger('debug', () => [], { write: line => void logged.push(line) })
  const redis = server.client()
  const stores = createStores(redis, { secretBox: createSecretBox([Buffer.alloc(32, 7)]), clock })
  const source = sourceSchema.parse({ id: 'default', name: 'Default' })
  await stores.sources.seedFromEnvironment([{ source, secret: { clientSecrets: ['s'.repeat(20)], apiToken: null } }])
  await stores.sources.refresh()
  const document = defaultRules({ pagerduty: true, slack: true })
  const health = createSourceHealth({
    stores,
    ask: createSentryApi({ sourceOf: id => stores.sources.get(id), clock, log, onOutcome() {} }),
    rules: () => ({ number: 1, at: 0, author: 'x', message: '', document }),
    clock,
    log,
  })
  return { clock, health, redis, logged }
}

t.test('a burst refused at one door still holds in every process, long after it was told', async t => {
  const [door, worker] = [await startOne(), await startOne()]
  const holds = (ahead: number) =>
    worker.health.conditionHolds('default', CONDITIONS.refused, worker.clock.now() + ahead, 0)
  t.equal(holds(0), false)
  door.health.refused('default', { 'signature-invalid': 20 })
  await t.resolves(
    (async () => {
      for (let n = 0; n < 100 && holds(0) !== true; n++) await worker.health.refresh()
    })(),
  )
  t.equal(holds(9 * MINUTE), true)
  t.equal(holds(11 * MINUTE), false)
})

t.test('that it could not be kept for others is logged once, and what was seen is known here all the same', async t => {
  const { health, redis, logged } = await startOne()
  redis.disconnect()
  for (let n = 0; n < 5; n++) health.refused('default', { 'signature-invalid': 20 })
  t.equal(health.conditionHolds('default', CONDITIONS.refused, Date.now(), 0), true)
  for (let n = 0; n < 50 && logged.length === 0; n++) await new Promise(resolve => setImmediate(resolve))
  t.equal(logged.filter(line => line.includes('could not be kept for others')).length, 1)
})
