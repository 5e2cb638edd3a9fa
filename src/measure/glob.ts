/**
 * True when `text` fits `pattern` whole, letters in any case; `*` stands for any run of characters. The pieces between
 * the stars are looked for once each, from left to right: no pattern that an operator writes can make it backtrack.
 */
export function fitsGlob(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.toLowerCase().split('*')
  const subject = text.toLowerCase()
  const last = rest.pop()
  if (last === undefined) return subject === first
  const end = subject.length - last.length
  if (end < first.length || !subject.startsWith(first) || !subject.endsWith(last)) return false
  let from = first.length
  for (const piece of rest) {
    const at = subject.indexOf(piece, from)
    if (at === -1 || at + piece.length > end) return false
    from = at + piece.length
  }
  return true
}
