import { Redis } from 'ioredis'
import t from 'tap'
import type { Operations } from '../../src/api/operations.ts'
import { backlogEntryId, createBacklogNotifier } from '../../src/deliver/backlog-notifier.ts'
import { createBacklogStore } from '../../src/deliver/backlog-store.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { sampleIncident, sampleMessage } from '../contracts/sample-message.ts'
import { startTestRedis } from '../support/redis.ts'

const server = await startTestRedis()
const redis = server.client()
const clock = woundClock()
const store = createBacklogStore({ redis, clock })
const notifier = createBacklogNotifier({ store, clock })
const to = { destination: { id: 'backlog', name: 'Backlog', fallback: null, kind: 'backlog' as const }, secret: {} }
const p3 = sampleIncident({ severity: 'P3' })
const id = backlogEntryId(p3.id, 1)
const all = { limit: 100, cursor: null }
/** The store is what the REST resource is given: tsc holds the two together. */
const forApi: Operations['backlog'] = store

t.beforeEach(async () => {
  await redis.flushall()
})
t.teardown(() => server.stop())

const send = (kind: 'open' | 'raise' | 'edit' | 'resolve' | 'fallback', incident = p3, generation = 1) =>
  notifier.send(sampleMessage(to, { kind, generation, incident: incident.id }, { incident }))
const entry = async () => (await store.get(id))?.value

t.test('an opening becomes an entry with its owner, once', async t => {
  t.match(await send('open'), { outcome: 'sent', reference: { provider: 'backlog', entry: id } })
  const first = await store.get(id)
  t.match(first?.value, {
    id,
    incident: p3.id,
    generation: 1,
    title: /TypeError/,
    project: 'web',
    severity: 'P3',
    owner: { type: 'team', name: 'cart' },
    link: 'https://acme.sentry.io/issues/4711/',
    status: 'open',
    closedBecause: null,
  })
  clock.wind(1_000)
  t.equal((await send('open')).outcome, 'sent')
  t.same(await store.get(id), first)
  t.equal((await store.list({}, all)).items.length, 1)
})

t.test('it closes with the reason when the incident is resolved, raised or begins another life', async t => {
  const ends: [Parameters<typeof send>, string][] = [
    [
      ['resolve', sampleIncident({ severity: 'P3', status: 'resolved', resolvedBy: 'anna' })],
      'the incident was resolved by anna',
    ],
    [['resolve', sampleIncident({ severity: 'P3', status: 'resolved' })], 'the incident was resolved'],
    [['edit', sampleIncident({ severity: 'P1' })], 'the incident was raised to P1'],
    [
      ['edit', sampleIncident({ severity: 'P3', generation: 2, openedAt: clock.now() + 60_000 })],
      'a later life of the incident has begun',
    ],
  ]
  for (const [args, because] of ends) {
    await redis.flushall()
    await send('open')
    t.equal((await send(...args)).outcome, 'sent')
    t.match(await entry(), { status: 'closed', closedBecause: because, severity: 'P3' })
    t.equal((await store.list({ status: 'open' }, all)).items.length, 0)
    t.equal((await store.list({ status: 'closed' }, all)).items.length, 1)
  }
})

t.test('it opens again with its incident, unless a person closed it', async t => {
  await send('open')
  await send('resolve', sampleIncident({ severity: 'P3', status: 'resolved' }))
  await send('edit')
  t.match(await entry(), { status: 'open', closedBecause: null })
  await store.patch(id, { status: 'closed' }, (await store.get(id))?.version ?? '')
  await send('open')
  t.match(await entry(), { status: 'closed', closedBecause: 'closed by hand' })
  await send('edit', sampleIncident({ severity: 'P1' }))
  t.match(await entry(), { status: 'closed', closedBecause: 'closed by hand' })
})

t.test('an incident of any severity may be noted where a route or a fallback says so', async t => {
  await send('fallback', sampleIncident({ severity: 'P2' }))
  t.match(await entry(), { status: 'open', severity: 'P2' })
})

