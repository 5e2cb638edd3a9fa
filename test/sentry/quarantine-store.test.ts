import t from 'tap'
import { woundClock } from '../../src/platform/clock.ts'
import { createQuarantineStore } from '../../src/sentry/quarantine-store.ts'
import type { QuarantineEntry } from '../../src/signals/quarantine.ts'
import { startTestRedis } from '../support/redis.ts'

const redis = await startTestRedis()
const client = redis.client()
t.teardown(() => redis.stop())
t.beforeEach(() => client.flushall())

const NOW = Date.UTC(2026, 10, 21, 12)

function entry(n: number): QuarantineEntry {
  const problems = [{ path: '', message: 'Not valid JSON.' }]
  const about = { source: 'default', resource: 'issue', reason: 'The body is not JSON.', problems }
  return { id: `d-${n}`, ...about, receivedAt: NOW + n, body: `{"n":${n},`, encoding: 'utf8' }
}

t.test('an entry is kept once, is found by its id, and lives 35 days', async t => {
  const store = createQuarantineStore(client, { clock: { now: () => NOW } })
  await store.put(entry(1))
  await store.put({ ...entry(1), reason: 'told again' })
  t.strictSame(await store.get('d-1'), entry(1))
  t.equal(await store.get('d-2'), null)
  t.equal((await store.list({ limit: 10, cursor: null })).items.length, 1)
  t.equal(Math.round((await client.pttl('tocsin:{q}:e:d-1')) / 86_400_000), 35)
})

t.test('the list is newest first, in pages that neither skip nor repeat while new ones come', async t => {
  const store = createQuarantineStore(client, { clock: { now: () => NOW } })
  t.strictSame(await store.list({ limit: 2, cursor: null }), { items: [], next: null })
  for (const n of [3, 1, 5, 2, 4]) await store.put(entry(n))
  const first = await store.list({ limit: 2, cursor: null })
  await store.put(entry(6))
  const second = await store.list({ limit: 2, cursor: first.next })
  const third = await store.list({ limit: 2, cursor: second.next })
  t.strictSame(
    [first, second, third].map(({ items }) => items.map(({ id }) => id)),
    [['d-5', 'd-4'], ['d-3', 'd-2'], ['d-1']],
  )
  t.equal(third.next, null)
})

t.test('a cursor of another list is refused, and injects nothing', async t => {
  const store = createQuarantineStore(client, { clock: { now: () => NOW } })
  for (const cursor of ['', 'nonsense', Buffer.from('+').toString('base64url')])
    await t.rejects(store.list({ limit: 2, cursor }), { code: 'INVALID_CURSOR' })
})

t.test('what is older than the retention leaves the index', async t => {
  const clock = woundClock({ now: () => NOW })
  const store = createQuarantineStore(client, { clock, keepMs: 60_000 })
  await store.put(entry(1))
  clock.wind(120_000)
  await store.put({ ...entry(2), receivedAt: clock.now() })
  t.strictSame(
    (await store.list({ limit: 9, cursor: null })).items.map(({ id }) => id),
    ['d-2'],
  )
})
