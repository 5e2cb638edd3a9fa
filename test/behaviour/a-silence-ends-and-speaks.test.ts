import t from 'tap'
import { alertNow, MINUTE, numbers } from '../support/one-issue.ts'
import { pagedIncident } from '../support/paged.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('silenced until a time, nobody is told of a raise before; what is open then speaks', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 9)
  const { incident } = await world.tell('event_alert', alertNow(world))
  const id = incident ?? ''
  const end = new Date(world.clock.now() + 30 * MINUTE).toISOString()
  const silenced = await world.api('POST', `/incidents/${id}/silence`, { until: end, reason: 'being repaired' })
  t.match(silenced.body, { incident: { silenced: { until: end, by: 'admin', reason: 'being repaired' } } })
  world.clock.wind(2 * MINUTE)
  numbers(world, 320)
  await world.tell('event_alert', alertNow(world))
  t.match(await world.incident(id), { severity: 'P1' })
  t.equal(world.slack.messages('incidents').length, 0, 'raised in silence')
  await world.wind(31 * MINUTE)
  await until(() => world.slack.messages('incidents').length === 1)
  t.match(await world.incident(id), { silenced: null, status: 'triggered' })
})

t.test('a silence that is taken back early speaks too', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const id = await pagedIncident(world)
  const end = new Date(world.clock.now() + 30 * MINUTE).toISOString()
  await world.api('POST', `/incidents/${id}/silence`, { until: end, reason: 'x' })
  t.match(await world.api('POST', `/incidents/${id}/unsilence`), {
    body: { changed: true, incident: { silenced: null } },
  })
  t.equal(world.pagerduty.openAlerts().length, 1, 'one page, not two')
})
