import t from 'tap'
import { personIn, startInSlack } from '../support/in-slack.ts'
import { alertNow, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('forged and old requests are refused, and what they say is not done', async t => {
  const { world, anna, incident, post } = await startInSlack()
  t.teardown(world.stop)
  const [block] = (post().blocks as { block_id?: string }[]).filter(one => one.block_id !== undefined)
  const payload = JSON.stringify({
    type: 'block_actions',
    user: { id: 'U0ANNA' },
    actions: [{ action_id: 'tocsin:acknowledge', block_id: block?.block_id, action_ts: '1.1' }],
  })
  const now = world.clock.now()
  const refused = async (how: object) => (await anna.send('interactions', { payload }, how)).status
  t.equal(await refused({ secret: 'another-secret' }), 401)
  t.equal(await refused({ at: now - 6 * MINUTE }), 401)
  t.equal(await refused({ at: now + 6 * MINUTE }), 401, 'nor from the future')
  const bare = await fetch(`${world.url()}/webhooks/slack/interactions`, { method: 'POST', body: 'payload=x' })
  t.match(await bare.json(), { status: 401, code: 'SIGNATURE_MISSING' })
  await world.service().settled()
  t.equal((await world.incident(incident)).status, 'triggered')

  t.equal((await anna.send('interactions', { payload }, { at: now - 4 * MINUTE })).status, 200)
  await until(async () => (await world.incident(incident)).status === 'acknowledged')
})

t.test("Sentry's door takes no press for Slack's", async t => {
  const { world, incident } = await startInSlack()
  t.teardown(world.stop)
  const press = {
    version: 1,
    id: 'slack-forged',
    incident,
    destination: 'slack-incidents',
    act: { kind: 'acknowledge' },
    user: { id: 'U0ANNA', name: 'anna' },
    assignee: null,
    replySecret: null,
  }
  const sent = await world.send('slack', press)
  await world.outcome(sent.delivery)
  t.equal((await world.incident(incident)).status, 'triggered')
})

t.test('without a signing secret there is no door, and no button to press', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const anna = personIn(world, { id: 'U0ANNA', name: 'anna' })
  t.equal((await anna.command('')).status, 404)
  t.equal((await fetch(`${world.url()}/webhooks/slack/interactions`)).status, 404)
  numbers(world, 40)
  await world.tell('event_alert', alertNow(world))
  await until(() => world.slack.posts.length === 1)
  t.notMatch(JSON.stringify(world.slack.posts[0]?.blocks), /tocsin:/)
})

t.test('the slash command lists what is open, to whoever asks alone', async t => {
  const { world, anna, post } = await startInSlack()
  t.teardown(world.stop)
  world.clock.wind(5 * MINUTE)
  const listed = await anna.command('')
  t.match(listed, { status: 200, body: { response_type: 'ephemeral', text: /1 open incident/ } })
  t.match(String(listed.body?.text), /\*P0\* web-shop: .* · \d+ min · nobody answers yet/)
  await anna.press(post(), 'tocsin:acknowledge')
  await until(async () => /anna answers/.test(String((await anna.command('list')).body?.text)))
  t.match((await anna.command('help')).body, { text: /lists the open incidents/ })
})
