import t, { type Test } from 'tap'
import { createAuditStore } from '../../src/access/audit-store.ts'
import { type AuditTrail, createAuditTrail } from '../../src/access/audit-trail.ts'
import { createReadAudit } from '../../src/access/read-audit.ts'
import { redact } from '../../src/access/redact.ts'
import { outward } from '../../src/api/outward.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { startTestRedis } from '../support/redis.ts'

const SECRET = 'a-secret-that-is-known-0001'
const undertaking = (what: string) => ({
  ...{ operation: 'putRoute', what, after: { body: what }, actor: null, address: '::1', request: 'r', reason: null },
  caller: { id: 'k', name: 'deploy bot', role: 'editor' as const, via: 'key' as const },
})

async function start(t: Test) {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const clock = woundClock()
  const failed: string[] = []
  const named: object[] = []
  const store = createAuditStore(redis.client())
  const trailOf = (of = store): AuditTrail =>
    createAuditTrail({
      store: of,
      clock,
      scrub: text => text.replaceAll(SECRET, '[hidden]'),
      outward,
      log: {
        error: (_fields, message) => void failed.push(message),
        info: fields => void named.push(fields),
      },
    })
  const entries = async () => (await createReadAudit(store).list({}, { limit: 100, cursor: null })).items.reverse()
  return { redis, clock, store, trailOf, entries, failed, named }
}

t.test('what is done is an entry; what is refused is none', async t => {
  const { trailOf, entries, store } = await start(t)
  const trail = trailOf()
  const done = await trail.begin(undertaking('one'))
  t.same(await entries(), [], 'nothing is claimed before it is done')
  await done.done({ what: 'route one', before: null, after: { id: 'one' } })
  const refused = await trail.begin(undertaking('two'))
  await refused.dropped()
  await (await trail.begin(undertaking('three'))).done(null)
  t.match(await entries(), [
    { number: 1, what: 'route one', outcome: 'done', before: null, after: { id: 'one' } },
    { number: 2, what: 'three', after: { body: 'three' } },
  ])
  t.same(await store.intents(), [])
})

t.test('when nothing can be written, nothing is begun', async t => {
  const { redis, trailOf } = await start(t)
  const client = redis.client()
  client.options.maxRetriesPerRequest = 0
  const trail = trailOf(createAuditStore(client))
  await client.ping()
  await redis.kill()
  await t.rejects(trail.begin(undertaking('one')))
})

t.test('what was done while the trail could not be written is written as soon as it can', async t => {
  const { trailOf, entries, store, failed } = await start(t)
  let down = true
  const trail = trailOf({
    ...store,
    append: (draft, id) => (down ? Promise.reject(new Error('away')) : store.append(draft, id)),
  })
  await (await trail.begin(undertaking('one'))).done({ what: 'route one', before: 1, after: 2 })
  t.same(await entries(), [])
  t.equal(failed.length, 1)
  down = false
  await trail.settle()
  await trail.settle()
  t.match(await entries(), [{ number: 1, what: 'route one', before: 1, after: 2, outcome: 'done' }])
})

t.test('each entry is named in the log with its hash, once: kept elsewhere it shows a trail that was cut', async t => {
  const { trailOf, entries, named, store } = await start(t)
  const trail = trailOf()
  await (await trail.begin(undertaking('one'))).done({ what: 'route one', before: null, after: { until: 5 } })
  await store.append({ ...undertaking('two'), at: '2026-11-22T05:00:00.000Z', outcome: 'done', before: null }, null)
  await (await trail.begin(undertaking('three'))).done(null)
  await trail.settle()
  const [one, , three] = await entries()
  const about = { operation: 'putRoute', outcome: 'done', caller: 'k', request: 'r' }
  t.same(named, [
    { audit: 1, hash: one?.hash, ...about },
    { audit: 3, hash: three?.hash, ...about },
  ])
  t.same(one?.after, { until: '1970-01-01T00:00:00.005Z' }, 'times are written as they are told')
})

t.test('an intent that Redis lost in between costs no entry', async t => {
  const { redis, trailOf, entries } = await start(t)
  const begun = await trailOf().begin(undertaking('one'))
  await redis.client().del('tocsin:{audit}:intents')
  await begun.done({ what: 'route one', before: 1, after: 2 })
  await begun.done({ what: 'route one', before: 1, after: 2 })
  t.match(await entries(), [{ number: 1, what: 'route one', outcome: 'done' }])
  t.equal((await entries()).length, 1)
})

t.test('what a process began that is gone is said to be unknown, by another', async t => {
  const { trailOf, entries, clock } = await start(t)
  await trailOf().begin(undertaking('one'))
  const other = trailOf()
  await other.settle()
  t.same(await entries(), [], 'it may still be at work')
  clock.wind(6 * 60_000)
  await Promise.all([other.settle(), trailOf().settle()])
  t.match(await entries(), [{ number: 1, what: 'one', outcome: 'unknown', after: { body: 'one' } }])
  t.equal((await entries()).length, 1)
})

t.test('secrets are hidden by name and by value, and what is large is cut', async t => {
  const { trailOf, entries } = await start(t)
  const begun = await trailOf().begin({ ...undertaking('x'), reason: `because ${SECRET}`, actor: SECRET })
  const body = { secret: { botToken: 'xoxb-1' }, nested: [{ routing_key: 'r', clientSecrets: ['a'] }], note: SECRET }
  await begun.done({ what: `route ${SECRET}`, before: body, after: { text: 'x'.repeat(50_000) } })
  const [entry] = await entries()
  t.same(entry?.before, {
    secret: '[hidden]',
    nested: [{ routing_key: '[hidden]', clientSecrets: '[hidden]' }],
    note: '[hidden]',
  })
  t.match(entry?.after, { cut: true, bytes: 50_011, sha256: /^[0-9a-f]{64}$/ })
  t.notOk(JSON.stringify(entry).includes(SECRET))
  t.same(
    redact({ secrets: ['botToken'], apiToken: null }, text => text),
    { secrets: ['botToken'], apiToken: null },
  )
})
