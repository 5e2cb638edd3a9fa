import type { Destination } from '../deliver/destination.ts'
import { fingerprint } from '../deliver/fingerprint.ts'
import type { ProviderReference } from '../deliver/notification.ts'
import type { Message, Notifier, SendResult } from '../deliver/notifier.ts'
import { secureUrlSchema } from '../deliver/secure-url.ts'
import { findChannel, findPost, findReply, isChannelId, METADATA_TYPE } from './find-post.ts'
import { mentionWords } from './mention.ts'
import { layoutMessage, layoutNotice, layoutReply, layoutTest, type SlackMessage } from './message-layout.ts'
import { type FailureMeaning, readFailure } from './read-failure.ts'
import { createSlackClients } from './slack-client.ts'

type SlackReference = ProviderReference & { provider: 'slack' }
/** A message to Slack whose destination and token are known to be there. */
interface Post {
  message: Message
  destination: Destination & { kind: 'slack' }
  token: string
}

/** Clocks differ, and Slack stamps posts with its own. */
const LOOK_BACK_MS = 60_000

/**
 * Posts to Slack, edits in place, resolves in place. `timeoutMs` bounds each request. `teamLead`: whom "team-lead" means
 * where the destination does not say. Posting is not idempotent: an attempt that may have been accepted is looked up
 * by its metadata, and adopted, before anything is posted again. `buttons`: whether posts carry them; only where Slack
 * can tell us what was pressed.
 */
