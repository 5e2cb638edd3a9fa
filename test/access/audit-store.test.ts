import t from 'tap'
import type { AuditDraft } from '../../src/access/audit-entry.ts'
import { createAuditStore } from '../../src/access/audit-store.ts'
import { createReadAudit } from '../../src/access/read-audit.ts'
import { startTestRedis } from '../support/redis.ts'

function draft(what: string): AuditDraft {
  const caller = { id: 'k', name: 'deploy bot', role: 'editor' as const, via: 'key' as const }
  const where = { actor: null, address: '::1', request: 'r', reason: null }
  const about = { operation: 'putRoute', outcome: 'done' as const, before: null, after: null }
  return { at: '2026-11-22T05:00:00.000Z', what, caller, ...where, ...about }
}

const CHUNK_0 = 'tocsin:{audit}:entries:0'

t.test('several processes that write at once make one chain without gaps', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const processes = [1, 2, 3, 4].map(() => createAuditStore(redis.client()))
  const writes = Array.from({ length: 300 }, (_, n) => processes[n % 4]?.append(draft(`n${n}`), null))
  await Promise.all(writes)
  const reader = createReadAudit(createAuditStore(redis.client()))
  t.match(await reader.verify(null), { valid: true, entries: 300 })
  const whats: string[] = []
  for await (const entry of reader.export({ from: 1, to: null })) whats.push(entry?.what ?? 'hole')
  t.same(new Set(whats), new Set(Array.from({ length: 300 }, (_, n) => `n${n}`)))
})

t.test('entries beyond the first thousand are found like the first', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const store = createAuditStore(redis.client())
  for (let n = 1; n <= 1_003; n++) await store.append(draft(`n${n}`), null)
  t.same(
    (await store.range(999, 1_002)).map(entry => entry?.what),
    ['n999', 'n1000', 'n1001', 'n1002'],
  )
  const reader = createReadAudit(store)
  t.match(await reader.verify(null), { valid: true, entries: 1_003 })
  const first = await reader.list({ what: 'N100' }, { limit: 3, cursor: null })
  t.same(
    first.items.map(({ what }) => what),
    ['n1003', 'n1002', 'n1001'],
  )
  const second = await reader.list({ what: 'n100' }, { limit: 3, cursor: first.next })
  t.same(
    second.items.map(({ what }) => what),
    ['n1000', 'n100'],
  )
  t.equal(second.next, null)
})

t.test('what is done to the trail behind its back is found, and the chain goes on', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const client = redis.client()
  const store = createAuditStore(client)
  const reader = createReadAudit(store)
  for (let n = 1; n <= 5; n++) await store.append(draft(`n${n}`), null)
  const whole = await reader.verify(null)
  if (!whole.valid) throw new Error('it holds')
  const third = (await client.hget(CHUNK_0, '3')) ?? ''

  await client.hset(CHUNK_0, '3', third.replace('n3', 'nothing'))
  t.match(await reader.verify(null), { valid: false, entries: 2, broken: { number: 3, reason: /changed/ } })
  await client.hdel(CHUNK_0, '3')
  t.match(await reader.verify(null), { valid: false, broken: { number: 3, reason: /missing/ } })
  await client.hset(CHUNK_0, '3', third)
  t.match(await reader.verify(null), { valid: true, entries: 5 })

  // Cut at its end, and the end set back.
  const fifth = (await client.hget(CHUNK_0, '5')) ?? ''
  const fourth = JSON.parse((await client.hget(CHUNK_0, '4')) ?? '') as { hash: string }
  await client.set('tocsin:{audit}:end', `4:${fourth.hash}`)
  t.match(await reader.verify(null), { valid: false, broken: { number: 5, reason: /behind the end/ } })
  await client.hdel(CHUNK_0, '5')
  t.match(await reader.verify(null), { valid: true, entries: 4 }, 'that alone nobody can see')
  t.match(await reader.verify(whole.end), { valid: false, broken: { number: 5, reason: /noted/ } })

  // Set back with what stands behind it: nothing is written over.
  await client.hset(CHUNK_0, '5', fifth)
  await store.append(draft('n6'), null)
  t.equal((await store.range(6, 6))[0]?.what, 'n6')
  t.match(await reader.verify(whole.end), { valid: true, entries: 6 })
})

t.test('what is written while the chain is checked breaks nothing, and is checked too', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const client = redis.client()
  const store = createAuditStore(client)
  for (let n = 1; n <= 5; n++) await store.append(draft(`n${n}`), null)
  let more = 3
  const whileReading = createReadAudit({
    ...store,
    async range(from, to) {
      const found = await store.range(from, to)
      if (more-- > 0) await store.append(draft('meanwhile'), null)
      return found
    },
  })
  t.match(await whileReading.verify(null), { valid: true, entries: 8, end: { number: 8 } })
  await client.hset(CHUNK_0, '9', (await client.hget(CHUNK_0, '8')) ?? '')
  t.match(await whileReading.verify(null), { valid: false, broken: { number: 9, reason: /behind the end/ } })
})

t.test('an intent becomes one entry, however often its append is repeated', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const store = createAuditStore(redis.client())
  await store.begin({ id: 'i1', draft: draft('one'), begunAt: 1 })
  await Promise.all([store.append(draft('one'), 'i1'), createAuditStore(redis.client()).append(draft('one'), 'i1')])
  await store.append(draft('one'), 'i1')
  t.equal((await store.end()).number, 1)
  t.same(await store.intents(), [])
})
