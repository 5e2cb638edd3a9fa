import t from 'tap'
import { startSlackStandIn } from '../../src/sandbox/slack-stand-in.ts'

const standIn = await startSlackStandIn({ clock: { now: () => 5_000_000 } })
t.teardown(() => standIn.close())
t.beforeEach(() => standIn.clear())

async function call(
  method: string,
  form: Record<string, string>,
  token: string | null = 'xoxb-1',
): Promise<Record<string, unknown>> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(standIn.url + method, { method: 'POST', headers, body: new URLSearchParams(form) })
  return (await response.json()) as Record<string, unknown>
}
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })
const post = (blocks: unknown, text = 'hi') =>
  call('chat.postMessage', { channel: '#a', text, blocks: JSON.stringify(blocks) })

t.test('a post by name answers with the id of its channel, an edit wants that id', async t => {
  const posted = await call('chat.postMessage', { channel: '#a', text: 'hi' })
  t.match(posted, { ok: true, channel: /^C\d+/, ts: /^5000\.\d{6}$/ })
  const place = { channel: String(posted.channel), ts: String(posted.ts) }
  t.match(await call('chat.update', { ...place, text: 'new' }), { ok: true })
  t.match(standIn.messages('a'), [{ text: 'new', edits: [{ text: 'hi' }] }])
  t.match(await call('chat.update', { ...place, channel: '#a', text: 'x' }), { ok: false, error: 'channel_not_found' })
  t.match(await call('chat.update', { ...place, ts: '1.000001', text: 'x' }), { ok: false, error: 'message_not_found' })
  t.match(await call('chat.update', { ...place, text: '' }), { ok: false, error: 'no_text' })
})

t.test('who may call, what exists', async t => {
  t.match(await call('auth.test', {}), { ok: true, team: 'Stand-in' })
  t.match(await call('auth.test', {}, null), { ok: false, error: 'not_authed' })
  t.match(await call('auth.test', {}, 'nonsense'), { ok: false, error: 'invalid_auth' })
  t.match(await call('files.upload', {}), { ok: false, error: 'unknown_method' })
  t.match(await call('chat.postMessage', { text: 'x' }), { ok: false, error: 'channel_not_found' })
  t.match(await call('chat.postMessage', { channel: 'C99999999', text: 'x' }), {
    ok: false,
    error: 'channel_not_found',
  })
  t.match(await call('conversations.history', { channel: '#a' }), { ok: false, error: 'channel_not_found' })
})

t.test('history is newest first, in pages, with metadata only when asked for', async t => {
  const metadata = JSON.stringify({ event_type: 'e', event_payload: { n: '1' } })
  const { channel } = await call('chat.postMessage', { channel: '#h', text: '1', metadata })
  for (const text of ['2', '3']) await call('chat.postMessage', { channel: '#h', text })
  const ask = (more: Record<string, string>) => call('conversations.history', { channel: String(channel), ...more })
  t.match(await ask({ limit: '2' }), {
    messages: [{ text: '3' }, { text: '2' }],
    has_more: true,
    response_metadata: { next_cursor: '2' },
  })
  t.match(await ask({ limit: '2', cursor: '2', include_all_metadata: 'true' }), {
    messages: [{ text: '1', metadata: { event_type: 'e' } }],
    has_more: false,
  })
  t.match(await ask({ oldest: '5001' }), { messages: [] })
  t.match(await call('conversations.list', {}), { channels: [{ name: 'a' }, { name: 'h' }] })
  t.match(await call('chat.postMessage', { channel: '#h', text: 'x', metadata: '{' }), {
    error: 'invalid_metadata_format',
  })
})

