import t from 'tap'
import type { Draft } from '../../src/rules/draft.ts'
import { createDraftStore } from '../../src/rules/draft-store.ts'
import { startTestRedis } from '../support/redis.ts'

const server = await startTestRedis()
t.teardown(() => server.stop())
const client = server.client()
t.beforeEach(() => client.flushall())

const draft = (id: string, more: Partial<Draft> = {}): Draft => ({
  ...{ id, name: 'A draft', author: 'ann', base: 1, createdAt: 1, updatedAt: 1, updatedBy: 'ann', document: { a: 1 } },
  ...more,
})

t.test('a draft is kept as it was written, each change a version further', async t => {
  const store = createDraftStore(client)
  t.same(await store.put(draft('d-1'), null), { version: '1', value: draft('d-1') })
  const next = draft('d-1', { document: { routes: [], b: { c: null } }, updatedAt: 5 })
  t.same(await store.put(next, '1'), { version: '2', value: next })
  t.same(await createDraftStore(server.client()).read('d-1'), { version: '2', value: next }, 'another process sees it')
  t.equal(await store.read('d-2'), null)
  await store.put(draft('d-3', { updatedAt: 3 }), null)
  const { document: _, ...head } = next
  t.match(await store.list(), [{ version: '2', value: head }, { value: { id: 'd-3' } }], 'newest change first')
  t.notOk('document' in ((await store.list())[0]?.value ?? {}))
})

t.test('what is stale, gone or there already is refused, and changes nothing', async t => {
  const store = createDraftStore(client)
  await store.put(draft('d-1'), null)
  await t.rejects(store.put(draft('d-1'), null), { code: 'CONFLICT' })
  await t.rejects(store.put(draft('d-1', { name: 'x' }), '2'), { code: 'STALE_ETAG' })
  await t.rejects(store.put(draft('d-2'), '1'), { code: 'NOT_FOUND' })
  await t.rejects(store.remove('d-1', '2'), { code: 'STALE_ETAG' })
  t.match(await store.read('d-1'), { version: '1', value: { name: 'A draft' } })
  await store.remove('d-1', '1')
  await t.rejects(store.remove('d-1', '1'), { code: 'NOT_FOUND' })
  t.same(await store.list(), [])
})

t.test('of many at once exactly one is written', async t => {
  const stores = Array.from({ length: 8 }, () => createDraftStore(server.client()))
  await stores[0]?.put(draft('d-1'), null)
  const all = await Promise.allSettled(stores.map((store, n) => store.put(draft('d-1', { name: `n${n}` }), '1')))
  t.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
  t.equal((await stores[0]?.read('d-1'))?.version, '2')
})

t.test('forgotten drafts do not pile up for ever', async t => {
  const store = createDraftStore(client)
  for (let n = 0; n < 200; n += 1) await store.put(draft(`d-${n}`), null)
  await t.rejects(store.put(draft('d-more'), null), { code: 'CONFLICT', message: /200 drafts/ })
  await store.put(draft('d-7', { name: 'still edited' }), '1')
  await store.remove('d-9', '1')
  await store.put(draft('d-more'), null)
})
