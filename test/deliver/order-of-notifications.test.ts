import fc from 'fast-check'
import t from 'tap'
import { createDelivery } from '../../src/deliver/deliver-notification.ts'
import { destinationSchema } from '../../src/deliver/destination.ts'
import type { NotificationKind } from '../../src/deliver/notification.ts'
import { createNotificationStore } from '../../src/deliver/notification-store.ts'
import type { Notifier, SendResult } from '../../src/deliver/notifier.ts'
import { createPacingStore } from '../../src/deliver/pacing-store.ts'
import { createIncidentStore } from '../../src/incidents/incident-store.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { MINUTE, makeIncident, makeNotification, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

const server = await startTestRedis()
t.teardown(() => server.stop())
const redis = server.client()
const incidents = createIncidentStore(redis)
const notifications = createNotificationStore(redis)

const PLACE = destinationSchema.parse({
  id: 'slack-incidents',
  name: 'Incidents',
  kind: 'slack',
  channel: '#incidents',
})
const FAILED: SendResult = { outcome: 'retry', code: 'http_500', message: 'no', retryAfterMs: null, ambiguous: false }

let made = 0

/** Owes one of each kind, lets senders come in any order, fails as told; what was taken, in order. */
async function takenInOrder(kinds: readonly NotificationKind[], turns: readonly number[], fails: readonly boolean[]) {
  made += 1
  const incident = makeIncident({ id: `inc_${made.toString(16).padStart(20, '0')}`, key: `v1:issue:default:${made}` })
  await incidents.commit({ expected: 0, next: incident, entries: [], owed: [], signal: null, judgedBy: null })
  const all = kinds.map((kind, i) =>
    makeNotification({ incident: incident.id, kind, seq: i + 1, destination: PLACE.id, step: i }),
  )
  for (const one of all) await notifications.put(one)
  const taken: { kind: NotificationKind; seq: number }[] = []
  const answers = [...fails]
  const clock = woundClock({ now: () => START })
  const notifier: Notifier = {
    kind: 'slack',
    pages: false,
    async send({ notification: { kind, seq } }) {
      if (answers.shift() === true) return FAILED
      taken.push({ kind, seq })
      return { outcome: 'sent', reference: null, detail: 'taken' }
    },
    pacing: () => ({ key: `order-${made}`, intervalMs: 1, burst: 1_000 }),
    async close() {},
  }
  const deliver = createDelivery({
    incidents,
    notifications,
    pacing: createPacingStore(redis),
    notifierOf: () => notifier,
    destinationOf: () => ({ destination: PLACE, secret: {} }),
    rules: () => ({ fallbackAfterMs: MINUTE, giveUpAfterMs: 600 * MINUTE }),
    lastResort: () => null,
    incidentUrl: id => id,
    clock,
    random: () => 0,
    onSettled() {},
  })
  for (const turn of turns) {
    const one = await notifications.read(incident.id, all[turn % all.length]?.id ?? '')
    if (one !== null) await deliver(one, turn % 2 === 0 ? 'now' : 'wait')
    if (turn % 3 === 0) clock.wind(1_500)
  }
  // Whoever comes last finds the rest.
  for (let round = 0; round < 40; round += 1) {
    clock.wind(MINUTE)
    const open = (await notifications.list(incident.id)).filter(({ status }) => status === 'owed')
    if (open.length === 0) break
    for (const one of open.toReversed()) await deliver(one, 'wait')
  }
  return { taken, left: (await notifications.list(incident.id)).filter(({ status }) => status === 'owed') }
}

const LIFE: readonly NotificationKind[] = [
  'open',
  'step',
  'acknowledge',
  'thread',
  'raise',
  'edit',
  'thread',
  'resolve',
]

t.test('however often attempts fail, and whoever comes first, what is owed to one place leaves in order', async t => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 25 }),
      fc.array(fc.boolean(), { maxLength: 8 }),
      async (turns, fails) => {
        const { taken, left } = await takenInOrder(LIFE, turns, fails)
        const seqs = taken.map(({ seq }) => seq)
        t.same(left, [], 'nothing stays behind')
        // What the resolve overtakes is dropped, never said after it.
        return taken.at(-1)?.kind === 'resolve' && seqs.every((seq, i) => i === 0 || seq > (seqs[i - 1] ?? 0))
      },
    ),
    { numRuns: 25 },
  )
})

t.test('without a resolve nothing of it is left out', async t => {
  const kinds = LIFE.slice(0, -1)
  const { taken } = await takenInOrder(kinds, [6, 5, 4, 3, 2, 1, 0], [true, true, false, true])
  t.same(
    taken.map(({ kind }) => kind),
    kinds,
  )
})
