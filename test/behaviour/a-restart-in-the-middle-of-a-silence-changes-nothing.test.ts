import t from 'tap'
import { alertNow, MINUTE, numbers } from '../support/one-issue.ts'
import { silence } from '../support/silencing.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('silent before and after, and it speaks once when its end passed while the service was off', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const { id: silenceId } = await silence(world, { duration: 'PT40M' })
  numbers(world, 320)
  const { incident } = await world.tell('event_alert', alertNow(world))
  await world.service().settled()
  await world.restart()
  await world.wind(10 * MINUTE)
  t.equal(world.slack.posts.length, 0)
  t.match((await world.api('GET', `/silences/${silenceId}`)).body, { state: 'active', hid: 1 })
  world.clock.wind(40 * MINUTE)
  await world.restart()
  await world.wind(1_000)
  await until(() => world.slack.messages('incidents').length === 1)
  await world.restart()
  await world.wind(MINUTE)
  t.equal(world.slack.messages('incidents').length, 1)
  t.match(await world.incident(incident ?? ''), { silenced: null, status: 'triggered' })
})

t.test('one that begins later is pending until then, and then takes what is open', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 320)
  const { incident } = await world.tell('event_alert', alertNow(world))
  const startsAt = new Date(world.clock.now() + 20 * MINUTE).toISOString()
  const { state } = await silence(world, { startsAt, duration: 'PT30M' })
  t.equal(state, 'pending')
  t.equal((await world.incident(incident ?? '')).silenced, null)
  await world.restart()
  await world.wind(21 * MINUTE)
  t.ok((await world.incident(incident ?? '')).silenced)
})
