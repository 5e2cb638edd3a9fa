import t from 'tap'
import type { Incident, TimelineEntry } from '../../src/incidents/incident.ts'
import { type Commit, createIncidentStore } from '../../src/incidents/incident-store.ts'
import { MINUTE, makeIncident, makeNotification, SECOND, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

const DAY = 24 * 60 * MINUTE

const server = await startTestRedis()
t.teardown(() => server.stop())
const redis = server.client()
const store = createIncidentStore(redis)
/** Another process. */
const other = createIncidentStore(server.client())

let made = 0
function incident(change: Partial<Incident> = {}): Incident {
  made += 1
  return makeIncident({ id: `inc_${made.toString(16).padStart(20, '0')}`, ...change })
}
const entry = (reason: string): TimelineEntry => ({
  at: START,
  what: 'attached',
  severity: null,
  reason,
  by: null,
  signal: null,
  notification: null,
})
const commit = (next: Incident, change: Partial<Commit> = {}): Commit => ({
  expected: next.rev - 1,
  next,
  entries: [],
  owed: [],
  signal: null,
  judgedBy: null,
  ...change,
})
const keysOf = (id: string) => redis.keys(`tocsin:{${id}}:*`)

t.test('a commit writes incident, timeline, what is owed and the signal together', async t => {
  const one = incident()
  const owed = makeNotification({ incident: one.id })
  const signal = { id: 's-1', outcome: '{"action":"open"}' }
  t.same(
    await store.commit(commit(one, { entries: [entry('a'), entry('b')], owed: [owed], signal, judgedBy: '{"x":1}' })),
    {
      committed: true,
    },
  )
  t.same(await other.read(one.id), one)
  t.same(await other.timeline(one.id, 0, 10), [entry('a'), entry('b')])
  t.same(await other.timeline(one.id, 1, 10), [entry('b')])
  t.equal(await other.applied(one.id, 's-1'), '{"action":"open"}')
  t.equal(await other.applied(one.id, 's-2'), null)
  t.equal(await other.judgedBy(one.id), '{"x":1}')
  t.same(JSON.parse((await redis.hget(`tocsin:{${one.id}}:notifications`, owed.id)) ?? ''), owed)
  t.equal((await keysOf(one.id)).length, 4)
})

t.test('what was decided on an older state is refused, and leaves nothing behind', async t => {
  const one = incident()
  await store.commit(commit(one))
  const owed = [makeNotification({ incident: one.id })]
  const late = commit(
    { ...one, title: 'late' },
    { entries: [entry('late')], owed, signal: { id: 's-late', outcome: '{}' } },
  )
  t.same(await other.commit(late), { committed: false, because: 'stale' })
  t.same(await store.read(one.id), one)
  t.same(await store.timeline(one.id, 0, 10), [])
  t.equal(await redis.exists(`tocsin:{${one.id}}:notifications`), 0)
  t.equal(await store.applied(one.id, 's-late'), null)
})

t.test('a signal that was taken in before is refused with its first outcome, however the incident went on', async t => {
  const one = incident()
  const signal = { id: 's-1', outcome: '{"action":"open"}' }
  await store.commit(commit(one, { signal }))
  const next = { ...one, rev: 2 }
  for (const expected of [0, 1, 7]) {
    t.same(await other.commit(commit(next, { expected, signal: { id: 's-1', outcome: '{"action":"attach"}' } })), {
      committed: false,
      because: 'applied',
      outcome: '{"action":"open"}',
    })
  }
  t.equal((await store.read(one.id))?.rev, 1)
  t.ok((await redis.pttl(`tocsin:{${one.id}}:applied:s-1`)) > DAY, 'remembered longer than any repeat takes')
})

t.test('what is owed already is not owed anew: how far it came stays', async t => {
  const one = incident()
  const owed = makeNotification({ incident: one.id })
  await store.commit(commit(one, { owed: [owed] }))
  const key = `tocsin:{${one.id}}:notifications`
  await redis.hset(key, owed.id, JSON.stringify({ ...owed, status: 'sent' }))
  await store.commit(commit({ ...one, rev: 2 }, { owed: [owed] }))
  t.match(JSON.parse((await redis.hget(key, owed.id)) ?? ''), { status: 'sent' })
})

t.test('fifty that compare and set at once lose nothing', async t => {
  const one = incident()
  await store.commit(commit(one))
  await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const mine = i % 2 ? store : other
      for (;;) {
        const before = await mine.read(one.id)
        if (before === null) throw new Error('it is gone')
        const next = { ...before, rev: before.rev + 1, signals: before.signals + 1 }
        const owed = [makeNotification({ incident: one.id, id: `n-${i}` })]
        const signal = { id: `s-${i}`, outcome: '{}' }
        const result = await mine.commit(commit(next, { expected: before.rev, entries: [entry(`${i}`)], owed, signal }))
        if (result.committed) return
        if (result.because === 'applied') throw new Error('nobody else told it')
      }
    }),
  )
  t.match(await store.read(one.id), { rev: 51, signals: 51 })
  const reasons = (await store.timeline(one.id, 0, 100)).map(line => Number(line.reason))
  t.same(
    reasons.toSorted((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i),
  )
  t.equal(await redis.hlen(`tocsin:{${one.id}}:notifications`), 50)
})

