/** First wait after a failure, and the longest, ms. */
const FIRST_MS = 1_000
const LONGEST_MS = 60_000

/**
 * How long to wait before the next attempt, ms: doubling from one second to a minute, the upper half of it random, so
 * that many that failed together do not come back together. What the provider asked for is never undercut.
 */
export function backoffMs(attempts: number, retryAfterMs: number | null, random: () => number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, attempts - 1))
  const jittered = Math.round(full / 2 + (random() * full) / 2)
  return Math.max(jittered, retryAfterMs ?? 0)
}
