/**
 * Makes what belongs to a text once and keeps what was asked for last, up to `most` by weight: what operators write
 * cannot fill the memory.
 */
export function keepLast<T>(
  most: number,
  make: (text: string) => T,
  weigh: (made: T, text: string) => number,
): (text: string) => T {
  const kept = new Map<string, T>()
  let weight = 0
  return text => {
    const found = kept.get(text)
    if (found !== undefined) {
      kept.delete(text)
      kept.set(text, found)
      return found
    }
    const made = make(text)
    kept.set(text, made)
    weight += weigh(made, text)
    for (const [oldest, one] of kept) {
      if (weight <= most || oldest === text) break
      kept.delete(oldest)
      weight -= weigh(one, oldest)
    }
    return made
  }
}
