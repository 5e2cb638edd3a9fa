import fc from 'fast-check'
import t from 'tap'
import { type Destination, destinationSchema } from '../../src/deliver/destination.ts'
import type { Notification } from '../../src/deliver/notification.ts'
import type { SendResult } from '../../src/deliver/notifier.ts'
import { settle } from '../../src/deliver/settle.ts'
import { MINUTE, makeNotification, SECOND, START } from '../support/make.ts'

const RULES = { fallbackAfterMs: MINUTE, giveUpAfterMs: 24 * 60 * MINUTE }

function destination(fallback: string | null = 'slack-incidents'): Destination {
  return destinationSchema.parse({ id: 'pagerduty-oncall', name: 'PagerDuty', kind: 'pagerduty', fallback })
}
const sending = (change: Partial<Notification> = {}) =>
  makeNotification({ status: 'sending', leaseUntil: START + 10 * SECOND, attempts: 1, ...change })
const retry = (change: Partial<Extract<SendResult, { outcome: 'retry' }>> = {}): SendResult => ({
  outcome: 'retry',
  code: 'http_500',
  message: 'PagerDuty answered 500',
  retryAfterMs: null,
  ambiguous: false,
  ...change,
})
const permanent: SendResult = { outcome: 'permanent', code: 'bad_key', message: 'the routing key is unknown' }
const reference = { provider: 'pagerduty', dedupKey: 'k', routingKeyId: 'f' } as const

const settled = (one: Notification, result: SendResult, now = START, to: Destination | null = destination()) =>
  settle(one, result, to, RULES, now, () => 0.5)

t.test('what was sent is sent, with the reference that its follow-ups need', async t => {
  const { after, entries, owed, againMs } = settled(
    sending({ ambiguous: true, error: { code: 'x', message: 'y' } }),
    { outcome: 'sent', reference, detail: 'taken' },
    START + SECOND,
  )
  t.match(after, {
    status: 'sent',
    settledAt: START + SECOND,
    reference,
    error: null,
    ambiguous: false,
    leaseUntil: null,
  })
  t.match(entries, [{ what: 'notified', reason: 'open → pagerduty-oncall: taken', notification: after.id }])
  t.same([owed, againMs], [[], null])
})

t.test('what has nothing to say any more is dropped, with its reason', async t => {
  const dropped: SendResult = { outcome: 'dropped', reason: 'resolved before it was sent' }
  const page = settled(sending(), dropped)
  t.match(page.after, { status: 'dropped', settledAt: START, reason: 'resolved before it was sent', leaseUntil: null })
  t.match(page.entries, [{ what: 'dropped' }])
  t.same([page.owed, page.againMs], [[], null])
  t.same(settled(sending({ kind: 'edit' }), dropped).entries, [], 'an edit that was not needed is no news')
})

t.test('what may succeed later is owed again, after a wait', async t => {
  const { after, entries, owed, againMs } = settled(sending(), retry())
  t.equal(againMs, 750)
  t.match(after, {
    status: 'owed',
    notBefore: START + 750,
    leaseUntil: null,
    attempts: 1,
    error: { code: 'http_500', message: 'PagerDuty answered 500' },
    fellBack: false,
  })
  t.match(entries, [
    { what: 'delivery-failed', reason: 'open → pagerduty-oncall: PagerDuty answered 500; tried again' },
  ])
  t.same(owed, [])
  t.same(settled(sending({ attempts: 2 }), retry()).entries, [], 'the timeline tells the first failure, not each')
})

t.test('Retry-After is never undercut, nor does it shorten the backoff', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.nat(3_600_000),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempts, asked, r) => {
        const one = sending({ attempts })
        const { againMs, after } = settle(one, retry({ retryAfterMs: asked }), null, RULES, START, () => r)
        const half = Math.min(60_000, 1_000 * 2 ** (attempts - 1)) / 2
        return againMs !== null && againMs >= asked && againMs >= half && after.notBefore === START + againMs
      },
    ),
  )
})

t.test('after a minute of failing a page also goes to its fallback, once, and is tried on', async t => {
  const one = sending({ attempts: 5, causedAt: START - SECOND, firstFailedAt: START })
  t.same(settled(one, retry(), START + MINUTE - 1).owed, [])
  const late = settled(one, retry(), START + MINUTE)
  t.match(late.after, { status: 'owed', fellBack: true })
  t.equal(late.owed.length, 1)
  t.match(late.owed[0], {
    kind: 'fallback',
    destination: 'slack-incidents',
    mention: 'here',
    status: 'owed',
    severity: one.severity,
    generation: one.generation,
    incident: one.incident,
    owedAt: START + MINUTE,
    causedAt: START - SECOND,
    notBefore: 0,
    attempts: 0,
    leaseUntil: null,
    instead: one.id,
    reference: null,
    error: null,
    reason: 'pagerduty-oncall could not be told: PagerDuty answered 500',
  })
  t.ok((late.owed[0]?.seq ?? 0) > one.seq)
  t.equal(late.entries.length, 1, 'the timeline says so')
  t.same(settled({ ...late.after, status: 'sending' }, retry(), START + 2 * MINUTE).owed, [])
  t.equal(settled(one, retry(), START + 2 * MINUTE).owed[0]?.id, late.owed[0]?.id, 'the same fallback has the same id')
})

