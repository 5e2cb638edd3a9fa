import t from 'tap'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { serialize } from '../../src/sandbox/samples/serialize.ts'
import { batchId } from '../../src/sentry/batch-id.ts'
import { createDeliveryStore } from '../../src/sentry/delivery-store.ts'
import { parseDelivery } from '../../src/sentry/parse-delivery.ts'
import type { DeliveryRecord } from '../../src/signals/delivery.ts'
import { startTestRedis } from '../support/redis.ts'

const redis = await startTestRedis()
const client = redis.client()
t.teardown(() => redis.stop())

const NOW = Date.UTC(2026, 10, 21, 12)
const store = createDeliveryStore(client)

function record(id: string, change: Partial<DeliveryRecord> = {}): DeliveryRecord {
  const times = { receivedAt: NOW - 3, handledAt: NOW + 40 }
  const about = {
    source: 'default',
    resource: 'event_alert',
    action: 'triggered',
    reason: 'first signal of this issue',
  }
  return { id, ...about, ...times, outcome: 'opened', incident: 'inc_1', severity: 'P1', signal: 's-1', ...change }
}
const counted = (id: string, change: Partial<DeliveryRecord> = {}) =>
  record(id, {
    resource: 'error',
    action: 'created',
    outcome: 'counted',
    incident: null,
    severity: null,
    signal: null,
    ...change,
  })

t.test('a record is found by its id, with its signal and its masked payload, each for its time', async t => {
  const id = `${batchId(NOW)}-0`
  const sample = SAMPLES['payment-failure']
  const body = serialize(sample?.build(NOW))
  const delivery = {
    id,
    source: 'default',
    resource: 'event_alert',
    hookTimestamp: null,
    receivedAt: NOW,
    attempt: 0,
    body,
  }
  const parsed = parseDelivery({ ...delivery, encoding: 'utf8' }, { hashUser: raw => `h${raw.length}` })
  if (parsed.kind !== 'signal') throw new Error(parsed.reason)
  await store.recordWithSignal(record(id), parsed.signal, '{"masked":true}')
  t.strictSame(await store.get(id), { record: record(id), signal: parsed.signal, payload: '{"masked":true}' })
  t.equal(await store.get(`${batchId(NOW)}-0`), null)
  const batch = id.slice(0, -2)
  const days = async (key: string) => Math.round((await client.pttl(key)) / 86_400_000)
  t.equal(await days(`tocsin:{o:${batch}}:0`), 35)
  t.equal(await days(`tocsin:{o:${batch}}:0:raw`), 7)
})

t.test('the first outcome stays, whatever is recorded again, compact or whole', async t => {
  const batch = batchId(NOW)
  await store.record(record(`${batch}-0`))
  await store.record(record(`${batch}-0`, { outcome: 'failed' }))
  await store.record(counted(`${batch}-0`))
  t.equal((await store.get(`${batch}-0`))?.record.outcome, 'opened')
  await store.record(counted(`${batch}-1`))
  await store.recordWithSignal(record(`${batch}-1`, { resource: 'error' }), null, null)
  t.equal((await store.get(`${batch}-1`))?.record.outcome, 'counted')
})

t.test('of many writers at once exactly one wins', async t => {
  const id = `${batchId(NOW)}-0`
  const reasons = Array.from({ length: 20 }, (_, n) => `writer ${n}`)
  await Promise.all(reasons.map(reason => store.record(record(id, { reason }))))
  const kept = (await store.get(id))?.record.reason ?? ''
  t.ok(reasons.includes(kept))
  t.equal((await store.get(id))?.record.reason, kept)
})

t.test('outcomes of error events are kept for hours, in at most 25 bytes each, and read back whole', async t => {
  const batch = batchId(NOW)
  const records = Array.from({ length: 64 }, (_, n) =>
    counted(`${batch}-${n}`, {
      receivedAt: NOW - n,
      handledAt: NOW + 30 * n,
      outcome: n % 9 === 0 ? 'duplicate' : 'counted',
    }),
  )
  const others = counted(`${batchId(NOW)}-7`, { source: 'mobile-team' })
  await store.recordMany([...records, others])
  for (const one of [...records, others]) {
    const { reason: _, ...expected } = one
    t.match((await store.get(one.id))?.record, expected)
  }
  const key = `tocsin:{o:${batch}}`
  const bytes = Number(await client.memory('USAGE', key)) / 64
  t.ok(bytes <= 25, `${bytes} bytes a delivery`)
  t.equal(Math.ceil((await client.pttl(key)) / 3_600_000), 6)
  t.strictSame(await client.keys(`${key}:*`), [])
})

t.test('an error event that touched an incident is recorded whole, also among compact ones', async t => {
  const batch = batchId(NOW)
  const raised = record(`${batch}-1`, { resource: 'error', action: 'created', outcome: 'raised', severity: 'P0' })
  await store.recordMany([counted(`${batch}-0`), raised, counted(`${batch}-2`)])
  t.strictSame((await store.get(raised.id))?.record, raised)
  t.equal((await store.get(`${batch}-2`))?.record.outcome, 'counted')
})

t.test('ids that are no <batch>-<n> are recorded too', async t => {
  for (const id of ['poll', 'a-b', '', 'x-1-2']) {
    await store.record(record(id))
    t.equal((await store.get(id))?.record.id, id)
  }
  await store.recordMany([])
})

t.test('the first delivery with a hash holds it, for the window, however often it claims', async t => {
  t.equal(await store.claimFirst('s-1', 'd-1', 60_000), null)
  t.equal(await store.claimFirst('s-1', 'd-1', 60_000), null)
  t.equal(await store.claimFirst('s-1', 'd-2', 60_000), 'd-1')
  t.equal(await store.claimFirst('s-2', 'd-2', 60_000), null)
  const ttl = await client.pttl('tocsin:{c:s-1}')
  t.ok(ttl > 0 && ttl <= 60_000)
  const claims = await Promise.all(Array.from({ length: 20 }, (_, n) => store.claimFirst('s-3', `d-${n}`, 60_000)))
  t.equal(claims.filter(holder => holder === null).length, 1)
})
