import { cleanText } from '../deliver/message-words.ts'

/**
 * Slack's markup for text that came from outside. Escaping is a safety control: an exception message that contains
 * `<!channel>` would otherwise wake a whole company. Slack wants exactly `&`, `<` and `>` escaped, nothing else.
 */

const ENTITY: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Escaped, one line, at most `most` characters as sent; cut between characters, never inside an entity. */
export function escaped(text: string, most: number): string {
  return bounded(cleanText(text, most), most, point => ENTITY[point] ?? point)
}

/** As code. A backtick would end it: it becomes an apostrophe. */
export function code(text: string, most: number): string {
  const inside = bounded(cleanText(text, most), most - 2, point => (point === '`' ? "'" : (ENTITY[point] ?? point)))
  return inside === '' ? '' : `\`${inside}\``
}

/** For plain_text objects, whose escaping is not documented: angle brackets become look-alikes that mean nothing. */
export function plain(text: string, most: number): string {
  return bounded(cleanText(text, most), most, point => (point === '<' ? '‹' : point === '>' ? '›' : point))
}

/** `<url|label>`; the label alone when the URL is missing, too long or not http(s). At most `most` characters. */
export function link(url: string | null, label: string, most: number): string {
  const target = linkTarget(url)
  // A link whose label has no room left says nothing: 24 characters is the least worth linking.
  if (target === null || target.length + 27 > most) return escaped(label, most)
  const shown = escaped(label, most - target.length - 3).replaceAll('|', '¦')
  return shown === '' ? '' : `<${target}|${shown}>`
}

/** A moment in each reader's own time zone, with UTC for those whose client cannot. `at` in ms since the epoch. */
export function moment(at: number): string {
  const utc = new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${utc} UTC>`
}

function linkTarget(url: string | null): string | null {
  const parsed = url === null || url.length > 1_000 ? null : URL.parse(url)
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return null
  return parsed.href
    .replaceAll('&', '&amp;')
    .replaceAll('<', '%3C')
    .replaceAll('>', '%3E')
    .replaceAll('|', '%7C')
    .replaceAll(/\s/g, '%20')
}

function bounded(text: string, most: number, write: (point: string) => string): string {
  let out = ''
  let cutAt = 0
  for (const point of text) {
    const next = write(point)
    if (out.length + next.length > most) return most < 1 ? '' : `${out.slice(0, cutAt)}…`
    out += next
    if (out.length <= most - 1) cutAt = out.length
  }
  return out
}
