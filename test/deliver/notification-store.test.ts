import t from 'tap'
import type { Notification } from '../../src/deliver/notification.ts'
import { createNotificationStore } from '../../src/deliver/notification-store.ts'
import type { TimelineEntry } from '../../src/incidents/incident.ts'
import { createIncidentStore } from '../../src/incidents/incident-store.ts'
import { MINUTE, makeNotification, SECOND, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

const LEASE = 10 * SECOND

const server = await startTestRedis()
t.teardown(() => server.stop())
const redis = server.client()
const store = createNotificationStore(redis)
/** Another process. */
const other = createNotificationStore(server.client())

/** Notifications of one incident of their own, in order, as they are kept. */
let incidents = 0
async function keep(...changes: Partial<Notification>[]): Promise<Notification[]> {
  incidents += 1
  const incident = `inc_${incidents.toString(16).padStart(20, '0')}`
  const made = changes.map((change, i) => makeNotification({ incident, seq: i + 1, ...change }))
  for (const one of made) await store.put(one)
  return made
}
const claim = (one: Notification, now = START) => store.claim(one.incident, one.id, now, LEASE)
async function claimed(one: Notification, now = START): Promise<Notification> {
  const answer = await claim(one, now)
  if (!answer.claimed) throw new Error(`not claimed: ${answer.because}`)
  return answer.notification
}
const sent = (one: Notification): Notification => ({ ...one, status: 'sent', leaseUntil: null, settledAt: START })
const entry = (reason: string): TimelineEntry => ({
  at: START,
  what: 'notified',
  severity: 'P2',
  reason,
  by: null,
  signal: null,
  notification: null,
})

t.test('a claim takes the right to send: everyone else is told how long to wait', async t => {
  const [one] = await keep({})
  t.ok(one)
  if (one === undefined) return
  const mine = await claimed(one)
  t.match(mine, { status: 'sending', leaseUntil: START + LEASE, attempts: 1, ambiguous: false })
  t.same(await other.claim(one.incident, one.id, START + SECOND, LEASE), {
    claimed: false,
    because: 'busy',
    waitMs: LEASE - SECOND,
  })
})

t.test('of many who claim at once exactly one may send', async t => {
  for (let round = 0; round < 10; round++) {
    const [one] = await keep({})
    if (one === undefined) return
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? store : other).claim(one.incident, one.id, START, LEASE)),
    )
    t.equal(answers.filter(answer => answer.claimed).length, 1)
  }
})

t.test('to one destination they leave in order; destinations do not wait for each other', async t => {
  const [first, second, elsewhere] = await keep({}, { kind: 'raise' }, { destination: 'slack-incidents' })
  if (first === undefined || second === undefined || elsewhere === undefined) return
  t.same(await claim(second), { claimed: false, because: 'earlier', first: first.id })
  t.equal((await claim(elsewhere)).claimed, true)
  const mine = await claimed(first)
  t.match(await claim(second), { claimed: false, because: 'busy' })
  t.equal(await store.settle(mine, sent(mine), [], []), true)
  t.equal((await claim(second)).claimed, true)
})

t.test('while one is being sent, no other goes to that destination, not even an older one', async t => {
  const [first, second] = await keep({ status: 'dead' }, { kind: 'raise' })
  if (first === undefined || second === undefined) return
  await claimed(second)
  await store.put({ ...first, status: 'owed' })
  t.match(await claim(first), { claimed: false, because: 'busy' })
})

t.test('before its time it is early, after its end it is settled, and a stranger is unknown', async t => {
  const [one] = await keep({ notBefore: START + MINUTE })
  if (one === undefined) return
  t.same(await claim(one), { claimed: false, because: 'early', waitMs: MINUTE })
  t.equal((await claim(one, START + MINUTE)).claimed, true)
  for (const status of ['sent', 'dead', 'dropped'] as const) {
    const [over] = await keep({ status })
    if (over !== undefined) t.same(await claim(over), { claimed: false, because: 'settled' })
  }
  t.same(await store.claim(one.incident, 'n-nobody', START, LEASE), { claimed: false, because: 'unknown' })
})

t.test('a claim that was never settled is taken over after its lease, as one that may have been sent', async t => {
  const [one] = await keep({})
  if (one === undefined) return
  const lost = await claimed(one)
  t.match(await claim(one, START + LEASE - 1), { because: 'busy' })
  const taken = await claimed(one, START + LEASE)
  t.match(taken, { attempts: 2, ambiguous: true, leaseUntil: START + 2 * LEASE })
  t.equal(await store.settle(lost, sent(lost), [entry('mine?')], []), false, 'the first no longer may say how it ended')
  t.match(await store.read(one.incident, one.id), { status: 'sending' })
  t.equal(await store.settle(taken, sent(taken), [], []), true)
  t.equal(await store.settle(taken, sent(taken), [], []), false, 'nor anyone a second time')
})

