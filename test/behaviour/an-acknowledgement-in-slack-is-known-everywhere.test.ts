import t from 'tap'
import { startInSlack } from '../support/in-slack.ts'
import { until } from '../support/until.ts'

t.test(
  'acknowledge pressed in Slack acknowledges in PagerDuty, edits the post, and says who in its thread',
  async t => {
    const { world, anna, incident, post, thread } = await startInSlack()
    t.teardown(world.stop)
    t.same(await anna.press(post(), 'tocsin:acknowledge'), { status: 200, body: null })
    await until(async () => (await world.incident(incident)).status === 'acknowledged')
    t.match((await world.incident(incident)).acknowledgedBy, {
      via: 'slack',
      at: 'slack-incidents',
      id: 'U0ANNA',
      name: 'anna',
    })
    await until(() => world.pagerduty.alerts[0]?.status === 'acknowledged')
    await until(() => JSON.stringify(post().blocks).includes('tocsin:unacknowledge'))
    t.match(JSON.stringify(post().blocks), /acknowledged.* by anna/)
    await until(() => thread().length === 1)
    t.match(thread()[0], /acknowledged by anna/)
    t.equal(world.slack.replies[0]?.thread, post().ts)
  },
)

t.test('pressed twice counts once; a second person is told that somebody answers already', async t => {
  const { world, anna, incident, post, told } = await startInSlack()
  t.teardown(world.stop)
  const actionTs = `${Math.floor(world.clock.now() / 1000)}.000100`
  const pressed = post()
  await Promise.all([1, 2, 3].map(() => anna.press(pressed, 'tocsin:acknowledge', { actionTs })))
  await until(async () => (await world.incident(incident)).status === 'acknowledged')
  await world.service().settled()
  const entries = async () => (await world.timeline(incident)).filter(one => one.what === 'acknowledged')
  t.equal((await entries()).length, 1)
  t.same(told(), [], 'the same press is no second one')

  await anna.press(pressed, 'tocsin:acknowledge')
  await until(() => told().length === 1)
  t.match(told()[0], /Nothing came of it: .*already/)
  t.match(world.slack.answers[0], { user: 'U0ANNA', body: { response_type: 'ephemeral', replace_original: false } })
  t.equal((await entries()).length, 1)
})

t.test('who presses bears the name that the rules give', async t => {
  const { world, anna, incident, post } = await startInSlack()
  t.teardown(world.stop)
  const { body, headers } = await world.api('GET', '/rules')
  const document = { ...body.document, people: [{ name: 'Anna Berg', slack: 'U0ANNA', sentry: '12' }] }
  const put = await world.api('PUT', '/rules', document, { 'if-match': headers.get('etag') ?? '' })
  t.equal(put.status, 200)
  await anna.press(post(), 'tocsin:acknowledge')
  await until(async () => (await world.incident(incident)).acknowledgedBy?.name === 'Anna Berg')
})