t.test('waiting for a slot is no failure: the first one after minutes in a queue owes no fallback yet', t => {
  const first = settled(sending({ owedAt: START - 10 * MINUTE }), retry())
  t.match(first, { owed: [], after: { status: 'owed', fellBack: false, firstFailedAt: START } })
  t.end()
})

t.test('asked to wait beyond that minute, the fallback is owed at once', async t => {
  const patient = settled(sending(), retry({ retryAfterMs: 10 * MINUTE }))
  t.match(patient, { againMs: 10 * MINUTE, after: { status: 'owed', fellBack: true }, owed: [{ kind: 'fallback' }] })
  t.same(settled(sending(), retry({ retryAfterMs: 30 * SECOND })).owed, [])
})

t.test('after a day it is a dead letter that needs a person', async t => {
  const day = RULES.giveUpAfterMs
  const one = sending({ attempts: 900, fellBack: true, firstFailedAt: START })
  t.equal(settled(one, retry(), START + day - 46 * SECOND).after.status, 'owed')
  const dead = settled(one, retry(), START + day)
  t.match(dead, { againMs: null, owed: [], after: { status: 'dead', settledAt: START + day, leaseUntil: null } })
  t.match(dead.after.reason, /given up after 900 attempts: PagerDuty answered 500/)
  t.match(dead.entries, [{ what: 'delivery-failed', reason: /needs a person/ }])
  t.equal(settled(sending(), retry({ retryAfterMs: day + 1 })).after.status, 'dead', 'told to come back too late')
})

t.test('what can never succeed is a dead letter at once, with its fallback owed', async t => {
  const dead = settled(sending(), permanent)
  t.match(dead, { againMs: null, after: { status: 'dead', fellBack: true, error: { code: 'bad_key' } } })
  t.match(dead.owed, [{ kind: 'fallback', destination: 'slack-incidents' }])
  t.same(settled(sending({ fellBack: true }), permanent).owed, [], 'but not a second one')
  t.same(settled(sending(), permanent, START, destination(null)).owed, [])
  t.match(settled(sending(), permanent, START, null), { owed: [], after: { status: 'dead', fellBack: false } })
})

t.test('only news falls back, and a fallback never does', async t => {
  for (const kind of ['open', 'raise', 'edit', 'resolve', 'fallback', 'test'] as const) {
    const falls = kind === 'open' || kind === 'raise' ? 1 : 0
    t.equal(settled(sending({ kind }), permanent).owed.length, falls, `${kind}, for good`)
    t.equal(
      settled(sending({ kind, firstFailedAt: START }), retry(), START + 2 * MINUTE).owed.length,
      falls,
      `${kind}, late`,
    )
  }
})

t.test('what may have been accepted is remembered through every later failure', async t => {
  const maybe = settled(sending(), retry({ ambiguous: true, reference })).after
  t.match(maybe, { ambiguous: true, reference })
  const again = settled({ ...maybe, status: 'sending' }, retry()).after
  t.match(again, { ambiguous: true, reference })
  t.match(settled({ ...again, status: 'sending' }, permanent).after, { status: 'dead', ambiguous: true, reference })
  const last = settled(
    sending({ attempts: 9, firstFailedAt: START }),
    retry({ ambiguous: true, reference }),
    START + RULES.giveUpAfterMs,
  )
  t.match(last.after, { status: 'dead', ambiguous: true, reference }, 'also when the last attempt was that one')
})

t.test(
  'whatever happens it ends or is tried again, the lease is given back, and at most one fallback is owed',
  async () => {
    const results: SendResult[] = [
      { outcome: 'sent', reference: null, detail: '' },
      { outcome: 'dropped', reason: '' },
      permanent,
      retry(),
      retry({ ambiguous: true, retryAfterMs: 5 * MINUTE }),
    ]
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...results), fc.nat(10 * MINUTE)), { minLength: 1, maxLength: 30 }),
        steps => {
          let one: Notification = makeNotification()
          let now = START
          let owed = 0
          for (const [result, passed] of steps) {
            now += passed
            const step = settled(
              { ...one, status: 'sending', leaseUntil: now + 1, attempts: one.attempts + 1 },
              result,
              now,
            )
            owed += step.owed.length
            one = step.after
            if (one.leaseUntil !== null || (step.againMs === null) !== (one.status !== 'owed')) return false
            if (one.status !== 'owed') break
          }
          return owed <= 1
        },
      ),
    )
  },
)

t.test('its day begins with the first attempt that fails, however long ago it was owed', async t => {
  const now = START + 3 * RULES.giveUpAfterMs
  // After an outage of all our processes, or sent again by hand: the claim of a retry has cleared what failed before.
  for (const retriedAt of [null, now]) {
    const again = settled(sending({ attempts: 9, ambiguous: true, fellBack: true, retriedAt }), retry(), now).after
    t.match(again, { status: 'owed', owedAt: START, firstFailedAt: now })
    const late = settled({ ...again, status: 'sending' }, retry(), now + RULES.giveUpAfterMs + MINUTE)
    t.equal(late.after.status, 'dead')
  }
})