t.test('the same signal told by many at once is taken in once', async t => {
  const one = incident()
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      (i % 2 ? store : other).commit(commit(one, { signal: { id: 's-1', outcome: `"${i}"` }, entries: [entry('x')] })),
    ),
  )
  t.equal(results.filter(result => result.committed).length, 1)
  const outcomes = results.map(result => (!result.committed && result.because === 'applied' ? result.outcome : null))
  t.equal(new Set(outcomes.filter(outcome => outcome !== null)).size, 1)
  t.equal((await store.timeline(one.id, 0, 100)).length, 1)
})

t.test(
  'a resolved incident expires with all that is beside it, an open one stays, a reopened one stays again',
  async t => {
    const one = incident()
    const owed = [makeNotification({ incident: one.id })]
    const ttls = async () => {
      const keys = ['incident', 'timeline', 'notifications'].map(name => `tocsin:{${one.id}}:${name}`)
      return Promise.all(keys.map(key => redis.pttl(key)))
    }
    await store.commit(commit(one, { owed, entries: [entry('a')] }))
    t.same(await ttls(), [-1, -1, -1])
    await store.commit(commit({ ...one, rev: 2, status: 'resolved' }))
    for (const ttl of await ttls()) t.ok(ttl > 34 * DAY && ttl <= 35 * DAY)
    await store.note(one.id, [entry('afterwards')])
    for (const ttl of await ttls()) t.ok(ttl > 34 * DAY)
    await store.commit(commit({ ...one, rev: 3 }))
    t.same(await ttls(), [-1, -1, -1])
  },
)

t.test('the newest judged signal stays when a change brings none', async t => {
  const one = incident()
  await store.commit(commit(one, { judgedBy: '"first"' }))
  await store.commit(commit({ ...one, rev: 2 }))
  t.equal(await store.judgedBy(one.id), '"first"')
  await store.commit(commit({ ...one, rev: 3 }, { judgedBy: '"second"' }))
  t.equal(await store.judgedBy(one.id), '"second"')
  t.equal(await store.judgedBy('inc_unknown'), null)
})

t.test('a timeline keeps its newest 2,000 lines', async t => {
  const one = incident()
  await store.commit(commit(one, { entries: Array.from({ length: 2_010 }, (_, i) => entry(`${i}`)) }))
  const all = await store.timeline(one.id, 0, 3_000)
  t.equal(all.length, 2_000)
  t.equal(all.at(-1)?.reason, '2009')
})

t.test('half a character, as a cut text may end in, is no obstacle', async t => {
  const half = '\u{1F6A8}'.slice(0, 1)
  const one = incident({ title: `cut ${half}` })
  await store.commit(commit(one, { owed: [makeNotification({ incident: one.id, id: 'n-half', reason: half })] }))
  t.equal((await store.read(one.id))?.title, 'cut \ufffd')
  const kept = (await redis.hget(`tocsin:{${one.id}}:notifications`, 'n-half')) ?? ''
  t.notMatch(kept, /\\ud/)
})

