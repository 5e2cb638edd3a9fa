import t from 'tap'
import { woundClock } from '../../src/platform/clock.ts'
import { createDeliveryAcceptor, type NewDelivery } from '../../src/sentry/accept-delivery.ts'
import { batchTime } from '../../src/sentry/batch-id.ts'
import { type Delivery, deliverySchema } from '../../src/signals/delivery.ts'
import type { Lane } from '../../src/signals/lane.ts'

const delivery = (resource: string, body = '{}'): NewDelivery => {
  return { source: 'default', resource, hookTimestamp: null, receivedAt: 1_000, body, encoding: 'utf8' }
}

t.test('what arrives together in a lane is one batch, and ids are <batch>-<n> and sort by time', async t => {
  const stored: { lane: Lane; deliveries: Delivery[]; batch: string }[] = []
  const clock = woundClock({ now: () => Date.UTC(2026, 10, 21) })
  const acceptor = createDeliveryAcceptor({
    clock,
    async store(lane, deliveries, batch) {
      stored.push({ lane, deliveries, batch })
    },
  })
  const resources = ['issue', 'error', 'metric_alert', 'error']
  const ids = await Promise.all(resources.map(resource => acceptor.accept(delivery(resource))))
  t.strictSame(stored.map(({ lane, deliveries }) => [lane, deliveries.length]).sort(), [
    ['alerts', 2],
    ['errors', 2],
  ])
  for (const { batch, deliveries } of stored) {
    t.strictSame(
      deliveries.map(({ id }) => id),
      [`${batch}-0`, `${batch}-1`],
    )
    t.equal(batchTime(batch), clock.now())
    t.match(batch, /^[0-9a-z]{21}$/)
    for (const one of deliveries) t.same(deliverySchema.parse(one), one)
  }
  t.equal(new Set(ids).size, 4)
  clock.wind(1)
  const later = await acceptor.accept(delivery('issue'))
  t.ok(ids.every(id => id < later))
  await acceptor.idle()
})

t.test('a store that fails fails what was in that batch', async t => {
  const acceptor = createDeliveryAcceptor({
    clock: woundClock(),
    async store(lane) {
      if (lane === 'errors') throw new Error('redis is gone')
    },
  })
  const results = await Promise.allSettled(['error', 'issue'].map(resource => acceptor.accept(delivery(resource))))
  t.strictSame(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
})

t.test('a batch id that is none of ours has no time', async t => {
  t.equal(batchTime('poll'), 0)
})
