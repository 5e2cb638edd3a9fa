import t from 'tap'
import { defaultRules } from '../../src/rules/default-rules.ts'
import type { RulesDocument } from '../../src/rules/rules-document.ts'
import { createRulesStore } from '../../src/rules/rules-store.ts'
import { startTestRedis } from '../support/redis.ts'

const AT = Date.UTC(2026, 10, 3)
const first = defaultRules({ pagerduty: true, slack: true })
const renamed = (name: string): RulesDocument => ({ ...first, production: [name] })

const server = await startTestRedis()
t.teardown(() => server.stop())
const client = server.client()
t.beforeEach(() => client.flushall())

t.test('before the first revision there is none, and that is said', async t => {
  const store = createRulesStore(client)
  t.equal(await store.version(), 0)
  t.equal(await store.revision(1), null)
  t.equal(await store.revision(0), null)
  t.same(await store.revisions({ limit: 10, cursor: null }), { items: [], next: null })
  await t.rejects(store.current(), { code: 'NOT_FOUND' })
  t.throws(() => store.cached(), { code: 'NOT_FOUND' })
})

t.test('a publish makes the next number, and older revisions stay as they were', async t => {
  const store = createRulesStore(client)
  await store.publish(first, 0, 'ann', 'start', AT)
  const second = await store.publish(renamed('live'), 1, 'bob', 'rename', AT + 1)
  t.same(second, { number: 2, at: AT + 1, author: 'bob', message: 'rename', document: renamed('live') })
  t.same(await store.current(), second)
  t.same(store.cached(), second)
  t.same(await createRulesStore(client).current(), second, 'another process sees it')
  t.same((await store.revision(1))?.document, first)
})

t.test('a publish on something older is refused, and changes nothing', async t => {
  const store = createRulesStore(client)
  await store.publish(first, 0, 'ann', '', AT)
  await t.rejects(store.publish(renamed('x'), 0, 'bob', '', AT), {
    code: 'STALE_ETAG',
    message: /at revision 1, not 0/,
  })
  await t.rejects(store.publish(renamed('x'), 5, 'bob', '', AT), { code: 'STALE_ETAG' })
  t.equal(await store.version(), 1)
  t.equal(await store.revision(6), null)
})

t.test('of many at once exactly one is published', async t => {
  const stores = Array.from({ length: 8 }, () => createRulesStore(server.client()))
  await stores[0]?.publish(first, 0, 'ann', '', AT)
  const results = await Promise.allSettled(
    stores.map((store, i) => store.publish(renamed(`e${i}`), 1, `u${i}`, '', AT)),
  )
  t.equal(results.filter(result => result.status === 'fulfilled').length, 1)
  t.equal(await stores[0]?.version(), 2)
})

t.test('the seed is published once, however many start', async t => {
  const stores = Array.from({ length: 4 }, () => createRulesStore(server.client()))
  const seeded = await Promise.all(stores.map((store, i) => store.seedIfEmpty(renamed(`e${i}`), AT)))
  t.equal(new Set(seeded.map(revision => revision.document.production[0])).size, 1)
  t.match(seeded[0], { number: 1, author: 'tocsin' })
  const later = await createRulesStore(client).seedIfEmpty(renamed('other'), AT)
  t.same(later, seeded[0])
})

t.test('a cache follows by refresh, and reads the document only when the number has changed', async t => {
  const [writer, reader] = [createRulesStore(client), createRulesStore(server.client())]
  await writer.publish(first, 0, 'ann', '', AT)
  t.equal((await reader.refresh()).number, 1)
  await writer.publish(renamed('live'), 1, 'ann', '', AT)
  t.equal(reader.cached().number, 1)
  const before = reader.cached()
  t.equal((await reader.refresh()).number, 2)
  t.not(reader.cached(), before)
  t.equal(await reader.refresh(), reader.cached(), 'the same object: nothing was read again')
})

t.test('revisions are listed newest first, page by page, without their documents', async t => {
  const store = createRulesStore(client)
  for (let n = 0; n < 5; n += 1) await store.publish(renamed(`e${n}`), n, 'ann', `change ${n + 1}`, AT + n)
  const one = await store.revisions({ limit: 2, cursor: null })
  t.same(one.items, [
    { number: 5, at: AT + 4, author: 'ann', message: 'change 5' },
    { number: 4, at: AT + 3, author: 'ann', message: 'change 4' },
  ])
  await store.publish(first, 5, 'ann', 'meanwhile', AT + 9)
  const two = await store.revisions({ limit: 2, cursor: one.next })
  const three = await store.revisions({ limit: 2, cursor: two.next })
  t.same(
    [...two.items, ...three.items].map(item => item.number),
    [3, 2, 1],
    'unmoved by what was published meanwhile',
  )
  t.equal(three.next, null)
  for (const cursor of ['x', 'r0', 'r-1', '']) {
    await t.rejects(store.revisions({ limit: 2, cursor }), { code: 'INVALID_CURSOR' })
  }
})

t.test('a revision of an older version gets the defaults of what was added; a broken one is named', async t => {
  const store = createRulesStore(client)
  await store.publish(first, 0, 'ann', '', AT)
  const { settings: _, ...older } = first
  await client.hset('tocsin:{rules}:revision:1', 'document', JSON.stringify(older))
  t.same((await createRulesStore(client).current()).document, first)
  await client.hset('tocsin:{rules}:revision:1', 'document', '{}')
  await t.rejects(createRulesStore(client).current(), { code: 'INTERNAL', message: /revision 1 of the rules/ })
})

t.test('what Redis lost in a failover is not held on to: it can be edited all the same', async t => {
  const store = createRulesStore(client)
  for (let n = 0; n < 3; n += 1) await store.publish(renamed(`${n}`), n, 'ann', '', AT + n)
  await client.set('tocsin:{rules}:current', '2')
  await client.del('tocsin:{rules}:revision:3')
  t.match(await store.current(), { number: 2, document: { production: ['1'] } })
  t.equal(store.cached().number, 2)
  t.equal(store.recent(3), null)
  t.match(await store.publish(renamed('again'), 2, 'bob', '', AT + 9), { number: 3, author: 'bob' })
  t.match(store.recent(3), { author: 'bob' })
})

t.test('revisions since a time are all found, also when the clocks of two processes differ', async t => {
  const store = createRulesStore(client)
  for (const [n, at] of [AT, AT + 5_000, AT + 3_000, AT + 6_000].entries())
    await store.publish(renamed(`${n}`), n, 'ann', '', at)
  const since = async (oldestFirst: boolean) =>
    (await store.revisions({ limit: 10, cursor: null, oldestFirst }, { since: AT + 4_000 })).items.map(
      ({ number }) => number,
    )
  t.same(await since(false), [4, 2])
  t.same(await since(true), [2, 4])
})

t.test('survives a crash of Redis', async t => {
  const store = createRulesStore(client)
  await store.publish(first, 0, 'ann', '', AT)
  await client.config('SET', 'appendfsync', 'always')
  await store.publish(renamed('live'), 1, 'ann', '', AT)
  await server.kill()
  await server.start()
  t.equal((await createRulesStore(server.client()).current()).document.production[0], 'live')
})
