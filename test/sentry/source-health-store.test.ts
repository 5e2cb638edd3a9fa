import t from 'tap'
import { createSourceHealthStore } from '../../src/sentry/source-health-store.ts'
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
  await two.refresh(['shop', 'other'])
  t.same([two.last('shop', 'webhook'), two.last('shop', 'error'), two.last('other', 'webhook')], [NOON, null, null])
  await two.saw('shop', 'webhook', NOON - 5_000)
  t.equal(two.last('shop', 'webhook'), NOON)
  await one.saw('shop', 'refusalBurst', NOON + 1)
  await one.refresh(['shop'])
  await two.refresh(['shop'])
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
