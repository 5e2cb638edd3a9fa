import t from 'tap'
import { woundClock } from '../src/platform/clock.ts'
import { createLogger } from '../src/platform/logger.ts'
import { createSecretBox } from '../src/platform/secret-box.ts'
import { defaultRules } from '../src/rules/default-rules.ts'
import type { SentryApiHealth } from '../src/sentry/api-health.ts'
import { createPollStore } from '../src/sentry/poll-store.ts'
import { sourceSchema } from '../src/sentry/source.ts'
import { CONDITIONS } from '../src/sentry/source-conditions.ts'
import { sourceChecks } from '../src/source-checks.ts'
import { createSourceHealth } from '../src/source-health.ts'
import { createStores } from '../src/stores.ts'
import { startTestRedis } from './support/redis.ts'
import { until } from './support/until.ts'

const MINUTE = 60_000
const server = await startTestRedis()
t.teardown(() => server.stop())

const WELL: SentryApiHealth = {
  breaker: 'closed',
  lastError: null,
  refused: false,
  requests: 0,
  failures: 0,
  lastAnswerAt: null,
  skewMs: null,
}

/** One process of several on the same Redis; `api`: what it knows of Sentry's API, null when it cannot ask. */
async function startOne(api: Partial<SentryApiHealth> | null = null, id = 'default') {
  const clock = woundClock()
  const logged: string[] = []
  const log = createLogger('debug', () => [], { write: line => void logged.push(line) })
  const redis = server.client()
  const stores = createStores(redis, { secretBox: createSecretBox([Buffer.alloc(32, 7)]), clock })
  const source = sourceSchema.parse({ id, name: 'Default' })
  await stores.sources.seedFromEnvironment([{ source, secret: { clientSecrets: ['s'.repeat(20)], apiToken: null } }])
  await stores.sources.refresh()
  const document = defaultRules({ pagerduty: true, slack: true })
  const known = { api: api === null ? null : { ...WELL, ...api } }
  const polls = createPollStore(redis)
  const health = createSourceHealth({
    stores,
    ask: { canAsk: () => known.api !== null, health: () => known.api ?? WELL },
    polls,
    rules: () => ({ number: 1, at: 0, author: 'x', message: '', document }),
    clock,
    log,
  })
  const told: [condition: string, title: string][] = []
  health.onTrouble(async (_, condition, title) => void told.push([condition, title]))
  const checks = () => sourceChecks(id, health, clock.now())
  const check = (part: string) => checks().find(({ name }) => name === `source ${id} ${part}`)
  return { clock, health, redis, stores, polls, logged, known, told, check, id }
}

t.test('a burst refused at one door still holds in every process, long after it was told', async t => {
  const [door, worker] = [await startOne(), await startOne()]
  const holds = (ahead: number) =>
    worker.health.conditionHolds('default', CONDITIONS.refused, worker.clock.now() + ahead, 0)
  t.equal(holds(0), false)
  door.health.refused('default', { 'signature-invalid': 20 })
  t.match(door.told, [[CONDITIONS.refused, '20 signature-invalid within a minute']])
  await until(async () => {
    await worker.health.refresh()
    return holds(0) === true
  })
  t.equal(holds(9 * MINUTE), true)
  t.equal(holds(11 * MINUTE), false)
  t.equal(worker.health.conditionHolds('default', 'of-another-version', worker.clock.now(), 0), null)
})

t.test('that it could not be kept for others is logged once, and what was seen is known here all the same', async t => {
  const { health, redis, logged } = await startOne()
  redis.disconnect()
  for (let n = 0; n < 5; n++) health.refused('default', { 'signature-invalid': 20 })
  t.equal(health.conditionHolds('default', CONDITIONS.refused, Date.now(), 0), true)
  await until(() => logged.length > 0)
  t.equal(logged.filter(line => line.includes('could not be kept for others')).length, 1)
})

