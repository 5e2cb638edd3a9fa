import { type Clock, systemClock } from '../platform/clock.ts'
import { blockProblem, brokenMarkup } from './slack-block-rules.ts'
import { createFaults, type Faults, type StandInAnswer } from './stand-in-fault.ts'
import { startStandInServer } from './stand-in-server.ts'

export interface StandInPost {
  channel: string
  channelName: string
  ts: string
  text: string
  blocks: unknown
  metadata: { event_type: string; event_payload: Record<string, unknown> } | null
  /** What it said before each edit, oldest first. */
  edits: { at: number; text: string; blocks: unknown }[]
  at: number
}

export interface SlackRequest {
  at: number
  method: string
  form: Record<string, string>
  /** Slack's error, `ok`, or null when a fault answered. */
  answer: string | null
  errors: string[]
}

export interface SlackStandIn extends Faults {
  /** Base for the Web API, with its `/api/`. */
  url: string
  /** All posts, oldest first; the newest 20,000. */
  posts: StandInPost[]
  /** Posts of a channel, by name or id. */
  messages(channel: string): StandInPost[]
  requests: SlackRequest[]
  clear(): void
  close(): Promise<void>
}

type Form = Record<string, string>
type Reply = { ok: true; [key: string]: unknown } | { ok: false; error: string; errors?: string[] }

const MOST_KEPT = 20_000
const MOST_BODY = 2_000_000

/**
 * Slack's Web API on loopback, as far as we use it: auth.test, chat.postMessage, chat.update, conversations.history and
 * conversations.list. HTTP 200 also for errors, form bodies, limits on blocks. `channels`: the only names that exist
 * (default: any); `archived`, `notMember`: names that refuse; `tokens`: the only ones accepted (default: any bot token).
 */
