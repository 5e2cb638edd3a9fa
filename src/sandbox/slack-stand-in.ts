import { type Clock, systemClock } from '../platform/clock.ts'
import { blockProblem, brokenMarkup, type StandInView, viewSchema } from './slack-block-rules.ts'
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
  /** In the thread of which post; null: in the channel itself. */
  thread: string | null
  at: number
}

/** A window that somebody sees. */
export interface StandInWindow {
  id: string
  user: string
  view: StandInView
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
  /** What was said in threads, oldest first; not among `posts` and `messages`. */
  replies: StandInPost[]
  /** Windows that were opened, oldest first. */
  windows: StandInWindow[]
  /** What only the person who pressed was told, by response_url. */
  answers: { at: number; user: string; body: Record<string, unknown> }[]
  /** What Slack sends along when `user` presses something: a trigger good for three seconds, an address for answers. */
  press(user: string): { triggerId: string; responseUrl: string }
  requests: SlackRequest[]
  clear(): void
  close(): Promise<void>
}

type Form = Record<string, string>
type Reply = { ok: true; [key: string]: unknown } | { ok: false; error: string; errors?: string[] }

/** Slack's: three seconds to open a window, five answers within half an hour. */
const TRIGGER_MS = 3_000
const ADDRESS_MS = 30 * 60_000
const ANSWERS = '/answers/'
const MOST_KEPT = 20_000
const MOST_BODY = 2_000_000

/**
 * Slack's Web API on loopback, as far as we use it: auth.test, chat.postMessage, chat.update, conversations.history,
 * .replies and .list, views.open, users.info, and the addresses that take answers to whoever pressed. HTTP 200 also for errors, form bodies, limits on blocks. `channels`: the only names that exist
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
  const replies: StandInPost[] = []
  const windows: StandInWindow[] = []
  const answers: SlackStandIn['answers'] = []
  const triggers = new Map<string, { user: string; at: number }>()
  const addresses = new Map<string, { user: string; at: number; left: number }>()
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
    const thread = form.thread_ts ?? null
    if (thread !== null && !posts.some(one => one.channel === channel.id && one.ts === thread))
      return { ok: false, error: 'thread_not_found' }
    const list = thread === null ? posts : replies
    list.push({ channel: channel.id, channelName: channel.name, ts, text, blocks, metadata, edits: [], thread, at })
    if (list.length > MOST_KEPT) list.splice(0, MOST_KEPT / 10)
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

  /** Oldest first, and the post itself before all. */
  function repliesTo(form: Form): Reply {
    const post = posts.find(one => one.channel === form.channel && one.ts === form.ts)
    if (post === undefined) return { ok: false, error: 'thread_not_found' }
    const of = replies.filter(
      one => one.channel === form.channel && one.thread === form.ts && Number(one.ts) > Number(form.oldest ?? 0),
    )
    const messages = [post, ...of].map(one => ({
      type: 'message',
      ts: one.ts,
      thread_ts: post.ts,
      text: one.text,
      ...(form.include_all_metadata === 'true' && one.metadata !== null ? { metadata: one.metadata } : {}),
    }))
    return { ok: true, messages, has_more: false, response_metadata: { next_cursor: '' } }
  }

  function openWindow(form: Form): Reply {
    const trigger = triggers.get(form.trigger_id ?? '')
    if (trigger === undefined) return { ok: false, error: 'invalid_trigger_id' }
    triggers.delete(form.trigger_id ?? '')
    if (clock.now() - trigger.at > TRIGGER_MS) return { ok: false, error: 'expired_trigger_id' }
    const view = viewSchema.safeParse(parse(form.view ?? ''))
    if (!view.success) {
      const errors = view.error.issues.map(issue => `${issue.message} [json-pointer:/view/${issue.path.join('/')}]`)
      return { ok: false, error: 'invalid_arguments', errors }
    }
    stamped += 1
    const id = `V${String(stamped).padStart(8, '0')}`
    windows.push({ id, user: trigger.user, view: view.data })
    return { ok: true, view: { id } }
  }

  function takeAnswer(path: string, text: string): StandInAnswer {
    const address = addresses.get(path)
    const body = parse(text)
    if (address === undefined || address.left === 0 || clock.now() - address.at > ADDRESS_MS)
      return { status: 404, body: 'used_url' }
    if (typeof body !== 'object' || body === null) return { status: 400, body: 'invalid_payload' }
    address.left -= 1
    answers.push({ at: clock.now(), user: address.user, body: { ...body } })
    return { status: 200, body: 'ok' }
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
      case 'conversations.replies':
        return repliesTo(form)
      case 'views.open':
        return openWindow(form)
      case 'users.info':
        return { ok: true, user: { id: form.user, name: form.user, real_name: `Person ${form.user}` } }
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
    if (path.startsWith(ANSWERS)) {
      void faults.answer(incoming, response, () => takeAnswer(path, text))
      return
    }
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
    replies,
    windows,
    answers,
    requests,
    press(user) {
      stamped += 1
      const triggerId = `${stamped}.trigger`
      const path = `${ANSWERS}${stamped}`
      triggers.set(triggerId, { user, at: clock.now() })
      addresses.set(path, { user, at: clock.now(), left: 5 })
      return { triggerId, responseUrl: `${server.url}${path}` }
    },
    messages(channel) {
      const plain = channel.replace(/^#/, '')
      return posts.filter(one => one.channel === channel || one.channelName === plain)
    },
    fail: faults.fail,
    heal: faults.heal,
    clear() {
      for (const list of [posts, replies, windows, answers, requests]) list.length = 0
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
