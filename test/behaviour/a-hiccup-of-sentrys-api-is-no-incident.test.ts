import t from 'tap'
import { alertNow, MINUTE, numbers } from '../support/one-issue.ts'
import { startWorld } from '../support/world.ts'

t.test('one alert asks several questions at once: that all of them fail, once, is no incident', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 5)
  world.sentry.fail({ kind: 'status', status: 502 }, 6)
  await world.tell('event_alert', alertNow(world))
  for (let n = 0; n < 24; n++) await world.wind(MINUTE / 2)
  await world.service().settled()
  t.same(
    (await world.incidents()).filter(({ kind }) => kind === 'source').map(({ title, status }) => `${status}: ${title}`),
    [],
  )
})
