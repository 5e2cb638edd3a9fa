import { fastify } from 'fastify'
import t, { type Test } from 'tap'
import { type SlackStandIn, startSlackStandIn } from '../../src/sandbox/slack-stand-in.ts'
import { answerPresser } from '../../src/slack/answer-presser.ts'
import { createAskSlack } from '../../src/slack/ask-slack.ts'
import { type SlackDoorOptions, slackDoor } from '../../src/slack/interactions-door.ts'
import { modalFor } from '../../src/slack/modals.ts'
import { signSlackBody } from '../../src/slack/signature.ts'
import { until } from '../support/until.ts'

const NOW = Date.UTC(2026, 10, 21, 12)
const SECRET = 'a-signing-secret'
const clock = { now: () => NOW }
const FROM = { incident: 'inc_1', destination: 'slack-incidents', replySecret: null }

async function startDoor(t: Test, change: Partial<SlackDoorOptions> = {}) {
  const accepted: object[] = []
  const refused: string[] = []
  const logged: string[] = []
  const server = fastify()
  await server.register(slackDoor, {
    signingSecret: SECRET,
    async accept(press) {
      accepted.push(press)
    },
    openModal: async () => null,
    openIncidents: async () => [],
    incidentUrl: id => id,
    clock,
    log: { error: (_details, message) => void logged.push(message), debug() {} },
    onRefused: reason => void refused.push(reason),
    ...change,
  })
  t.teardown(() => server.close())
  const post = async (path: string, body: string, secret = SECRET) => {
    const { timestamp, signature } = signSlackBody(body, secret, NOW)
    const headers = { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature }
    const answer = await server.inject({ method: 'POST', url: `/webhooks/slack/${path}`, headers, payload: body })
    return { status: answer.statusCode, body: answer.body, headers: answer.headers }
  }
  return { server, post, accepted, refused, logged }
}

const press = (verb: string, responseUrl: string | null = null) =>
  new URLSearchParams({
    payload: JSON.stringify({
      type: 'block_actions',
      user: { id: 'U1' },
      trigger_id: 'trigger',
      ...(responseUrl === null ? {} : { response_url: responseUrl }),
      actions: [{ action_id: `tocsin:${verb}`, block_id: 'tocsin|inc_1|slack-incidents|3', action_ts: '1.1' }],
    }),
  }).toString()

t.test('what was decided is stored before it is answered; what cannot be stored is no success', async t => {
  const good = await startDoor(t)
  t.match(await good.post('interactions', press('acknowledge')), { status: 200, body: '' })
  t.match(good.accepted, [{ incident: 'inc_1', act: { kind: 'acknowledge' } }])
  t.match(await good.post('interactions', 'payload=x'), { status: 200, body: '' })

  const bad = await startDoor(t, { accept: () => Promise.reject(new Error('Redis is away')) })
  const answer = await bad.post('interactions', press('acknowledge'))
  t.match(answer, { status: 503, headers: { 'retry-after': '1' }, body: /press again/ })
})

t.test('a window that cannot be opened is said to whoever pressed', async t => {
  const slack = await startSlackStandIn({ clock })
  t.teardown(() => slack.close())
  const door = await startDoor(t, { openModal: async () => 'Slack did not answer in time' })
  const { responseUrl } = slack.press('U1')
  t.equal((await door.post('interactions', press('resolve', responseUrl))).status, 200)
  await until(() => slack.answers.length === 1)
  t.match(slack.answers[0]?.body, { text: /did not answer in time. Press again/, replace_original: false })
  const broken = await startDoor(t, { openModal: () => Promise.reject(new Error('no')) })
  t.equal((await broken.post('interactions', press('resolve'))).status, 200)
  await until(() => broken.logged.length === 1)
})

t.test('who fails verification too often waits; who passes does not', async t => {
  const { post, refused } = await startDoor(t, { refusalLimit: 2 })
  const statuses: number[] = []
  for (let n = 0; n < 4; n += 1) statuses.push((await post('commands', 'text=', 'wrong')).status)
  t.same(statuses, [401, 401, 429, 429])
  t.same(refused, ['invalid', 'invalid', 'rate-limited', 'rate-limited'])
  t.equal((await post('commands', 'text=')).status, 200)
})

t.test('a body that is too large is refused; a command that cannot be answered says so', async t => {
  const { post } = await startDoor(t, { openIncidents: () => Promise.reject(new Error('Redis is away')) })
  t.match(await post('interactions', 'x'.repeat((1 << 20) + 1)), { status: 413, body: /BODY_TOO_LARGE/ })
  t.match(await post('commands', 'text='), { status: 200, body: /try again in a moment/ })
  t.match(await post('commands', 'text=help'), { status: 200, body: /lists the open incidents/ })
})

const at = (slack: SlackStandIn, botToken: string) =>
  createAskSlack({
    timeoutMs: 2_000,
    destinationOf: id =>
      id === 'pager'
        ? {
            destination: { id, name: id, fallback: null, kind: 'pagerduty', url: 'https://events.pagerduty.com' },
            secret: {},
          }
        : {
            destination: {
              ...{ id, name: id, fallback: null, kind: 'slack' as const, channel: '#a', teamLead: null },
              url: id === 'unsafe' ? 'http://slack.example/api/' : slack.url,
            },
            secret: { botToken },
          },
  })

t.test('a window is opened once by its trigger, through the destination it was pressed under', async t => {
  const slack = await startSlackStandIn({ clock, tokens: ['xoxb-good'] })
  t.teardown(() => slack.close())
  const ask = at(slack, 'xoxb-good')
  const { triggerId } = slack.press('U1')
  t.equal(await ask.openModal('slack-incidents', triggerId, modalFor('resolve', FROM)), null)
  t.match(slack.windows, [{ user: 'U1', view: { title: { text: 'Resolve' } } }])
  t.type(await ask.openModal('slack-incidents', triggerId, modalFor('resolve', FROM)), 'string')
  t.match(await ask.openModal('pager', triggerId, modalFor('resolve', FROM)), /no Slack destination/)
  t.match(await ask.openModal('unsafe', triggerId, modalFor('resolve', FROM)), /no Slack destination/)
  t.equal(await ask.nameOf('slack-incidents', 'U7'), 'Person U7')
  t.equal(await ask.nameOf('pager', 'U7'), null)
  t.equal(await at(slack, 'xoxb-wrong').nameOf('slack-incidents', 'U7'), null)
  ask.close()
})

t.test('an answer to whoever pressed goes only to a safe address, and never throws', async t => {
  const slack = await startSlackStandIn({ clock })
  const { responseUrl } = slack.press('U1')
  t.equal(await answerPresser(responseUrl, 'hello'), true)
  t.match(slack.answers, [{ user: 'U1', body: { response_type: 'ephemeral', text: 'hello' } }])
  t.equal(await answerPresser(`${responseUrl}0`, 'hello'), false)
  t.equal(await answerPresser('http://slack.example/x', 'hello'), false)
  t.equal(await answerPresser(null, 'hello'), false)
  await slack.close()
  t.equal(await answerPresser(responseUrl, 'hello'), false)
})
