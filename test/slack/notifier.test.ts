import t from 'tap'
import { startSlackStandIn } from '../../src/sandbox/slack-stand-in.ts'
import { createSlackNotifier } from '../../src/slack/notifier.ts'
import { AT, sampleIncident, sampleMessage, sampleProjectIncident } from '../contracts/sample-message.ts'

const clock = { now: () => AT }
const provider = await startSlackStandIn({ clock })
const notifier = createSlackNotifier({ timeoutMs: 2_000, teamLead: 'U0LEAD' })
const to = {
  destination: {
    id: 'slack-incidents',
    name: 'Incidents',
    fallback: null,
    kind: 'slack' as const,
    channel: '#incidents',
    teamLead: null,
    url: provider.url,
  },
  secret: { botToken: 'xoxb-1-test' },
}
const resolved = sampleIncident({ status: 'resolved', resolvedAt: AT, resolvedBy: 'anna' })
const calls = () => provider.requests.map(request => request.method)
const blocks = (index = 0) => JSON.stringify(provider.posts[index]?.blocks)

t.beforeEach(() => {
  provider.heal()
  provider.clear()
})
t.teardown(async () => {
  await notifier.close()
  await provider.close()
})

async function posted(change: object = {}) {
  const result = await notifier.send(sampleMessage(to, change))
  if (result.outcome !== 'sent' || result.reference?.provider !== 'slack') throw new Error(JSON.stringify(result))
  return result.reference
}

t.test('a post carries its notification as metadata, and its reference is the channel id and ts', async t => {
  const reference = await posted()
  t.match(provider.posts[0], { channel: reference.channel, ts: reference.ts, channelName: 'incidents' })
  t.match(provider.posts[0]?.metadata, {
    event_type: 'tocsin_notification',
    event_payload: { notification: 'n-0123456789abcdef0123-0123456789ab', incident: 'inc_0123456789abcdef0123' },
  })
})

t.test("the team lead is tagged: the destination's own, else the configured one", async t => {
  await posted({ mention: 'team-lead' })
  t.match(blocks(), /<@U0LEAD>/)
  const own = { ...to, destination: { ...to.destination, teamLead: 'S0GROUP' } }
  await notifier.send(sampleMessage(own, { mention: 'team-lead', id: 'n-2' }))
  t.match(blocks(1), /<!subteam\^S0GROUP>/)
})

t.test('an edit and a resolve change the post in place and call nobody', async t => {
  const reference = await posted({ mention: 'here' })
  t.match(blocks(), /<!here>/)
  t.equal((await notifier.send(sampleMessage(to, { kind: 'edit', mention: 'here' }, { reference }))).outcome, 'sent')
  t.notMatch(blocks(), /<!here>/)
  t.equal(
    (await notifier.send(sampleMessage(to, { kind: 'resolve', mention: 'here' }, { reference, incident: resolved })))
      .outcome,
    'sent',
  )
  t.match(blocks(), /✅ Resolved.*by anna/)
  t.notMatch(blocks(), /<!here>/)
  t.equal(provider.posts.length, 1)
  t.equal(provider.posts[0]?.edits.length, 2)
})

t.test('an edit and a resolve go to every post, and a deleted one does not stop it', async t => {
  const first = await posted()
  const second = await posted({ id: 'n-2', kind: 'raise' })
  await notifier.send(sampleMessage(to, { kind: 'edit' }, { reference: second, references: [first, second] }))
  t.same(
    provider.posts.map(post => post.edits.length),
    [1, 1],
  )
  const gone = { ...first, ts: '1.000001' }
  const result = await notifier.send(
    sampleMessage(
      to,
      { kind: 'resolve' },
      { incident: resolved, reference: second, references: [gone, first, second] },
    ),
  )
  t.match(result, { outcome: 'sent', detail: /2 post/ })
  t.same(
    provider.posts.map(post => post.edits.length),
    [2, 2],
  )
  const nothing = await notifier.send(sampleMessage(to, { kind: 'resolve' }, { incident: resolved, reference: gone }))
  t.match(nothing, { outcome: 'dropped', reason: /message_not_found/ })
  t.equal(
    (await notifier.send(sampleMessage(to, { kind: 'edit' }, { incident: null, reference: first }))).outcome,
    'dropped',
  )
})

t.test('a resolve that Slack could not take is tried again, whatever else it reached', async t => {
  const reference = await posted()
  provider.fail({ kind: 'status', status: 503 }, 1)
  t.match(await notifier.send(sampleMessage(to, { kind: 'resolve' }, { incident: resolved, reference })), {
    outcome: 'retry',
    code: 'http_503',
  })
})