t.test('a resolve drops what was owed before it and never tried', async t => {
  const [open, raise, resolve] = await keep({}, { kind: 'raise', notBefore: START + MINUTE }, { kind: 'resolve' })
  const [elsewhere] = await keep({ destination: 'slack-incidents' })
  if (open === undefined || raise === undefined || resolve === undefined || elsewhere === undefined) return
  t.equal((await claim(resolve)).claimed, true)
  for (const one of [open, raise])
    t.match(await store.read(one.incident, one.id), {
      status: 'dropped',
      settledAt: START,
      reason: 'resolved before it was sent',
    })
  t.match(await store.read(elsewhere.incident, elsewhere.id), { status: 'owed' })
})

t.test('a resolve does not drop what may have been sent: first that must be found out', async t => {
  const [open, resolve] = await keep({ ambiguous: true, attempts: 1 }, { kind: 'resolve' })
  if (open === undefined || resolve === undefined) return
  t.match(await claim(resolve), { because: 'earlier', first: open.id })
  const [crashed, later] = await keep({}, { kind: 'resolve' })
  if (crashed === undefined || later === undefined) return
  await claimed(crashed)
  t.match(await claim(later, START + LEASE), { because: 'earlier', first: crashed.id })
  t.match(await claimed(crashed, START + LEASE), { ambiguous: true })

  t.test('unless it left a reference under which the resolve finds it', async t => {
    const reference = { provider: 'pagerduty', dedupKey: 'k', routingKeyId: 'f' } as const
    const [maybe, over] = await keep({ ambiguous: true, attempts: 1, reference }, { kind: 'resolve' })
    if (maybe === undefined || over === undefined) return
    t.equal((await claim(over)).claimed, true)
    t.match(await store.read(maybe.incident, maybe.id), { status: 'dropped', reference })
  })
})

t.test('a newer edit takes the place of an older one; a resolve that is owed is never dropped', async t => {
  const [old, edit] = await keep({ kind: 'edit' }, { kind: 'edit' })
  if (old === undefined || edit === undefined) return
  t.equal((await claim(edit)).claimed, true)
  t.match(await store.read(old.incident, old.id), { status: 'dropped', reason: 'a newer edit takes its place' })
  const [over, again] = await keep({ kind: 'resolve' }, { kind: 'resolve' })
  if (over === undefined || again === undefined) return
  t.match(await claim(again), { because: 'earlier', first: over.id })
})

t.test('an edit of an earlier post is another post: it leaves first', async t => {
  const [old, edit] = await keep({ kind: 'edit' }, { kind: 'edit', generation: 2 })
  if (old === undefined || edit === undefined) return
  t.match(await claim(edit), { because: 'earlier', first: old.id })
})

t.test('a page says the newest: what would only have told more gives way to it, and holds up nobody', async t => {
  for (const kind of ['open', 'raise', 'step', 'resolve', 'update'] as const) {
    const [update, next] = await keep({ kind: 'update', notBefore: START + MINUTE }, { kind })
    if (update === undefined || next === undefined) return
    t.equal((await claim(next)).claimed, true, kind)
    t.match(await store.read(update.incident, update.id), { status: 'dropped' })
  }
  const [update, answer] = await keep({ kind: 'update', notBefore: START + MINUTE }, { kind: 'acknowledge' })
  if (update === undefined || answer === undefined) return
  t.equal((await claim(answer)).claimed, true)
  t.match(await store.read(update.incident, update.id), { status: 'owed' }, 'it is still told')
})

t.test('settling writes the end, the timeline and the fallback in one step, the fallback once', async t => {
  const [one] = await keep({})
  if (one === undefined) return
  const mine = await claimed(one)
  const fallback = makeNotification({
    incident: one.incident,
    seq: 1.5,
    kind: 'fallback',
    destination: 'slack-incidents',
  })
  const again: Notification = { ...mine, status: 'owed', leaseUntil: null, fellBack: true }
  t.equal(await store.settle(mine, again, [entry('failed')], [fallback]), true)
  await store.put({ ...fallback, status: 'sent' })
  const second = await claimed(one, START + SECOND)
  t.equal(await store.settle(second, sent(second), [], [fallback]), true)
  t.match(await store.read(one.incident, fallback.id), { status: 'sent', seq: 1.5 }, 'a fallback is not owed again')
  t.same(
    (await createIncidentStore(redis).timeline(one.incident, 0, 10)).map(line => line.reason),
    ['failed'],
  )
})

