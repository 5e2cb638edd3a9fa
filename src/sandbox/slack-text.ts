import { type Html, html, linkTo, timeOf } from './html.ts'

/** A made-up user group, tagged where the environment names none. */
export const SANDBOX_TEAM_LEAD = 'S0TEAMLEAD'
const NAMES: Readonly<Record<string, string>> = { [SANDBOX_TEAM_LEAD]: 'team-lead' }

/** `<…>`, code, bold, italic, struck through, and line ends. A mark inside a word, as in `core_flow`, is none. */
const MARK =
  /<([^<>\n]*)>|`([^`\n]+)`|(?<!\w)\*((?:<[^<>\n]*>|[^*<\n])+)\*(?!\w)|(?<!\w)_([^_\n]+)_(?!\w)|(?<!\w)~((?:<[^<>\n]*>|[^~<\n])+)~(?!\w)|\n/g

/** Slack's markup as Slack would show it: the subset that messages here use, everything else as its text. */
export function slackText(text: string, rewrite: (url: URL) => string): Html {
  const shown: Html[] = []
  let from = 0
  for (const mark of text.matchAll(MARK)) {
    shown.push(html`${unescaped(text.slice(from, mark.index))}`, markOf(mark, rewrite))
    from = mark.index + mark[0].length
  }
  shown.push(html`${unescaped(text.slice(from))}`)
  return html`${shown}`
}

function markOf(mark: RegExpExecArray, rewrite: (url: URL) => string): Html {
  const [, angle, code, bold, italic, struck] = mark
  if (angle !== undefined) return reference(angle, rewrite)
  if (code !== undefined) return html`<code>${unescaped(code)}</code>`
  if (bold !== undefined) return html`<strong>${slackText(bold, rewrite)}</strong>`
  if (italic !== undefined) return html`<em>${slackText(italic, rewrite)}</em>`
  if (struck !== undefined) return html`<s>${slackText(struck, rewrite)}</s>`
  return html`<br>`
}

/** What stands in angle brackets: a link, a date, or somebody who is called. */
function reference(inside: string, rewrite: (url: URL) => string): Html {
  const bar = inside.indexOf('|')
  const target = unescaped(bar < 0 ? inside : inside.slice(0, bar))
  const label = bar < 0 ? null : unescaped(inside.slice(bar + 1))
  const [kind = '', id = ''] = target.split('^')
  if (kind === '!date') return Number.isInteger(Number(id)) ? timeOf(Number(id) * 1000) : html`${label ?? target}`
  if (kind === '!subteam') return mention(label ?? NAMES[id] ?? id)
  if (kind.startsWith('!')) return mention(kind.slice(1))
  if (kind.startsWith('@')) return mention(label ?? kind.slice(1))
  return linkTo(target, label ?? target, rewrite)
}

function mention(name: string): Html {
  return html`<span class="mention">@${name.replace(/^@/, '')}</span>`
}

/** Slack's three entities; everything else is literal. */
function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
