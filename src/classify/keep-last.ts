/** Makes what belongs to a text once and keeps the `most` that were asked for last: what operators write cannot fill the memory. */
export function keepLast<T>(most: number, make: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>()
  return text => {
    const found = kept.get(text)
    if (found !== undefined) {
      kept.delete(text)
      kept.set(text, found)
      return found
    }
    const made = make(text)
    kept.set(text, made)
    if (kept.size > most) for (const [oldest] of kept.entries().take(1)) kept.delete(oldest)
    return made
  }
}
