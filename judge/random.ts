/** Chance that can be played again: the same seed and name give the same numbers, on any machine. */
export interface Random {
  /** At least 0, below 1. */
  next(): number
  /** At least `from`, below `to`. */
  between(from: number, to: number): number
}

/** mulberry32, seeded by FNV-1a over the texts: each scenario has a stream of its own, whichever others play. */
export function createRandom(...seed: (string | number)[]): Random {
  let state = 0x811c9dc5
  for (const character of seed.join('\0')) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193)
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return { next, between: (from, to) => from + (to - from) * next() }
}
