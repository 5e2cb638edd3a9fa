/** One at a time; who has asked for much waits behind who has asked for little. */
export interface FairTurns {
  /** Runs `work` when it is its turn. Null: too many wait already, of that one or of all. */
  take<T>(who: string, work: () => Promise<T>): Promise<T> | null
  /** What waits is rejected with that; what runs is left to its owner. */
  refuseWaiting(error: Error): void
}

interface Waiting {
  run(): Promise<unknown>
  refuse(error: Error): void
}

/** `each`, `all`: so many may wait, beside the one that runs. */
export function createFairTurns({ each, all }: { each: number; all: number }): FairTurns {
  /** In the order of their next turns. */
  const lines = new Map<string, Waiting[]>()
  let waiting = 0
  let running = false

  function next(): void {
    const [who, line = []] = lines.entries().next().value ?? []
    const first = line.shift()
    if (who === undefined || first === undefined) return
    lines.delete(who)
    // To the end: the others have their turn first.
    if (line.length > 0) lines.set(who, line)
    waiting -= 1
    running = true
    void first.run().finally(() => {
      running = false
      next()
    })
  }

  return {
    take<T>(who: string, work: () => Promise<T>): Promise<T> | null {
      const line = lines.get(who) ?? []
      if (running && (line.length >= each || waiting >= all)) return null
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      line.push({ run: async () => work().then(resolve, reject), refuse: reject })
      lines.set(who, line)
      waiting += 1
      if (!running) next()
      return promise
    },
    refuseWaiting(error) {
      for (const { refuse } of [...lines.values()].flat()) refuse(error)
      lines.clear()
      waiting = 0
    },
  }
}
