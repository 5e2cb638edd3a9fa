import t from 'tap'
import { MINUTE } from '../support/one-issue.ts'
import { pagedIncident } from '../support/paged.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('acknowledged over REST it is acknowledged everywhere, once, and no further step is told', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await pagedIncident(world)
  const key = { 'idempotency-key': 'ack-1', 'x-actor': 'Ada Moreau' }
  const first = await world.api('POST', `/incidents/${id}/acknowledge`, undefined, key)
  t.match(first, {
    status: 200,
    body: {
      changed: true,
      reason: 'acknowledged by Ada Moreau (api)',
      incident: { status: 'acknowledged', acknowledgedBy: { via: 'api', id: 'admin', name: 'Ada Moreau' } },
    },
  })
  const reflected: { where: string; what: string }[] = first.body.reflected
  t.ok(
    reflected.some(({ what }) => what === 'acknowledge'),
    'the page is acknowledged',
  )
  t.match(
    reflected.filter(({ what }) => what === 'write'),
    [{ where: 'sentry-default' }],
    'Sentry is written to',
  )
  const repeat = await world.api('POST', `/incidents/${id}/acknowledge`, undefined, key)
  t.equal(repeat.headers.get('idempotency-replayed'), 'true')
  t.same(repeat.body, first.body)
  t.match(await world.api('POST', `/incidents/${id}/acknowledge`), {
    status: 200,
    body: { changed: false, reason: 'already acknowledged by Ada Moreau', reflected: [] },
  })
  const news = async () =>
    (await world.notifications(id)).filter(({ kind }) => ['open', 'raise', 'step'].includes(kind))
  const told = (await news()).length
  await world.wind(20 * MINUTE)
  t.equal((await news()).length, told, 'the second step is not told')
  t.match(
    (await world.timeline(id)).filter(({ what }) => what === 'acknowledged'),
    [{ by: 'Ada Moreau' }],
  )

  t.match(await world.api('POST', `/incidents/${id}/unacknowledge`), { body: { incident: { status: 'triggered' } } })
  await world.wind(MINUTE)
  await until(async () => (await news()).length > told)
})