t.test(
  'a refused token is told when somebody looks, once a minute while it lasts, and known to who does not ask',
  async t => {
    const worker = await startOne(
      { refused: true, lastError: 'unknown token (401)', requests: 4, failures: 4 },
      'refused',
    )
    const door = await startOne(null, 'refused')
    await worker.health.look()
    await worker.health.look()
    t.match(worker.told, [[CONDITIONS.token, /"refused".*unknown token \(401\).*org:read, project:read, event:write/]])
    t.equal(worker.told.length, 1)
    worker.clock.wind(MINUTE)
    await worker.health.look()
    t.equal(worker.told.length, 2)
    door.known.api = { ...WELL }
    await door.health.refresh()
    await until(async () => {
      await door.health.refresh()
      return door.check('api')?.ok === false
    })
    t.match(door.check('api')?.reason, /token is refused.*unknown token \(401\) \(4 of the last 4 requests failed\)/)
    t.match(await door.health.of('refused'), { api: { lastError: 'unknown token (401)', errorRate: 1 } })
    t.match(await door.health.readings(), [{ source: 'refused', apiErrorRatio: 1, lastWebhookAgeSeconds: null }])
    const holds = () => worker.health.conditionHolds('refused', CONDITIONS.token, worker.clock.now(), 0)
    t.equal(holds(), true)
    worker.known.api = { ...WELL, lastAnswerAt: worker.clock.now() }
    await worker.health.look()
    t.equal(holds(), false)
    worker.known.api = null
    t.equal(holds(), false, 'nor can it be refused when nothing is asked any more')
  },
)

t.test('an API that stumbles is told only when it goes on', async t => {
  const { health, clock, known, told, check } = await startOne(
    { lastError: 'in trouble (500)', requests: 3, failures: 3 },
    'fails',
  )
  await health.look()
  t.same(told, [])
  t.match(check('api'), { ok: false, reason: /^failed lately: in trouble \(500\)/ })
  clock.wind(1.5 * MINUTE)
  await health.look()
  t.match(told, [[CONDITIONS.api, 'in trouble (500)']])
  t.match(check('api'), { reason: /^does not answer: / })
  known.api = { ...WELL, lastAnswerAt: clock.now() }
  await health.look()
  t.match(check('api'), { ok: true })
  known.api = { ...WELL, lastError: 'in trouble (500)', requests: 3, failures: 3 }
  await health.look()
  clock.wind(MINUTE / 2)
  await health.look()
  t.equal(told.length, 1, 'new trouble is counted from its own beginning')
})

t.test('a silent source is told, and only a webhook ends it', async t => {
  const one = await startOne({}, 'silent')
  const { health, clock, stores, polls, told, check } = one
  const beat = async (minutes: number) => {
    for (let n = 0; n < minutes * 2; n++) {
      clock.wind(MINUTE / 2)
      await stores.door.beat(clock.now())
    }
    const lease = await polls.claim('silent', { now: clock.now(), everyMs: 1_000, token: `t${clock.now()}` })
    const now = clock.now()
    await lease?.end({ ...lease.state, through: now, lastOkAt: now }, { startedAt: now, retryAt: null })
    await polls.refresh(['silent'], now)
    await health.look()
  }
  await stores.door.beat(clock.now())
  health.sawWebhook({ source: 'silent', resource: 'issue', hookTimestamp: clock.now(), receivedAt: clock.now() })
  await beat(20)
  t.same(told, [], 'a quiet night')
  await polls.foundNew('silent', '1', clock.now())
  await beat(14)
  t.same(told, [], 'its webhook may be late')
  const holds = () => health.conditionHolds('silent', CONDITIONS.silent, clock.now(), clock.now())
  await beat(2)
  t.match(told, [[CONDITIONS.silent, 'has sent no webhook for 36 minutes to source "silent"']])
  t.match(check('webhooks'), {
    ok: false,
    reason: /silent: Sentry shows 1 new issue and the last webhook came 36 minutes ago/,
  })
  t.equal(holds(), true)
  await beat(120)
  t.equal(holds(), true, 'time ends no silence')
  health.sawWebhook({ source: 'silent', resource: 'error', hookTimestamp: null, receivedAt: clock.now() })
  t.equal(holds(), false)
  t.match(check('webhooks'), { ok: true, reason: 'the last one came 0 s ago' })
  t.match(check('polls'), { ok: true })
  one.known.api = null
  t.equal(check('polls'), undefined)
  t.equal(holds(), false)
})

