/** Which incident's next step comes first: a heap of times, where an incident's latest word counts. */
export interface DueSteps {
  /** `at` null: nothing waits there any more. */
  set(incident: string, at: number | null): void
  /** The first that is due by then, taken out; null: none is. */
  next(by: number): { incident: string; at: number } | null
}

export function createDueSteps(): DueSteps {
  const heap: { incident: string; at: number }[] = []
  const latest = new Map<string, number>()

  function swap(a: number, b: number): void {
    const [one, other] = [heap[a], heap[b]]
    if (one !== undefined && other !== undefined) [heap[a], heap[b]] = [other, one]
  }
  const atOf = (index: number): number => heap[index]?.at ?? Number.POSITIVE_INFINITY

  function push(item: { incident: string; at: number }): void {
    heap.push(item)
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1
      if (atOf(parent) <= atOf(at)) return
      swap(at, parent)
      at = parent
    }
  }

  function pop(): void {
    swap(0, heap.length - 1)
    heap.pop()
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      const least = atOf(right) < atOf(left) ? right : left
      if (atOf(least) >= atOf(at)) return
      swap(at, least)
      at = least
    }
  }

  return {
    set(incident, at) {
      if (latest.get(incident) === at) return
      if (at === null) latest.delete(incident)
      else {
        latest.set(incident, at)
        push({ incident, at })
      }
    },
    next(by) {
      for (let first = heap[0]; first !== undefined && first.at <= by; first = heap[0]) {
        pop()
        // Overtaken by a later word about the same incident.
        if (latest.get(first.incident) !== first.at) continue
        latest.delete(first.incident)
        return first
      }
      return null
    },
  }
}
