import type { WebClient } from '@slack/web-api'

/** Names our messages in Slack; the payload says which notification it was. */
export const METADATA_TYPE = 'tocsin_notification'

/** Slack has no idempotency key: after a failure that may have posted, the channel's history is asked first. */
const PAGES = 3
const PAGE_SIZE = 200
/** How many pages of channel names are read to learn an id; 1,000 a page. */
const CHANNEL_PAGES = 5

/** What both kinds of history answer. */
interface HistoryPage {
  messages?: { ts?: string; metadata?: { event_type?: string; event_payload?: unknown } }[]
  response_metadata?: { next_cursor?: string }
}

/**
 * The post that carries notification `id`, or null when the newest 600 messages since `since` (ms) have none.
 * `channel` is a channel id. Throws what the library throws.
 */
export async function findPost(
  client: WebClient,
  { channel, id, since }: { channel: string; id: string; since: number },
): Promise<{ channel: string; ts: string } | null> {
  return findAmong(page => client.conversations.history({ channel, ...whatIsAsked(since), ...page }), channel, id)
}

/** The same among the replies to the post `thread`. */
export async function findReply(
  client: WebClient,
  { channel, thread, id, since }: { channel: string; thread: string; id: string; since: number },
): Promise<{ channel: string; ts: string } | null> {
  return findAmong(
    page => client.conversations.replies({ channel, ts: thread, ...whatIsAsked(since), ...page }),
    channel,
    id,
  )
}

const whatIsAsked = (since: number) => ({
  oldest: (since / 1000).toFixed(6),
  include_all_metadata: true,
  limit: PAGE_SIZE,
})

async function findAmong(
  read: (page: { cursor?: string }) => Promise<HistoryPage>,
  channel: string,
  id: string,
): Promise<{ channel: string; ts: string } | null> {
  let cursor: string | undefined
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await read(cursor === undefined ? {} : { cursor })
    const found = (answer.messages ?? []).find(message => notificationOf(message.metadata) === id)
    if (found?.ts !== undefined) return { channel, ts: found.ts }
    cursor = answer.response_metadata?.next_cursor || undefined
    if (cursor === undefined) return null
  }
  return null
}

/** The id of `#name`, which history needs and posting does not; null when no page lists it. Throws what the library throws. */
export async function findChannel(client: WebClient, name: string): Promise<string | null> {
  const wanted = name.replace(/^#/, '').toLowerCase()
  let cursor: string | undefined
  for (let page = 0; page < CHANNEL_PAGES; page += 1) {
    const answer = await client.conversations.list({
      exclude_archived: true,
      limit: 1000,
      types: 'public_channel,private_channel',
      ...(cursor === undefined ? {} : { cursor }),
    })
    const found = (answer.channels ?? []).find(channel => channel.name === wanted)
    if (found?.id !== undefined) return found.id
    cursor = answer.response_metadata?.next_cursor || undefined
    if (cursor === undefined) return null
  }
  return null
}

/** Channel ids are C…, G… or D… in capitals; channel names are always lower-case. */
export function isChannelId(channel: string): boolean {
  return /^[CGD][A-Z0-9]{6,30}$/.test(channel)
}

function notificationOf(metadata: { event_type?: string; event_payload?: unknown } | undefined): string | null {
  if (metadata?.event_type !== METADATA_TYPE) return null
  const payload = metadata.event_payload
  if (typeof payload !== 'object' || payload === null || !('notification' in payload)) return null
  return typeof payload.notification === 'string' ? payload.notification : null
}
