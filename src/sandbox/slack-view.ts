import { z } from 'zod'
import { type Html, html, timeOf } from './html.ts'
import type { SlackStandIn, StandInPost } from './slack-stand-in.ts'
import { slackText } from './slack-text.ts'

const textSchema = z.object({ type: z.string(), text: z.string() })
/** The kinds of block that messages here use; a new kind shows as its name until it is drawn. */
const blockSchema = z.object({
  type: z.string(),
  text: textSchema.optional(),
  fields: z.array(textSchema).optional(),
  elements: z.array(textSchema.or(z.looseObject({ type: z.string() }))).optional(),
})
const buttonSchema = z.object({ type: z.literal('button'), text: textSchema, action_id: z.string() })
type Rewrite = (url: URL) => string

const MOST_SHOWN = 40
/** Shown also while empty: where the shipped rules post. */
const USUAL_CHANNELS = ['incidents', 'alerts-production']

/** Slack by channel, newest message first. null: a real Slack is used. */
export function slackSection(slack: SlackStandIn | null, rewrite: Rewrite): Html {
  if (slack === null) return html`<p class="nothing">A real Slack is configured: messages go there.</p>`
  const channels = new Set([...USUAL_CHANNELS, ...slack.posts.map(post => post.channelName)])
  const shown = [...channels].map(name => channelOf(name, slack.messages(name), slack.replies, rewrite))
  const refused = slack.requests.filter(request => request.answer !== 'ok' && request.answer !== null).slice(-3)
  const faults = refused.map(
    ({ at, method, answer, errors }) =>
      html`<p class="fault">${timeOf(at)} refused ${method}: ${[answer ?? '', ...errors].join('; ')}</p>`,
  )
  return html`${faults}${shown}`
}

function channelOf(
  name: string,
  posts: readonly StandInPost[],
  replies: readonly StandInPost[],
  rewrite: Rewrite,
): Html {
  const newest = posts.slice(-MOST_SHOWN).reverse()
  const shown = newest.map(post => {
    const thread = replies.filter(one => one.channel === post.channel && one.thread === post.ts)
    return messageOf(post, thread, rewrite)
  })
  const body =
    shown.length === 0 ? html`<p class="nothing">Nothing posted yet.</p>` : html`<ol class="feed">${shown}</ol>`
  return html`<section><h3>#${name} <span class="count">${posts.length}</span></h3>${body}</section>`
}

function messageOf(post: StandInPost, thread: readonly StandInPost[], rewrite: Rewrite): Html {
  const key = `slack-${post.channel}-${post.ts}`
  const edits = post.edits.map(
    edit => html`<li><p class="meta">until ${timeOf(edit.at)}</p>${contentOf(edit.blocks, edit.text, rewrite)}</li>`,
  )
  const many = edits.length === 1 ? 'once' : `${edits.length} times`
  const history =
    edits.length === 0
      ? null
      : html`<details data-key="${key}"><summary>edited ${many}: what it said before</summary><ol class="before">${edits}</ol></details>`
  const said = thread.map(one => html`<li><p class="meta">${timeOf(one.at)} ${slackText(one.text, rewrite)}</p></li>`)
  const replies = said.length === 0 ? null : html`<ol class="before">${said}</ol>`
  return html`<li class="card message">
<p class="meta"><strong>Tocsin</strong> <span class="app">APP</span> ${timeOf(post.at)}</p>
${contentOf(post.blocks, post.text, rewrite)}${pressable(post)}${replies}${history}</li>`
}

/** The buttons of a post. Those that open a window say so by their dots, and lead to a page of its own. */
function pressable({ channel, ts, blocks }: StandInPost): Html {
  const parsed = z.array(blockSchema).safeParse(blocks)
  const elements = (parsed.data ?? []).filter(block => block.type === 'actions').flatMap(block => block.elements ?? [])
  const buttons = elements.flatMap(element => {
    const button = buttonSchema.safeParse(element)
    if (!button.success) return []
    const { action_id, text } = button.data
    const action = `/sandbox/press/${[channel, ts, action_id].map(encodeURIComponent).join('/')}`
    const stays = text.text.endsWith('…') ? '' : html`data-send`
    return [html`<form method="post" action="${action}" ${stays}><button>${text.text}</button></form> `]
  })
  return html`${buttons}`
}

function contentOf(blocks: unknown, text: string, rewrite: Rewrite): Html {
  const parsed = z.array(blockSchema).safeParse(blocks)
  if (!parsed.success) return html`<p>${slackText(text, rewrite)}</p>`
  return html`${parsed.data.map(block => blockOf(block, rewrite))}`
}

function blockOf(block: z.infer<typeof blockSchema>, rewrite: Rewrite): Html {
  const written = (text: z.infer<typeof textSchema>) =>
    text.type === 'plain_text' ? html`${text.text}` : slackText(text.text, rewrite)
  switch (block.type) {
    case 'header':
      return html`<h4>${block.text === undefined ? null : written(block.text)}</h4>`
    case 'section': {
      const fields = (block.fields ?? []).map(field => html`<div>${written(field)}</div>`)
      const text = block.text === undefined ? null : html`<p>${written(block.text)}</p>`
      return html`${text}${fields.length === 0 ? null : html`<div class="fields">${fields}</div>`}`
    }
    case 'context': {
      const elements = (block.elements ?? []).map(element => {
        const known = textSchema.safeParse(element)
        return known.success ? html`<p class="meta">${written(known.data)}</p>` : html``
      })
      return html`${elements}`
    }
    case 'actions':
      return html``
    case 'divider':
      return html`<hr>`
    default:
      return html`<p class="meta">(${block.type})</p>`
  }
}
