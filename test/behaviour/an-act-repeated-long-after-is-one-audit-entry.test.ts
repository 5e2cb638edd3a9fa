import t from 'tap'
import type { AuditEntry } from '../../src/access/audit-entry.ts'
import { alertNow, numbers } from '../support/one-issue.ts'
import { startOnSharedRedis } from '../support/two-processes.ts'

t.test(
  'its Idempotency-Key forgotten, an act that is sent again is done once and stands in the trail once',
  async t => {
    const { world, redis } = await startOnSharedRedis(t, { ROLE: 'all' })
    numbers(world, 320)
    const { incident } = await world.tell('event_alert', alertNow(world))
    const act = () =>
      world.api('POST', `/incidents/${incident}/acknowledge`, undefined, { 'idempotency-key': 'the-button-of-ada' })
    const first = await act()
    t.match(first, { status: 200, body: { changed: true } })
    const client = redis.client()
    const kept = await client.keys('tocsin:idempotency:*')
    t.equal(kept.length, 1)
    // As after the day that an answer is kept.
    await client.del(kept)
    const second = await act()
    t.match(second, { status: 200, body: { changed: true, reason: first.body.reason } })
    t.notOk('repeated' in second.body)
    const { items } = (await world.api('GET', '/audit')).body
    const ours = items.filter((one: AuditEntry) => one.operation === 'acknowledgeIncident')
    t.same(
      ours.map(({ outcome }: AuditEntry) => outcome),
      ['done'],
    )
    t.equal((await world.timeline(incident ?? '')).filter(({ what }) => what === 'acknowledged').length, 1)
  },
)
