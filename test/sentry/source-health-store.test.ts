import t from 'tap'
import { createSourceHealthStore } from '../../src/sentry/source-health-store.ts'
import type { ApiState } from '../../src/sentry/source-reports.ts'
import { startTestRedis } from '../support/redis.ts'

const NOON = Date.UTC(2026, 10, 21, 12)

const server = await startTestRedis()
t.teardown(() => server.stop())
const redis = server.client()

t.test('what one process has seen, another knows; the later time holds', async t => {
  const [one, two] = [createSourceHealthStore(redis), createSourceHealthStore(server.client())]
  await one.saw('shop', 'webhook', NOON)
  t.equal(one.last('shop', 'webhook'), NOON)
  t.equal(two.last('shop', 'webhook'), null, 'not before it has looked')
  await two.refresh(['shop', 'other'], NOON)
  t.same([two.last('shop', 'webhook'), two.last('shop', 'error'), two.last('other', 'webhook')], [NOON, null, null])
  await two.saw('shop', 'webhook', NOON - 5_000)
  t.equal(two.last('shop', 'webhook'), NOON)
  await one.saw('shop', 'refusalBurst', NOON + 1)
  await one.refresh(['shop'], NOON)
  await two.refresh(['shop'], NOON)
  t.same([one.last('shop', 'webhook'), two.last('shop', 'refusalBurst')], [NOON, NOON + 1])
})

t.test('a thousand webhooks in a second are written once, and the newest is known here at once', async t => {
  const store = createSourceHealthStore(redis)
  const written = () => redis.hget('tocsin:{source-health}:busy', 'webhook')
  for (let ms = 0; ms < 1_000; ms++) await store.saw('busy', 'webhook', NOON + ms)
  t.same([await written(), store.last('busy', 'webhook')], [String(NOON), NOON + 999])
  await store.saw('busy', 'error', NOON + 999)
  t.equal(await redis.hget('tocsin:{source-health}:busy', 'error'), String(NOON + 999), 'each field by itself')
  await store.saw('busy', 'webhook', NOON + 1_000)
  t.equal(await written(), String(NOON + 1_000))
  t.ok((await redis.pttl('tocsin:{source-health}:busy')) > 0, 'a source that is gone is forgotten')
})

t.test('what could not be written is written with the next', async t => {
  const client = server.client()
  const store = createSourceHealthStore(client)
  await client.ping()
  client.disconnect()
  await t.rejects(store.saw('gone', 'webhook', NOON))
  await client.connect()
  await store.saw('gone', 'webhook', NOON + 1)
  t.equal(await redis.hget('tocsin:{source-health}:gone', 'webhook'), String(NOON + 1))
})

const WELL: ApiState = {
  breaker: 'closed',
  lastError: null,
  refused: false,
  requests: 4,
  failures: 0,
  lastAnswerAt: NOON,
  skewMs: -240_000,
  troubleSince: null,
}
const REFUSED: ApiState = { ...WELL, refused: true, lastError: 'refused (401)', failures: 4, troubleSince: NOON }

t.test('a process that asks nothing knows what the others have found out', async t => {
  const [worker, door] = [createSourceHealthStore(redis), createSourceHealthStore(server.client())]
  await door.report('asks', { at: NOON, api: null, hooks: { leastMs: 300, count: 9 } })
  t.equal(door.api('asks'), null)
  await worker.report('asks', { at: NOON, api: WELL, hooks: null })
  t.match(worker.api('asks'), WELL, 'its own at once')
  await door.refresh(['asks'], NOON)
  t.match(door.api('asks'), WELL)
  t.equal(door.skewMs('asks'), -240_000)
  await worker.refresh(['asks'], NOON)
  t.match(worker.api('asks'), { requests: 4 }, 'its own is not counted twice')
  t.equal(worker.api('other'), null)
})

t.test('trouble is told to the others at once, what stays the same every ten seconds', async t => {
  const store = createSourceHealthStore(redis)
  const written = async () => Object.values(await redis.hgetall('tocsin:{source-health}:news:reports'))
  const at = async (ms: number, api: ApiState) => {
    await store.report('news', { at: NOON + ms, api, hooks: null })
    return JSON.parse((await written())[0] ?? '{}').at - NOON
  }
  t.equal(await at(0, WELL), 0)
  t.equal(await at(9_000, { ...WELL, requests: 5 }), 0)
  t.equal(store.api('news')?.requests, 5, 'known here at once')
  t.equal(await at(9_500, REFUSED), 9_500)
  t.equal(await at(12_000, REFUSED), 9_500)
  t.equal(await at(12_500, WELL), 12_500)
  t.equal(await at(23_000, WELL), 23_000)
  t.ok((await redis.pttl('tocsin:{source-health}:news:reports')) > 0)
})

t.test('a process that ended is believed for a minute, and swept away in time', async t => {
  const [ended, other] = [createSourceHealthStore(redis), createSourceHealthStore(server.client())]
  await ended.report('ended', { at: NOON, api: REFUSED, hooks: null })
  await redis.hset('tocsin:{source-health}:ended:reports', 'garbage', '{"at":', 'of-another-version', '{}')
  await other.refresh(['ended'], NOON + 59_000)
  t.match(other.api('ended'), { refused: true })
  t.equal(await redis.hlen('tocsin:{source-health}:ended:reports'), 1, 'what cannot be read is gone')
  await other.refresh(['ended'], NOON + 61_000)
  t.equal(other.api('ended'), null)
  await other.refresh(['ended'], NOON + 3_700_000)
  t.equal(await redis.hlen('tocsin:{source-health}:ended:reports'), 0)
})

t.test('a report that could not be written is written with the next', async t => {
  const client = server.client()
  const store = createSourceHealthStore(client)
  await client.ping()
  client.disconnect()
  await t.rejects(store.report('lost', { at: NOON, api: WELL, hooks: null }))
  await client.connect()
  await store.report('lost', { at: NOON + 1, api: WELL, hooks: null })
  t.equal(await redis.hlen('tocsin:{source-health}:lost:reports'), 1)
})
