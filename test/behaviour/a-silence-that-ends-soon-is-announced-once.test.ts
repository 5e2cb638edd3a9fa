import t from 'tap'
import { alertNow, MINUTE, numbers } from '../support/one-issue.ts'
import { silence } from '../support/silencing.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const announced = (world: World) => world.slack.posts.filter(({ text }) => /ends in \d+ min/.test(text ?? ''))

t.test('an hour before its end, in the channel of what is open under it, once, whoever restarts', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const { id } = await silence(world, { duration: 'PT3H' })
  numbers(world, 320)
  await world.tell('event_alert', alertNow(world))
  await world.wind(118 * MINUTE)
  t.equal(announced(world).length, 0)
  await world.wind(3 * MINUTE)
  await until(() => announced(world).length === 1)
  t.match(announced(world)[0]?.text, new RegExp(`Silence ${id} of Ada \\(admin\\) .* 1 incident is still open`))
  t.equal(world.slack.messages('incidents').length, 1, 'where it would have been posted')
  await world.restart()
  for (let i = 0; i < 3; i++) await world.wind(2 * MINUTE)
  await world.service().settled()
  t.equal(announced(world).length, 1)

  const { headers } = await world.api('GET', `/silences/${id}`)
  const longer = await world.api(
    'PATCH',
    `/silences/${id}`,
    { duration: 'PT6H' },
    { 'if-match': headers.get('etag') ?? '' },
  )
  t.equal(longer.status, 200)
  await world.wind(150 * MINUTE)
  t.equal(announced(world).length, 1)
  await world.wind(30 * MINUTE)
  await until(() => announced(world).length === 2)
})

t.test('with nothing open under it, and when it was that short anyway, nothing is announced', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await silence(world, { duration: 'PT50M' })
  await silence(world, { duration: 'PT3H', matchers: { field: 'project', op: '=', value: 'api' } })
  numbers(world, 320)
  await world.tell('event_alert', alertNow(world))
  await world.wind(40 * MINUTE)
  await world.wind(100 * MINUTE)
  await world.service().settled()
  t.equal(announced(world).length, 0)
})

t.test('only what will speak is announced: not what somebody answers for, nor what is silenced for longer', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await silence(world, { duration: 'PT3H' })
  numbers(world, 320)
  const { incident } = await world.tell('event_alert', alertNow(world))
  await world.api('POST', `/incidents/${incident}/acknowledge`)
  await world.wind(121 * MINUTE)
  await world.wind(2 * MINUTE)
  await world.service().settled()
  t.equal(announced(world).length, 0)
  await world.api('POST', `/incidents/${incident}/unacknowledge`)
  await world.wind(2 * MINUTE)
  await until(() => announced(world).length === 1)
})
