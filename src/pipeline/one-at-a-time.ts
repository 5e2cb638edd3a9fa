/**
 * Runs what concerns one key one after the other within this process. Other processes are kept out by the store's own
 * compare-and-set; this only spares them the retries.
 */
export function createOneAtATime(): <T>(key: string, run: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>()
  return (key, run) => {
    const before = tails.get(key) ?? Promise.resolve()
    const result = before.then(run, run)
    const tail = result.catch(() => {})
    tails.set(key, tail)
    void tail.then(() => {
      if (tails.get(key) === tail) tails.delete(key)
    })
    return result
  }
}
