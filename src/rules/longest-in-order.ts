/** Which of these distinct numbers may stay so that the rest is as little as possible: the longest run that grows. */
export function longestInOrder(numbers: readonly number[]): Set<number> {
  /** Per length, the smallest number that a run of it ends with; and what each number comes after. */
  const ends: number[] = []
  const before = new Map<number, number | undefined>()
  for (const number of numbers) {
    let low = 0
    for (let high = ends.length; low < high; ) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) < number) low = middle + 1
      else high = middle
    }
    before.set(number, ends[low - 1])
    ends[low] = number
  }
  const kept = new Set<number>()
  for (let at = ends.at(-1); at !== undefined; at = before.get(at)) kept.add(at)
  return kept
}