t.test('posted, but the answer was lost: found by its metadata, not posted again', async t => {
  provider.fail({ kind: 'accept-then-reset' }, 1)
  t.match(await notifier.send(sampleMessage(to, { id: 'n-lost' })), { outcome: 'retry', ambiguous: true })
  const again = await notifier.send(sampleMessage(to, { id: 'n-lost', ambiguous: true }))
  t.match(again, { outcome: 'sent', reference: { ts: provider.posts[0]?.ts ?? '' } })
  t.equal(provider.posts.length, 1)
})

t.test('a notifier that never saw the channel learns its id first, and pages through a busy history', async t => {
  await posted({ id: 'n-old' })
  for (let index = 0; index < 250; index += 1) await posted({ id: `n-noise-${index}` })
  const fresh = createSlackNotifier({ timeoutMs: 2_000 })
  const result = await fresh.send(sampleMessage(to, { id: 'n-old', ambiguous: true }))
  t.match(result, { outcome: 'sent', reference: { ts: provider.posts[0]?.ts ?? '' } })
  t.same(calls().slice(-3), ['conversations.list', 'conversations.history', 'conversations.history'])
})

t.test('not found in the history: it was not posted, so it is now', async t => {
  await posted({ id: 'n-other' })
  t.equal((await notifier.send(sampleMessage(to, { id: 'n-new', ambiguous: true }))).outcome, 'sent')
  t.equal(provider.posts.length, 2)
})

t.test('a channel that no list names is posted to all the same', async t => {
  const destination = { ...to.destination, channel: '#brand-new' }
  const message = sampleMessage({ ...to, destination }, { ambiguous: true })
  t.equal((await notifier.send(message)).outcome, 'sent')
  t.equal(provider.messages('#brand-new').length, 1)
})

t.test('a channel given by id needs no list; a history that may not be read means posting', async t => {
  const { channel } = await posted()
  const destination = { ...to.destination, channel }
  await notifier.send(sampleMessage({ ...to, destination }, { id: 'n-2', ambiguous: true }))
  t.same(calls().slice(-2), ['conversations.history', 'chat.postMessage'])
  provider.fail({ kind: 'status', status: 200, body: JSON.stringify({ ok: false, error: 'missing_scope' }) }, 1)
  t.equal((await notifier.send(sampleMessage({ ...to, destination }, { id: 'n-2', ambiguous: true }))).outcome, 'sent')
  t.same(calls().slice(-1), ['chat.postMessage'])
})

t.test('a look-up that fails or takes too long posts nothing and stays ambiguous', async t => {
  await posted()
  provider.fail({ kind: 'status', status: 503 }, 1)
  t.match(await notifier.send(sampleMessage(to, { ambiguous: true })), {
    outcome: 'retry',
    ambiguous: true,
    code: 'http_503',
  })
  provider.fail({ kind: 'hang' }, 1)
  t.match(await notifier.send(sampleMessage(to, { ambiguous: true })), {
    outcome: 'retry',
    ambiguous: true,
    code: 'timeout',
  })
  t.equal(provider.posts.length, 1)
})

t.test('resolved before it could be told: said for those who read later, calling nobody', async t => {
  t.equal((await notifier.send(sampleMessage(to, { mention: 'here' }, { incident: resolved }))).outcome, 'sent')
  t.match(blocks(), /✅ Resolved/)
  t.notMatch(blocks(), /<!here>/)
  const later = sampleMessage(to, {}, { incident: sampleIncident({ generation: 2 }) })
  t.match(await notifier.send(later), { outcome: 'dropped', reason: /later life/ })
})

t.test('a page about a project is posted with its suspects', async t => {
  t.equal((await notifier.send(sampleMessage(to, {}, { incident: sampleProjectIncident() }))).outcome, 'sent')
  t.match(blocks(), /Suspects.*PaymentProcessingError/)
})

t.test('an alert that says <!channel> calls nobody', async t => {
  await notifier.send(sampleMessage(to, {}, { incident: sampleIncident({ title: 'boom <!channel> <@U1>' }) }))
  t.match(blocks(), /&lt;!channel&gt;/)
  t.notMatch(`${blocks()} ${provider.posts[0]?.text}`, /<!channel>|<@U1>/)
})