t.test("the owner follows Sentry's assignee until a person chooses one", async t => {
  await send('open', sampleIncident({ severity: 'P3', owner: null }))
  t.equal((await entry())?.owner, null)
  const anna = { type: 'user' as const, id: '1', name: 'Anna' }
  await send('edit', sampleIncident({ severity: 'P3', owner: anna }))
  t.same((await entry())?.owner, anna)
  await store.patch(id, { owner: null }, (await store.get(id))?.version ?? '')
  await send('edit', sampleIncident({ severity: 'P3', owner: anna, title: 'new' }))
  t.match(await entry(), { owner: null, title: 'new' })
})

t.test('nothing is noted about what is over already', async t => {
  t.equal((await send('open', sampleIncident({ severity: 'P3', status: 'resolved' }))).outcome, 'dropped')
  t.equal(await store.get(id), null)
})

t.test('a patch needs the version it read, and a real entry', async t => {
  await send('open')
  const version = (await store.get(id))?.version ?? ''
  const after = await store.patch(id, { status: 'closed' }, version)
  t.match(after.value, { status: 'closed' })
  await t.rejects(store.patch(id, { status: 'open' }, version), { code: 'STALE_ETAG' })
  t.match((await store.patch(id, { status: 'open' }, after.version)).value, { status: 'open', closedBecause: null })
  await t.rejects(store.patch('b-none', {}, '1'), { code: 'NOT_FOUND' })
})

t.test('of two who patch the same version one wins and one is told', async t => {
  await send('open')
  const version = (await store.get(id))?.version ?? ''
  const results = await Promise.allSettled([
    store.patch(id, { status: 'closed' }, version),
    store.patch(id, { status: 'closed' }, version),
  ])
  t.same(results.map(result => result.status).sort(), ['fulfilled', 'rejected'])
})

t.test('twenty at once write one entry', async t => {
  const results = await Promise.all(Array.from({ length: 20 }, () => send('open')))
  t.ok(results.every(result => result.outcome === 'sent'))
  t.equal((await store.list({}, all)).items.length, 1)
})

t.test('lists are newest first, in pages that neither skip nor repeat, by status and owner', async t => {
  for (let index = 0; index < 230; index += 1) {
    clock.wind(index % 3)
    const owner = index % 100 === 0 ? { type: 'user' as const, id: '9', name: 'Bo' } : null
    await send('open', sampleIncident({ id: `inc_${index}`, severity: 'P3', owner, title: `${index}` }))
  }
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page: { items: { id: string; createdAt: number }[]; next: string | null } = await store.list(
      { status: 'open' },
      { limit: 70, cursor },
    )
    seen.push(...page.items.map(one => `${String(one.createdAt).padStart(15, '0')}:${one.id}`))
    cursor = page.next
  } while (cursor !== null)
  t.equal(new Set(seen).size, 230)
  t.same(seen, [...seen].sort().reverse())
  t.equal((await store.list({ owner: 'bo' }, all)).items.length, 3)
  t.equal((await store.list({ owner: '9' }, { limit: 3, cursor: null })).items.length, 3)
  t.equal((await store.list({ owner: 'none' }, { limit: 500, cursor: null })).items.length, 227)
  t.equal((await store.list({ owner: 'someone' }, all)).items.length, 0)
  t.equal((await forApi.list({}, { limit: 500, cursor: null })).items.length, 230)
  await t.rejects(store.list({}, { limit: 5, cursor: 'nonsense' }), { code: 'INVALID_CURSOR' })
})

t.test('closed entries are forgotten after their time, open ones never', async t => {
  await send('open', sampleIncident({ id: 'inc_open', severity: 'P3' }))
  await send('open')
  await send('resolve', sampleIncident({ severity: 'P3', status: 'resolved' }))
  clock.wind(36 * 86_400_000)
  await send('open', sampleIncident({ id: 'inc_new', severity: 'P3' }))
  t.equal(await store.get(id), null)
  t.same(
    (await store.list({}, all)).items.map(one => one.incident),
    ['inc_new', 'inc_open'],
  )
})

t.test('without Redis: try again, and say so', async t => {
  const dead = new Redis({
    path: '/nonexistent/s',
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  dead.on('error', () => {})
  const broken = createBacklogNotifier({ store: createBacklogStore({ redis: dead, clock }), clock })
  t.match(await broken.send(sampleMessage(to)), { outcome: 'retry', code: 'store_unavailable', ambiguous: false })
  dead.disconnect()
})
