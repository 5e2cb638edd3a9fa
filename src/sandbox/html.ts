/** Markup that may stand as it is. Made only by `html`, so that text cannot become markup by accident. */
export interface Html {
  readonly markup: string
}

type Part = string | number | null | Html | readonly Html[]

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** A template whose parts are escaped, for text and for quoted attributes; null is nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return { markup: strings.map((text, index) => text + markupOf(parts[index] ?? null)).join('') }
}

/** A file of ours, such as a style sheet, to stand as it is. Never for anything that came from outside. */
export function trusted(markup: string): Html {
  return { markup }
}

function markupOf(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return part.replaceAll(/[&<>"']/g, sign => ENTITIES[sign] ?? sign)
  return 'markup' in part ? part.markup : part.map(one => one.markup).join('')
}

/** The last instant a Date can hold (ECMA-262, time values). */
const LAST_INSTANT = 8.64e15

/** A moment: exact for machines; the page's script turns it into the reader's own time. */
export function timeOf(ms: number): Html {
  if (!(Math.abs(ms) <= LAST_INSTANT)) return html`(no time)`
  const iso = new Date(ms).toISOString()
  return html`<time datetime="${iso}">${iso.slice(11, 19)} UTC</time>`
}

/** A link, when it is one: other addresses than http(s), such as `javascript:`, are shown as text. */
export function linkTo(url: string, label: string, rewrite: (url: URL) => string = parsed => parsed.href): Html {
  const parsed = URL.parse(url)
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return html`${label}`
  return html`<a href="${rewrite(parsed)}" rel="noreferrer">${label}</a>`
}
