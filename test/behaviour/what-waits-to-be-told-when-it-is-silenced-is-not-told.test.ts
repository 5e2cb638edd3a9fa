import t from 'tap'
import { alertNow, MINUTE, numbers } from '../support/one-issue.ts'
import { silence } from '../support/silencing.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('a post that Slack asked to wait is dropped by the silence, and told when that ends', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 320)
  const body = '{"ok":false,"error":"ratelimited"}'
  world.slack.fail({ kind: 'status', status: 429, headers: { 'retry-after': '30' }, body })
  const { incident } = await world.tell('event_alert', alertNow(world))
  const first = async () => (await world.notifications(incident ?? ''))[0]
  await until(async () => (await first())?.error !== null)
  world.clock.wind(1_000)
  const { id } = await silence(world, { duration: 'PT30M' })
  world.slack.heal()
  await until(async () => {
    await world.wind(15_000)
    return (await first())?.status === 'dropped'
  })
  t.match(await first(), { reason: 'silenced before it was sent, by Ada (admin)' })
  t.equal(world.slack.posts.length, 0)
  await world.api('POST', `/silences/${id}/expire`)
  await until(async () => {
    await world.wind(2_000)
    return world.slack.messages('incidents').length === 1
  })
})

t.test('what a person escalates by hand meanwhile is told', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await silence(world, { duration: 'PT30M' })
  numbers(world, 320)
  const { incident } = await world.tell('event_alert', alertNow(world))
  await world.wind(MINUTE)
  t.equal(world.slack.posts.length + world.pagerduty.alerts.length, 0)
  t.match(await world.api('POST', `/incidents/${incident}/escalate`, {}), { status: 200, body: { changed: true } })
  await until(() => world.slack.posts.length + world.pagerduty.alerts.length > 0)
})

t.test('what was told before hears in its thread when the silence begins and ends', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 320)
  await world.tell('event_alert', alertNow(world))
  await until(() => world.slack.messages('incidents').length === 1)
  await silence(world, { duration: 'PT30M' })
  const heard = (count: number) =>
    until(async () => {
      await world.wind(1_500)
      return world.slack.replies.length === count
    })
  await heard(1)
  t.match(world.slack.replies[0]?.text, /keeps it quiet until .*: the provider repairs it/)
  await world.wind(30 * MINUTE)
  await heard(2)
  t.match(world.slack.replies[1]?.text, /has ended, and it is still open/)
  t.equal(world.slack.messages('incidents').length, 1, 'and it is posted no second time')
})