t.test('each token speaks for itself, also when two are used at the same address', async t => {
  const strict = await startSlackStandIn({
    clock,
    tokens: ['xoxb-good'],
    channels: ['incidents', 'old', 'private'],
    archived: ['old'],
    notMember: ['private'],
  })
  const send = (botToken: string, channel = '#incidents') =>
    notifier.send(sampleMessage({ destination: { ...to.destination, channel, url: strict.url }, secret: { botToken } }))
  t.match(await send('xoxb-bad'), { outcome: 'permanent', code: 'invalid_auth' })
  t.equal((await send('xoxb-good')).outcome, 'sent')
  t.match(await send('xoxb-good', '#nowhere'), { outcome: 'permanent', code: 'channel_not_found' })
  t.match(await send('xoxb-good', '#old'), { outcome: 'permanent', code: 'is_archived' })
  t.match(await send('xoxb-good', '#private'), {
    outcome: 'permanent',
    code: 'not_in_channel',
    message: /invite the app/,
  })
  await strict.close()
})

t.test('an ok that does not say where it was posted is looked up, and an app that may not edit says so', async t => {
  provider.fail({ kind: 'status', status: 200, body: '{"ok":true}' }, 1)
  t.match(await notifier.send(sampleMessage(to)), { outcome: 'retry', code: 'not_slack', ambiguous: true })
  const reference = await posted()
  provider.fail({ kind: 'status', status: 200, body: '{"ok":false,"error":"token_revoked"}' }, 1)
  const edit = await notifier.send(sampleMessage(to, { kind: 'edit' }, { reference }))
  t.match(edit, { outcome: 'permanent', code: 'token_revoked' })
})

t.test('a post that cannot be made of its incident is answered, not thrown', async t => {
  const broken = sampleIncident({ openedAt: Number.NaN })
  t.equal((await notifier.send(sampleMessage(to, {}, { incident: broken }))).outcome, 'retry')
})

t.test('nobody there, or no safe address: said, and certainly not posted', async t => {
  const gone = await startSlackStandIn()
  await gone.close()
  const at = (url: string) => notifier.send(sampleMessage({ ...to, destination: { ...to.destination, url } }))
  t.match(await at(gone.url), { outcome: 'retry', ambiguous: false, code: 'network_ECONNREFUSED' })
  t.match(await at('http://slack.com/api/'), { outcome: 'permanent', code: 'bad_url' })
})

t.test('one post a second per token and channel, however the channel is written', async t => {
  const pace = (channel: string) => notifier.pacing({ ...to.destination, channel }, to.secret)
  t.same(pace('#Incidents'), { ...pace('incidents'), intervalMs: 1000, burst: 1 })
  t.not(pace('#a').key, pace('#b').key)
})

t.test('a word in the thread goes to the newest post, calls nobody, and leaves no reference', async t => {
  const first = await posted()
  const second = await posted({ id: 'n-2', kind: 'raise' })
  const at = { reference: second, references: [first, second] }
  const said = await notifier.send(sampleMessage(to, { kind: 'thread', reason: 'noted by anna: <!here>' }, at))
  t.match(said, { outcome: 'sent', reference: null })
  t.match(provider.replies, [{ thread: second.ts, text: 'noted by anna: &lt;!here&gt;', channel: second.channel }])
  t.equal(provider.posts.length, 2)
  t.match(await notifier.send(sampleMessage(to, { kind: 'thread' })), { outcome: 'dropped' })
  const gone = { reference: { ...second, ts: '1.000001' }, references: [] }
  t.match(await notifier.send(sampleMessage(to, { kind: 'thread' }, gone)), { outcome: 'dropped' })
})

t.test('a word in the thread that may have been said is looked for before it is said again', async t => {
  const reference = await posted()
  const at = { reference, references: [reference] }
  const word = (change: object = {}) => sampleMessage(to, { kind: 'thread', id: 'n-9', reason: 'noted', ...change }, at)
  provider.fail({ kind: 'accept-then-reset' }, 1)
  t.match(await notifier.send(word()), { outcome: 'retry', ambiguous: true })
  t.match(await notifier.send(word({ ambiguous: true })), {
    outcome: 'sent',
    reference: null,
    detail: /found and kept/,
  })
  t.equal(provider.replies.length, 1)
  t.match(await notifier.send(word({ ambiguous: true, id: 'n-10' })), { outcome: 'sent' })
  t.equal(provider.replies.length, 2, 'another word is another one')
  provider.fail({ kind: 'status', status: 503 }, 1)
  t.match(await notifier.send(word({ ambiguous: true, id: 'n-11' })), { outcome: 'retry', ambiguous: true })
})

t.test('a step is a post of its own; what only pages and Sentry are told is no post', async t => {
  await posted({ kind: 'step', mention: 'here' })
  t.match(blocks(), /<!here>/)
  for (const kind of ['acknowledge', 'write'] as const)
    t.match(await notifier.send(sampleMessage(to, { kind })), { outcome: 'dropped' })
  t.equal(provider.posts.length, 1)
})
