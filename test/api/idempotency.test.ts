import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { answerOnce } from '../../src/api/answer-once.ts'
import { createIdempotencyStore, type StoredAnswer } from '../../src/api/idempotency-store.ts'
import { startTestRedis } from '../support/redis.ts'
import { BOT_TOKEN, startApi } from './api-under-test.ts'

const body = { id: 'slack-x', name: 'X', kind: 'slack', channel: '#x', secret: { botToken: BOT_TOKEN } }

t.test('a POST with an Idempotency-Key happens once', async t => {
  const { call, operations } = await startApi(t)
  const post = (key: string, sent: object = body) =>
    call('POST', '/api/v1/destinations', { body: sent, headers: { 'idempotency-key': key } })

  await t.test('a repeat gets the first answer', async t => {
    const key = randomUUID()
    const first = await post(key)
    const second = await post(key)
    t.match(first, { status: 201 })
    t.match(second, {
      status: 201,
      text: first.text,
      etag: first.etag,
      headers: { 'idempotency-replayed': 'true', location: first.headers.location },
    })
    t.match(await post(key, { ...body, name: 'Y' }), { status: 422, json: { code: 'IDEMPOTENCY_KEY_REUSED' } })
    t.match(await post(randomUUID()), { status: 409, json: { code: 'CONFLICT' } }, 'another key is another request')
  })

  await t.test('what failed may be tried again with the same key', async t => {
    const key = randomUUID()
    t.match(await post(key, { ...body, id: 'slack-y', channel: '' }), { status: 422, json: { code: 'INVALID_INPUT' } })
    t.match(await post(key, { ...body, id: 'slack-y' }), { status: 201 })
  })

  await t.test('while the first is at work a second is told to wait', async t => {
    const { put } = operations.destinations
    const started = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    operations.destinations.put = async (...given) => {
      started.resolve()
      await release.promise
      return put(...given)
    }
    const key = randomUUID()
    const first = post(key, { ...body, id: 'slack-z' })
    await started.promise
    t.match(await post(key, { ...body, id: 'slack-z' }), { status: 409, json: { code: 'CONFLICT' } })
    release.resolve()
    t.match(await first, { status: 201 })
  })

  await t.test('a key that cannot be one is refused', async t => {
    for (const key of ['', 'x'.repeat(256), 'a b']) {
      t.match(await post(key), { status: 422, json: { errors: [{ path: 'Idempotency-Key' }] } }, key)
    }
  })
})

t.test('the store keeps an answer for a day, and an unfinished one for a minute', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const client = redis.client()
  const store = createIdempotencyStore(client)
  const answer = { status: 201, body: '{}', etag: null, location: null }
  const ttl = async () => client.pttl((await client.keys('tocsin:idempotency:*'))[0] ?? '')

  const first = await store.begin('k', 'f')
  t.equal(first.state, 'new')
  t.ok((await ttl()) <= 60_000)
  t.same(await store.begin('k', 'f'), { state: 'running' })
  if (first.state === 'new') await first.finish(answer)
  t.ok((await ttl()) > 86_000_000)
  t.same(await store.begin('k', 'f'), { state: 'done', answer })
  t.same(await store.begin('k', 'g'), { state: 'different' })
  if (first.state === 'new') await first.abandon()
  t.equal((await store.begin('k', 'f')).state, 'new', 'its holder may let it go')

  await client.flushall()
  const slow = await store.begin('k', 'f')
  await client.flushall() // its minute has passed
  const next = await store.begin('k', 'f')
  if (slow.state === 'new') await slow.finish(answer)
  t.same(await store.begin('k', 'f'), { state: 'running' }, 'who was overtaken settles nothing')
  if (next.state === 'new') await next.finish({ ...answer, status: 200 })
  t.match(await store.begin('k', 'f'), { state: 'done', answer: { status: 200 } })
})

t.test('what was done is not called failed because its answer cannot be kept', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const client = redis.client()
  client.options.maxRetriesPerRequest = 0
  const store = createIdempotencyStore(client)
  const request = { method: 'POST', url: '/x', headers: { 'idempotency-key': 'once' }, body: null }
  const answer = { status: 201, body: '{}', etag: null, location: null }
  const ask = (work: () => Promise<{ now: StoredAnswer; again: StoredAnswer }>) =>
    answerOnce(store, request as unknown as FastifyRequest, { id: 'k', projects: null }, work)
  const given = await ask(async () => {
    await redis.kill()
    return { now: answer, again: answer }
  })
  t.same(given, { answer, replayed: false })
})