t.test('clocks that differ are told with what to do', async t => {
  const { health, known, check } = await startOne({}, 'clocks')
  const cases: [skewMs: number | null, ok: boolean, reason: RegExp][] = [
    [null, true, /agree/],
    [5_000, true, /agree/],
    [240_000, false, /240 s ahead of ours: check the time here \(NTP\)\. Event times are corrected/],
    [-240_000, false, /240 s behind ours/],
    [3_600_000, false, /too much to be corrected: events count as of their arrival/],
  ]
  for (const [skewMs, ok, reason] of cases) {
    known.api = { ...WELL, skewMs }
    await health.look()
    t.match(check('clock'), { ok, reason })
  }
  t.match(await health.of('clocks'), { clockSkewSeconds: 3_600 })
})

t.test('polling that is far behind is told with why', async t => {
  const { polls, clock, check } = await startOne({}, 'behind')
  const lease = await polls.claim('behind', { now: clock.now(), everyMs: 1_000, token: 'a' })
  if (lease === null) throw new Error('not claimed')
  const behind = { ...lease.state, through: clock.now() - 30 * MINUTE, lastOkAt: clock.now() - 2 * MINUTE }
  const turn = { startedAt: clock.now(), retryAt: clock.now() }
  await lease.end({ ...behind, error: 'rate limit used up' }, turn)
  await polls.refresh(['behind'], clock.now())
  t.match(check('polls'), { ok: false, reason: /30 minutes behind Sentry.*The last round: rate limit used up/ })
  const next = await polls.claim('behind', { now: clock.now() + 5, everyMs: 1_000, token: 'b' })
  await next?.end(behind, turn)
  await polls.refresh(['behind'], clock.now())
  t.match(check('polls'), { reason: /catches up oldest first/ })
})

t.test('polls that stay behind are told once in a while, with what to check, until a round is done', async t => {
  const { health, polls, clock, known, told, id } = await startOne({}, 'polls-behind')
  const round = async (error: string | null) => {
    clock.wind(MINUTE)
    const now = clock.now()
    const lease = await polls.claim(id, { now, everyMs: 1_000, token: `t${now}` })
    const done = error === null ? { through: now, lastOkAt: now } : {}
    await lease?.end({ ...lease.state, ...done, error }, { startedAt: now, retryAt: null })
    await polls.refresh([id], now)
  }
  const failFor = async (minutes: number) => {
    for (let n = 0; n < minutes; n++) {
      await round('nothing to spare beside live alerts')
      await health.look()
    }
  }
  const holds = () => health.conditionHolds(id, CONDITIONS.polls, clock.now(), clock.now())
  t.equal(holds(), null, 'nothing is known yet')
  await round(null)
  t.equal(holds(), false)
  await failFor(29)
  t.same(told, [])
  await failFor(2)
  t.match(told, [
    [CONDITIONS.polls, /"polls-behind" is 31 minutes behind.*nothing to spare beside live alerts\. Check: /],
  ])
  t.equal(holds(), true)
  await round(null)
  t.equal(holds(), false)

  told.length = 0
  known.api = { ...WELL, refused: true, lastError: 'unknown token (401)' }
  await failFor(40)
  t.ok(told.length > 0 && told.every(([condition]) => condition === CONDITIONS.token), 'one problem is told as one')
  told.length = 0
  known.api = { ...WELL, lastAnswerAt: clock.now() }
  await failFor(29)
  t.same(told, [], 'what was missed needs its time')
  await failFor(2)
  t.match(told, [[CONDITIONS.polls]])
  known.api = null
  t.equal(holds(), false, 'who is asked nothing is not behind')
})