export function createSlackNotifier(options: {
  timeoutMs: number
  teamLead?: string | null
  buttons?: boolean
}): Notifier {
  const clients = createSlackClients(options)
  /** Channel ids by token and name, as Slack told them. */
  const channelIds = new Map<string, string>()

  function channelKey({ destination, token }: Post): string {
    return `slack:${fingerprint(token)}:${destination.channel.replace(/^#/, '').toLowerCase()}`
  }

  /** The channel's id; null when it cannot be learnt, and then neither can its history. */
  async function channelId(post: Post): Promise<string | null> {
    const { channel } = post.destination
    if (isChannelId(channel)) return channel
    const key = channelKey(post)
    const seen = post.message.references.findLast(one => one.provider === 'slack')
    const known = channelIds.get(key) ?? (seen?.provider === 'slack' ? seen.channel : undefined)
    if (known !== undefined) return known
    const found = await findChannel(clients.of(post.token, post.destination.url), channel)
    if (found !== null) channelIds.set(key, found)
    return found
  }

  /** Where an earlier attempt of this very notification landed. A failure that will pass is a result to return. */
  async function findEarlier(post: Post): Promise<{ found: SlackReference | null } | { failed: SendResult }> {
    try {
      // All pages together take no longer than one request may: the claim on the notification must outlast the call.
      const place = await within(options.timeoutMs, lookUp(post))
      return { found: place === null ? null : { provider: 'slack', ...place } }
    } catch (error) {
      const failure = readFailure(error, post.token)
      // Without the scopes to read history (channels:read, channels:history) twice is better than never.
      return failure.kind === 'retry' ? { failed: retryOf({ ...failure, ambiguous: true }) } : { found: null }
    }
  }

  async function lookUp(post: Post): Promise<{ channel: string; ts: string } | null> {
    const client = clients.of(post.token, post.destination.url)
    const { id, owedAt, kind } = post.message.notification
    const since = owedAt - LOOK_BACK_MS
    const thread = kind === 'thread' ? newestPost(post.message) : null
    if (thread !== null) return findReply(client, { channel: thread.channel, thread: thread.ts, id, since })
    const channel = await channelId(post)
    return channel === null ? null : findPost(client, { channel, id, since })
  }

  /** A line in the thread of the newest post of this life. No later word goes there: it leaves no reference. */
  async function reply(post: Post): Promise<SendResult> {
    const { message, destination } = post
    const thread = newestPost(message)
    if (thread === null) return { outcome: 'dropped', reason: 'nothing was posted that could be answered' }
    if (message.notification.ambiguous) {
      const earlier = await findEarlier(post)
      if ('failed' in earlier) return earlier.failed
      if (earlier.found !== null)
        return { outcome: 'sent', reference: null, detail: 'an earlier attempt had been posted: found and kept' }
    }
    await clients.of(post.token, destination.url).chat.postMessage({
      channel: thread.channel,
      thread_ts: thread.ts,
      ...layoutReply(message.notification, mentionFor(message, destination)),
      metadata: metadataOf(message),
      unfurl_links: false,
      unfurl_media: false,
    })
    return { outcome: 'sent', reference: null, detail: `said in the thread in ${destination.channel}` }
  }

  async function open(post: Post): Promise<SendResult> {
    const { message, destination } = post
    const { notification, incident } = message
    if (incident === null && notification.kind !== 'test' && notification.kind !== 'notice')
      return { outcome: 'dropped', reason: 'the incident no longer exists' }
    if (notification.ambiguous) {
      const earlier = await findEarlier(post)
      if ('failed' in earlier) return earlier.failed
      if (earlier.found !== null)
        return {
          outcome: 'sent',
          reference: earlier.found,
          detail: 'an earlier attempt had been posted: found and kept',
        }
    }
    if (incident !== null && incident.generation !== notification.generation)
      return { outcome: 'dropped', reason: 'a later life of the incident has begun' }
    const said = content(message, mentionFor(message, destination))
    const answer = await clients.of(post.token, destination.url).chat.postMessage({
      channel: destination.channel,
      ...said,
      metadata: metadataOf(message),
      unfurl_links: false,
      unfurl_media: false,
    })
    if (answer.ts === undefined || answer.channel === undefined)
      return {
        outcome: 'retry',
        code: 'not_slack',
        message: 'Slack did not say where it posted',
        retryAfterMs: null,
        ambiguous: true,
      }
    channelIds.set(channelKey(post), answer.channel)
    const reference: SlackReference = { provider: 'slack', channel: answer.channel, ts: answer.ts }
    return { outcome: 'sent', reference, detail: `posted to ${destination.channel}` }
  }

  /** Brings what was posted up to date, every post: none offers an answer that was given elsewhere. Calls nobody. */
  async function edit(post: Post): Promise<SendResult> {
    const { message } = post
    const references = referencesToEdit(message)
    if (references.length === 0) return { outcome: 'dropped', reason: 'nothing was posted that could be edited' }
    if (message.incident === null) return { outcome: 'dropped', reason: 'the incident no longer exists' }
    const said = content(message, '')
    const client = clients.of(post.token, post.destination.url)
    const failures = await Promise.all(
      references.map(({ channel, ts }) =>
        client.chat.update({ channel, ts, ...said }).then(
          () => null,
          (error: unknown) => readFailure(error, post.token),
        ),
      ),
    )
    const failed = failures.find(one => one !== null && one.kind !== 'gone')
    if (failed) return resultOf(failed)
    const gone = failures.filter(one => one !== null).map(one => one.code)
    if (gone.length === references.length)
      return { outcome: 'dropped', reason: `Slack no longer lets the post be edited (${gone.join(', ')})` }
    const edited = references.length - gone.length
    return { outcome: 'sent', reference: references.at(-1) ?? null, detail: `${edited} post(s) edited in place` }
  }

  function content({ incident, notification, incidentUrl }: Message, mention: string): SlackMessage {
    if (incident === null)
      return notification.kind === 'notice' ? layoutNotice(notification) : layoutTest(notification.destination)
    return layoutMessage({ incident, notification, mention, incidentUrl, buttons: options.buttons ?? false })
  }

  /** Over before it could be told: it is still said, for those who read later, but it calls nobody. */
  function mentionFor({ incident, notification }: Message, destination: Destination & { kind: 'slack' }): string {
    if (notification.kind === 'test' || incident?.status === 'resolved') return ''
    return mentionWords(notification.mention, destination.teamLead ?? options.teamLead ?? null)
  }

  return {
    kind: 'slack',
    pages: false,
    async send(message) {
      const { destination } = message
      if (destination.kind !== 'slack') return permanent('wrong_kind', `${destination.id} is not a Slack destination`)
      const token = message.secret.botToken ?? ''
      if (token === '') return permanent('bot_token_missing', `set the bot token of destination ${destination.id}`)
      // The bot token travels in a header.
      if (!secureUrlSchema.safeParse(destination.url).success)
        return permanent('bad_url', `the Slack url of ${destination.id} must be https (plain http only on loopback)`)
      const post = { message, destination, token }
      try {
        switch (message.notification.kind) {
          case 'edit':
          case 'resolve':
            return await edit(post)
          case 'thread':
            return await reply(post)
          case 'acknowledge':
          case 'update':
          case 'write':
            return { outcome: 'dropped', reason: 'a post says it by being edited' }
          default:
            return await open(post)
        }
      } catch (error) {
        return resultOf(readFailure(error, token))
      }
    },
    /** "Generally allows posting one message per second per channel" (docs.slack.dev, rate limits). */
    pacing(destination, secret) {
      const channel =
        destination.kind === 'slack' ? destination.channel.replace(/^#/, '').toLowerCase() : destination.id
      return { key: `slack:${fingerprint(secret.botToken ?? '')}:${channel}`, intervalMs: 1000, burst: 1 }
    },
    async close() {
      clients.close()
    },
  }
}

function metadataOf({ notification, incident }: Message) {
  return {
    event_type: METADATA_TYPE,
    event_payload: { notification: notification.id, incident: incident?.id ?? 'test' },
  }
}

function newestPost({ reference, references }: Message): SlackReference | null {
  const newest = references.findLast(one => one.provider === 'slack') ?? reference
  return newest?.provider === 'slack' ? newest : null
}

function permanent(code: string, message: string): SendResult & { outcome: 'permanent' } {
  return { outcome: 'permanent', code, message }
}

function resultOf(failure: FailureMeaning): SendResult {
  switch (failure.kind) {
    case 'retry':
      return retryOf(failure)
    case 'permanent':
      return { ...permanent(failure.code, failure.message), ...(failure.ofItsOwn === true ? { ofItsOwn: true } : {}) }
    case 'gone':
      return { outcome: 'dropped', reason: failure.message }
  }
}

function retryOf({ code, message, retryAfterMs, ambiguous }: FailureMeaning & { kind: 'retry' }): SendResult {
  return { outcome: 'retry', code, message, retryAfterMs, ambiguous }
}

function referencesToEdit({ reference, references }: Message): SlackReference[] {
  const byPlace = new Map<string, SlackReference>()
  for (const one of [...references, reference])
    if (one?.provider === 'slack') byPlace.set(`${one.channel} ${one.ts}`, one)
  return [...byPlace.values()]
}

/** Rejects with a TimeoutError when `work` takes longer than `ms`. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new DOMException('the look-up took too long', 'TimeoutError')), ms)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
