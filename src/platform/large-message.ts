/**
 * A large object between threads, in pieces: copying it at once would stall both for as long as reading it anew, and
 * what is between two pieces gets its turn.
 */

/** Some ms to copy, also where rows are long. */
const ROWS = 100

type Lists = Record<string, unknown[]>
interface Head {
  rest: unknown
  pieces: number
}
interface Piece {
  list: string
  rows: unknown[]
}

/** `between` is awaited before each piece but the first: a turn for others, or the hearer's word that it wants more. */
export async function tellInPieces(
  tell: (message: unknown) => void,
  value: unknown,
  between: () => Promise<unknown>,
): Promise<void> {
  const { rest, pieces } = split(value)
  tell({ rest, pieces: pieces.length } satisfies Head)
  for (const piece of pieces) {
    await between()
    tell(piece)
  }
}

/** What tellInPieces told. `more` says that the next piece is wanted. */
export async function hearInPieces(hear: () => Promise<unknown>, more: () => void = () => {}): Promise<unknown> {
  const { rest, pieces } = (await hear()) as Head
  for (let count = 0; count < pieces; count += 1) {
    more()
    const { list, rows } = (await hear()) as Piece
    ;(rest as Lists)[list]?.push(...rows)
  }
  return rest
}

/** Long lists that are members of an object are taken out of it, a hundred rows each. */
function split(value: unknown): { rest: unknown; pieces: Piece[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { rest: value, pieces: [] }
  const pieces: Piece[] = []
  const members = Object.entries(value).map(([list, inner]: [string, unknown]) => {
    if (!Array.isArray(inner) || inner.length <= ROWS) return [list, inner]
    for (let at = 0; at < inner.length; at += ROWS) pieces.push({ list, rows: inner.slice(at, at + ROWS) })
    return [list, []]
  })
  return { rest: Object.fromEntries(members), pieces }
}
