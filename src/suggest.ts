/**
 * The candidate that was probably meant by `word`; null when none is near. Case does not count. `most`: so many letters
 * may be amiss; absent: a third, and at least 2.
 */
export function suggest(word: string, candidates: Iterable<string>, most?: number): string | null {
  const wanted = word.toLowerCase().slice(0, LONGEST)
  let best: string | null = null
  let nearest = (most ?? Math.max(2, Math.floor(wanted.length / 3))) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= nearest) continue
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < nearest && distance < candidate.length) {
      nearest = distance
      best = candidate
    }
  }
  return best
}

/** ` Did you mean "x"?`, or what there is to choose from when nothing is near. Starts with a space; may be empty. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = suggest(word, candidates)
  if (near !== null) return ` Did you mean "${near}"?`
  if (candidates.length === 0) return ''
  const more = candidates.length > SHOWN ? `, … (${candidates.length} in all)` : ''
  return ` Known: ${candidates.slice(0, SHOWN).join(', ')}${more}.`
}

const LONGEST = 64
const SHOWN = 40

/** Letters to add, drop or change to get from one to the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