t.test('a mark stays until it is tidied, and only if nothing was marked since', async t => {
  const mark = await store.markDirty('inc_a')
  const marks = async () => new Map((await other.dirty()).map(one => [one.id, one.mark]))
  t.equal((await marks()).get('inc_a'), mark)
  const newer = await other.markDirty('inc_a')
  t.ok(newer > mark)
  await store.tidy('inc_a', mark)
  t.equal((await marks()).get('inc_a'), newer, 'the newer mark is not taken back with the older')
  await store.tidy('inc_a', newer)
  t.equal((await marks()).has('inc_a'), false)
  const again = await store.markDirty('inc_a')
  t.not(again, mark, 'no mark is given twice')
  await store.tidy('inc_a', mark)
  t.equal((await marks()).get('inc_a'), again, 'so a late tidying takes back no mark but its own')
  await store.tidy('inc_a', again)
})

t.test('indexes say what is open, what changed last and what is due', async t => {
  await redis.flushall()
  const early = incident({ updatedAt: START, remeasureAt: START + MINUTE })
  const late = incident({ updatedAt: START + SECOND, remeasureAt: START + 30 * SECOND })
  const over = incident({ updatedAt: START + 2 * SECOND, status: 'resolved', resolvedAt: START })
  for (const one of [late, over, early]) await store.index(one)
  t.same(await store.recentIds(false, 0, 10), [over.id, late.id, early.id])
  t.same(await store.recentIds(true, 0, 10), [late.id, early.id])
  t.same(await store.recentIds(false, 1, 1), [late.id])
  t.same(new Set(await store.openIds()), new Set([early.id, late.id]))
  t.same(await store.due(START + 30 * SECOND - 1, 10), [])
  t.same(await store.due(START + 30 * SECOND, 10), [late.id])
  t.same(await store.due(START + MINUTE, 10), [late.id, early.id])
  t.same(await store.due(START + MINUTE, 1), [late.id])

  await store.hasten(early.id, START + SECOND)
  t.same(await store.due(START + SECOND, 10), [early.id], 'sooner')
  await store.hasten(early.id, START + DAY)
  await store.hasten(over.id, START)
  t.same(await store.due(START + SECOND, 10), [early.id], 'never later, and nothing that waits for nothing')
  await store.index({ ...early, rev: early.rev + 1 })

  await store.index({ ...late, updatedAt: START + 3 * SECOND, status: 'resolved', remeasureAt: null })
  t.same(await store.openIds(), [early.id])
  t.same(await store.due(START + MINUTE, 10), [early.id])
  t.same(await store.recentIds(false, 0, 1), [late.id])
})

t.test('an older state that is indexed late undoes nothing', async t => {
  await redis.flushall()
  const one = incident()
  const resolved: Incident = { ...one, rev: 3, updatedAt: START + SECOND, status: 'resolved' }
  await store.index(resolved)
  await other.index({ ...one, rev: 2, remeasureAt: START + MINUTE })
  t.same(await store.openIds(), [])
  t.same(await store.due(START + DAY, 10), [])
})

t.test('what has not changed for 35 days leaves the list', async t => {
  await redis.flushall()
  await store.index(incident({ status: 'resolved' }))
  const now = incident({ updatedAt: START + 36 * DAY })
  await store.index(now)
  t.same(await store.recentIds(false, 0, 10), [now.id])
})

t.test('many are read at once, those that exist', async t => {
  const [one, two] = [incident(), incident()]
  for (const each of [one, two]) await store.commit(commit(each))
  t.same(await store.readMany([two.id, 'inc_unknown', one.id]), [two, one])
  t.equal(await store.read('inc_unknown'), null)
})

t.test('an incident that is not one is refused loudly, not passed on', async t => {
  await redis.hset('tocsin:{inc_broken}:incident', 'json', '{"version":1}')
  await t.rejects(store.read('inc_broken'))
})
