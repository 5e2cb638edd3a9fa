/**
 * True when `text` fits `pattern` whole, letters in any case; `*` stands for any run of characters. The pieces between
 * the stars are looked for once each, from left to right: no pattern that an operator writes can make it backtrack.
 */
export function fitsGlob(text: string, pattern: string): boolean {
  const { first, rest, last } = piecesOf(pattern)
  const subject = text.toLowerCase()
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

interface Pieces {
  first: string
  /** Between the first star and the last. */
  rest: readonly string[]
  /** undefined: it has no star. */
  last: string | undefined
}

/** The rules ask for the same few patterns again and again. */
const known = new Map<string, Pieces>()
const MOST_KNOWN = 2_000

function piecesOf(pattern: string): Pieces {
  const found = known.get(pattern)
  if (found !== undefined) return found
  const [first = '', ...rest] = pattern.toLowerCase().split('*')
  const pieces = { first, last: rest.pop(), rest }
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(pattern, pieces)
  return pieces
}
