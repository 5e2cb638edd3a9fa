import t from 'tap'
import type { Silence } from '../../src/mute/silence.ts'
import { createSilenceStore } from '../../src/mute/silence-store.ts'
import { startTestRedis } from '../support/redis.ts'

const AT = Date.UTC(2026, 10, 22)
const DAY = 86_400_000
const server = await startTestRedis()
t.teardown(() => server.stop())
const client = server.client()
t.beforeEach(() => client.flushall())

function make(id: string, change: Partial<Silence> = {}): Silence {
  return {
    id,
    matchers: { field: 'project', op: '=', value: 'web' },
    startsAt: AT,
    endsAt: AT + 3_600_000,
    author: 'Ada',
    reason: 'known',
    annotations: {},
    coversDataLoss: false,
    projects: null,
    createdAt: AT,
    updatedAt: AT,
    expiredBy: null,
    rev: 1,
    ...change,
  }
}

t.test('what one process writes the other knows at its next question', async t => {
  const [here, there] = [createSilenceStore(client), createSilenceStore(server.client())]
  t.same(await here.current(), [])
  t.same(await there.current(), [])
  const one = await here.create(make('a'), AT)
  t.same(await there.current(), [one])
  await there.replace({ ...one, endsAt: AT + 1, rev: 2 }, 1)
  t.match(await here.current(), [{ endsAt: AT + 1, rev: 2 }])
  t.match(await here.read('a'), { rev: 2 })
  t.equal(await here.read('b'), null)
})

t.test('of fifty that change it at once one wins, and the others are told', async t => {
  const stores = Array.from({ length: 10 }, () => createSilenceStore(server.client()))
  const one = await createSilenceStore(client).create(make('a'), AT)
  const writes = Array.from({ length: 50 }, (_, n) =>
    stores[n % 10]?.replace({ ...one, reason: `reason ${n}`, rev: 2 }, 1),
  )
  const results = await Promise.allSettled(writes)
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) if (result.status === 'rejected') t.match(result.reason, { code: 'STALE_ETAG' })
  t.match(await createSilenceStore(client).current(), [{ rev: 2 }])
})

t.test('what is not there is not changed, and what is there is not made again', async t => {
  const store = createSilenceStore(client)
  await t.rejects(store.replace(make('a', { rev: 2 }), 1), { code: 'NOT_FOUND' })
  await store.create(make('a'), AT)
  await t.rejects(store.create(make('a'), AT), { code: 'STALE_ETAG' })
})

t.test('long after their end they are forgotten; what ended lately stays listed', async t => {
  const store = createSilenceStore(client)
  await store.create(make('old'), AT)
  await store.create(make('ended'), AT + 90 * DAY)
  await store.create(make('new', { endsAt: AT + 200 * DAY }), AT + 101 * DAY)
  t.same((await store.current()).map(({ id }) => id).sort(), ['new'])
  await store.create(make('lately', { endsAt: AT + 90 * DAY }), AT + 102 * DAY)
  t.same((await store.current()).map(({ id }) => id).sort(), ['lately', 'new'])
})

t.test('what an older version wrote is read with the defaults of now', async t => {
  const { annotations: _, coversDataLoss: __, projects: ___, expiredBy: ____, ...old } = make('a')
  await client.hset('tocsin:{silences}:all', 'a', JSON.stringify(old))
  await client.incr('tocsin:{silences}:version')
  t.same(await createSilenceStore(client).current(), [make('a')])
})

t.test('a text that was cut in the middle of a sign does not keep a silence from being ended', async t => {
  const store = createSilenceStore(client)
  const one = await store.create(make('a', { reason: 'cut \ud83d', annotations: { ticket: 'x\udc00' } }), AT)
  t.match(one, { reason: 'cut \ufffd', annotations: { ticket: 'x\ufffd' } })
  t.match(await store.replace({ ...one, endsAt: AT + 1, rev: 2 }, 1), { endsAt: AT + 1, rev: 2 })
})