t.test('what a notification says survives the script', async t => {
  const said: Partial<Notification> = {
    seq: 3.5,
    reason: '„Größe“ \u{1F6A8} "quoted" \\ / \u0000 \u2028 \u007f',
    mention: 'team-lead',
    owedAt: 1_795_262_400_123,
    causedAt: 1_795_262_400_001,
    notBefore: 0,
    error: { code: '', message: 'null' },
    reference: { provider: 'slack', channel: 'C1', ts: '1795262400.000100' },
    instead: null,
  }
  const [one] = await keep(said)
  if (one === undefined) return
  const mine = await claimed(one, 1_795_262_401_999)
  t.same(mine, { ...one, status: 'sending', attempts: 1, leaseUntil: 1_795_262_411_999 })
  t.same(await store.read(one.incident, one.id), mine)
  const [bare] = await keep({})
  if (bare !== undefined)
    t.same(await claimed(bare), { ...bare, status: 'sending', attempts: 1, leaseUntil: START + LEASE })
})

t.test('half a character, as a cut text may end in, holds nothing up', async t => {
  const half = '\u{1F6A8}'.slice(0, 1)
  const [cut, whole] = await keep({ reason: `cut ${half}` }, { destination: 'slack-incidents' })
  if (cut === undefined || whole === undefined) return
  t.equal((await claim(whole)).claimed, true)
  const mine = await claimed(cut)
  t.equal(mine.reason, 'cut \ufffd')
  t.equal(await store.settle(mine, { ...mine, status: 'owed', error: { code: 'x', message: half } }, [], []), true)
  t.equal((await claim(cut, START + SECOND)).claimed, true)
})

t.test('a list is in order, and one is found by its id alone', async t => {
  const [first] = await keep({ seq: 2 }, { seq: 1 }, { seq: 1.5 })
  if (first === undefined) return
  t.same(
    (await store.list(first.incident)).map(one => one.seq),
    [1, 1.5, 2],
  )
  const incident = `inc_${'a'.repeat(20)}`
  const one = makeNotification({ incident, id: `n-${'a'.repeat(20)}-0123456789ab` })
  await store.put(one)
  t.same(await store.find(one.id), one)
  t.equal(await store.find(`n-${'b'.repeat(20)}-0123456789ab`), null)
  t.equal(await store.find('nonsense'), null)
  t.equal(await store.read(incident, 'nonsense'), null)
})

t.test('the log lists newest first; dead letters apart, until they are dead no more', async t => {
  const base = START + 100 * MINUTE
  const log = Array.from({ length: 4 }, (_, i) => makeNotification({ owedAt: base + i }))
  for (const one of log) await store.index(one)
  const ids = log.map(one => one.id).reverse()
  t.same(await store.recent(false, 0, 4), ids)
  t.same(await store.recent(false, 1, 2), ids.slice(1, 3))
  const [dead] = log
  if (dead === undefined) return
  await store.index({ ...dead, status: 'dead' })
  t.same(await store.recent(true, 0, 10), [dead.id])
  await store.index({ ...dead, status: 'owed' })
  t.same(await store.recent(true, 0, 10), [])
  await store.index(makeNotification({ owedAt: base + 36 * 24 * 60 * MINUTE }))
  t.equal((await store.recent(false, 0, 10)).length, 1, 'what is older than 35 days leaves the log')
})

t.test('a test by hand is kept for 35 days, what belongs to an incident as long as it', async t => {
  const test = makeNotification({ incident: 'test', kind: 'test' })
  await store.put(test)
  t.ok((await redis.pttl('tocsin:{test}:notifications')) > 34 * 24 * 60 * MINUTE)
  const [one] = await keep({})
  if (one !== undefined) t.equal(await redis.pttl(`tocsin:{${one.incident}}:notifications`), -1)
})

t.test('a dead letter is owed again once, however many ask at the same time', async t => {
  const error = { code: 'gone', message: 'given up' }
  const [one] = await keep({ status: 'dead', settledAt: START, error, ambiguous: true, attempts: 7, fellBack: true })
  if (one === undefined) return
  const now = START + 2 * 24 * 60 * MINUTE
  const six = [1, 2, 3].flatMap(() => [store.retry(one.incident, one.id, now), other.retry(one.incident, one.id, now)])
  const answers = await Promise.all(six)
  t.equal(answers.filter(answer => answer.retried).length, 1)
  t.equal(answers.filter(answer => !answer.retried && answer.status === 'owed').length, 5)
  const change = { status: 'owed', retriedAt: now, settledAt: null, error: null, reason: 'sent again by hand' } as const
  t.same(
    await store.read(one.incident, one.id),
    { ...one, ...change },
    'the look-up still begins when it was owed first',
  )
  t.match(await claim(one, now), { claimed: true, notification: { ambiguous: true, owedAt: one.owedAt } })
  t.same(await store.retry(one.incident, 'n-none', now), { retried: false, status: null })
})