t.test('blocks beyond the limits are refused as Slack does', async t => {
  t.match(await post([section('fine <https://x.example|x> &amp; <!here>')]), { ok: true })
  const bad: [unknown, string][] = [
    [[section('')], 'invalid_blocks'],
    [[section('x'.repeat(3_001))], 'invalid_blocks'],
    [[{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }], 'invalid_blocks'],
    [[{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }], 'invalid_blocks'],
    [
      [{ type: 'section', fields: Array.from({ length: 11 }, () => ({ type: 'mrkdwn', text: 'x' })) }],
      'invalid_blocks',
    ],
    [[{ type: 'section' }], 'invalid_blocks'],
    [[{ type: 'context', elements: [] }], 'invalid_blocks'],
    [Array.from({ length: 51 }, () => ({ type: 'divider' })), 'invalid_blocks'],
    [Array.from({ length: 4 }, () => section('x'.repeat(2_900))), 'msg_blocks_too_long'],
    [[section('a & b')], 'invalid_blocks'],
    [[section('a < b')], 'invalid_blocks'],
    ['text', 'invalid_blocks'],
  ]
  for (const [blocks, error] of bad)
    t.match(await post(blocks), { ok: false, error }, JSON.stringify(blocks).slice(0, 60))
  t.match(await call('chat.postMessage', { channel: '#a', text: 'x', blocks: '[' }), { error: 'invalid_blocks_format' })
  t.match(await call('chat.postMessage', { channel: '#a', text: 'x'.repeat(4_001) }), { error: 'msg_too_long' })
  t.match(await call('chat.postMessage', { channel: '#a', text: 'a <b' }), { error: 'invalid_arguments' })
  t.match(await call('chat.postMessage', { channel: '#a' }), { error: 'no_text' })
})

t.test('a rate limit says how long to wait', async t => {
  standIn.fail({ kind: 'status', status: 429, headers: { 'retry-after': '9' } }, 1)
  const response = await fetch(`${standIn.url}auth.test`, { method: 'POST' })
  t.match(
    [response.status, response.headers.get('retry-after'), await response.json()],
    [429, '9', { error: 'ratelimited' }],
  )
})

t.test('a reply stands in the thread of its post, and is found there', async t => {
  const { channel, ts } = await call('chat.postMessage', { channel: '#t', text: 'post' })
  const place = { channel: String(channel) }
  const metadata = JSON.stringify({ event_type: 'e', event_payload: { n: '1' } })
  t.match(await call('chat.postMessage', { ...place, thread_ts: String(ts), text: 'reply', metadata }), { ok: true })
  t.match(standIn.replies, [{ text: 'reply', thread: String(ts) }])
  t.equal(standIn.posts.length, 1)
  t.match(await call('conversations.replies', { ...place, ts: String(ts), include_all_metadata: 'true' }), {
    messages: [{ text: 'post' }, { text: 'reply', metadata: { event_type: 'e' } }],
  })
  t.match(await call('conversations.replies', { ...place, ts: '1.1' }), { error: 'thread_not_found' })
  t.match(await call('chat.postMessage', { ...place, thread_ts: '1.1', text: 'x' }), { error: 'thread_not_found' })
})

t.test('a trigger opens one window, an answer takes five words', async t => {
  const { triggerId, responseUrl } = standIn.press('U1')
  t.match(await call('views.open', { trigger_id: 'other', view: '{}' }), { error: 'invalid_trigger_id' })
  t.match(await call('views.open', { trigger_id: triggerId, view: '{' }), { error: 'invalid_arguments' })
  t.match(await call('views.open', { trigger_id: triggerId, view: '{}' }), { error: 'invalid_trigger_id' })
  t.match(await call('users.info', { user: 'U1' }), { user: { real_name: 'Person U1' } })
  const answer = async (body: string) => (await fetch(responseUrl, { method: 'POST', body })).status
  t.equal(await answer('{'), 400)
  const statuses: number[] = []
  for (let n = 0; n < 6; n += 1) statuses.push(await answer('{"text":"hi"}'))
  t.same(statuses, [200, 200, 200, 200, 200, 404])
})