export async function startSlackStandIn(
  options: {
    port?: number
    host?: string
    clock?: Clock
    channels?: readonly string[]
    archived?: readonly string[]
    notMember?: readonly string[]
    tokens?: readonly string[]
  } = {},
): Promise<SlackStandIn> {
  const clock = options.clock ?? systemClock
  const posts: StandInPost[] = []
  const requests: SlackRequest[] = []
  const channels = new Map<string, string>()
  const faults = createFaults(status => ({
    status,
    body: JSON.stringify({ ok: false, error: status === 429 ? 'ratelimited' : 'internal_error' }),
    headers: status === 429 ? { 'retry-after': '1' } : {},
  }))
  let stamped = 0

  for (const name of options.channels ?? []) register(name)

  function register(name: string): string {
    const plain = name.replace(/^#/, '')
    const known = channels.get(plain)
    if (known !== undefined) return known
    const id = `C${String(channels.size + 1).padStart(8, '0')}`
    channels.set(plain, id)
    return id
  }

  /** Id and name of a channel given by either. */
  function findChannel(given: string | undefined): { id: string; name: string } | null {
    if (given === undefined || given === '') return null
    const plain = given.replace(/^#/, '')
    for (const [name, id] of channels) if (id === given || name === plain) return { id, name }
    if (options.channels !== undefined || /^[CGD][A-Z0-9]{6,}$/.test(given)) return null
    return { id: register(plain), name: plain }
  }

  /** Seconds with six digits, unique and growing, as Slack stamps messages. */
  function stamp(): string {
    stamped += 1
    return `${Math.floor(clock.now() / 1000)}.${String(stamped).padStart(6, '0')}`
  }

  function post(form: Form): Reply {
    const channel = findChannel(form.channel)
    if (channel === null) return { ok: false, error: 'channel_not_found' }
    if (options.archived?.includes(channel.name)) return { ok: false, error: 'is_archived' }
    if (options.notMember?.includes(channel.name)) return { ok: false, error: 'not_in_channel' }
    const content = readContent(form)
    if (!content.ok) return content
    const metadata = form.metadata === undefined ? null : (parse(form.metadata) as StandInPost['metadata'])
    if (form.metadata !== undefined && metadata === null) return { ok: false, error: 'invalid_metadata_format' }
    const { text, blocks } = content
    const ts = stamp()
    const at = clock.now()
    posts.push({ channel: channel.id, channelName: channel.name, ts, text, blocks, metadata, edits: [], at })
    if (posts.length > MOST_KEPT) posts.splice(0, MOST_KEPT / 10)
    return { ok: true, channel: channel.id, ts, message: { type: 'message', bot_id: 'B0TOCSIN', text, ts } }
  }

  function update(form: Form): Reply {
    // Unlike chat.postMessage it takes only the channel's id.
    const found = posts.find(one => one.channel === form.channel && one.ts === form.ts)
    if (found === undefined)
      return {
        ok: false,
        error: [...channels.values()].includes(form.channel ?? '') ? 'message_not_found' : 'channel_not_found',
      }
    const content = readContent(form)
    if (!content.ok) return content
    found.edits.push({ at: clock.now(), text: found.text, blocks: found.blocks })
    found.text = content.text
    found.blocks = content.blocks
    return { ok: true, channel: found.channel, ts: found.ts, text: found.text }
  }

  function history(form: Form): Reply {
    const { channel } = form
    if (![...channels.values()].includes(channel ?? '')) return { ok: false, error: 'channel_not_found' }
    const newest = posts.filter(one => one.channel === channel && Number(one.ts) > Number(form.oldest ?? 0)).reverse()
    const limit = Number(form.limit ?? 100)
    const start = Number(form.cursor ?? 0)
    const messages = newest.slice(start, start + limit).map(one => ({
      type: 'message',
      ts: one.ts,
      text: one.text,
      ...(form.include_all_metadata === 'true' && one.metadata !== null ? { metadata: one.metadata } : {}),
    }))
    const more = start + limit < newest.length
    const response_metadata = { next_cursor: more ? String(start + limit) : '' }
    return { ok: true, messages, has_more: more, response_metadata }
  }

  function act(request: SlackRequest, token: string | null): StandInAnswer {
    const refused: Reply = { ok: false, error: token === null ? 'not_authed' : 'invalid_auth' }
    const reply = authorized(token) ? call(request) : refused
    request.answer = reply.ok ? 'ok' : reply.error
    request.errors = reply.ok ? [] : (reply.errors ?? [])
    return { status: 200, body: JSON.stringify(reply) }
  }

  function authorized(token: string | null): boolean {
    if (token === null) return false
    return options.tokens === undefined ? token.startsWith('xoxb-') : options.tokens.includes(token)
  }

  function call({ method, form }: SlackRequest): Reply {
    switch (method) {
      case 'auth.test':
        return {
          ok: true,
          team: 'Stand-in',
          user: 'tocsin',
          team_id: 'T0TOCSIN',
          user_id: 'U0TOCSIN',
          bot_id: 'B0TOCSIN',
        }
      case 'chat.postMessage':
        return post(form)
      case 'chat.update':
        return update(form)
      case 'conversations.history':
        return history(form)
      case 'conversations.list':
        return {
          ok: true,
          channels: [...channels].map(([name, id]) => ({ id, name })),
          response_metadata: { next_cursor: '' },
        }
      default:
        return { ok: false, error: 'unknown_method' }
    }
  }

  const server = await startStandInServer({ ...options, mostBytes: MOST_BODY }, (incoming, text, response) => {
    const path = URL.parse(incoming.url ?? '/', 'http://localhost')?.pathname ?? '/'
    const method = path.replace(/^\/api\//, '')
    const form = Object.fromEntries(new URLSearchParams(text))
    const request: SlackRequest = { at: clock.now(), method, form, answer: null, errors: [] }
    requests.push(request)
    if (requests.length > MOST_KEPT) requests.splice(0, MOST_KEPT / 10)
    const token = /^Bearer (.+)$/.exec(incoming.headers.authorization ?? '')?.[1] ?? null
    void faults.answer(incoming, response, () => act(request, token))
  })

  return {
    url: `${server.url}/api/`,
    posts,
    requests,
    messages(channel) {
      const plain = channel.replace(/^#/, '')
      return posts.filter(one => one.channel === channel || one.channelName === plain)
    },
    fail: faults.fail,
    heal: faults.heal,
    clear() {
      posts.length = 0
      requests.length = 0
    },
    close: server.close,
  }
}

/** Slack cuts longer texts; here they are a fault. */
const MOST_TEXT = 4_000

function readContent(form: Form): { ok: true; text: string; blocks: unknown } | (Reply & { ok: false }) {
  const text = form.text ?? ''
  const blocks = form.blocks === undefined ? null : parse(form.blocks)
  if (form.blocks !== undefined && blocks === null) return { ok: false, error: 'invalid_blocks_format' }
  if (text === '' && blocks === null) return { ok: false, error: 'no_text' }
  if (text.length > MOST_TEXT) return { ok: false, error: 'msg_too_long' }
  const broken = brokenMarkup(text)
  if (broken !== null) return { ok: false, error: 'invalid_arguments', errors: [broken] }
  const problem = blocks === null ? null : blockProblem(blocks)
  return problem === null ? { ok: true, text, blocks } : { ok: false, ...problem }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
