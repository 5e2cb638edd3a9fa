import type { Clock } from '../platform/clock.ts'

/**
 * How far Sentry's clock is ahead of ours, from the `Date` of its answers. Each answer bounds it: the date was written
 * between our question and its answer, and is cut to the second. What several bounds have in common is narrow.
 */
export interface ClockSkew {
  /** `askedAt` and `answeredAt` by our clock, ms. Without a readable date nothing is learnt. */
  learn(source: string, date: string | null, askedAt: number, answeredAt: number): void
  /**
   * Sentry's clock minus ours, ms, to the half second; 0 while nothing shows that they differ; null until three answers
   * of the last ten minutes have told.
   */
  of(source: string): number | null
}

interface Bound {
  at: number
  least: number
  most: number
}

const KEPT = 30
const KEPT_MS = 600_000
const ENOUGH = 3
const SECOND_MS = 1_000
const STEP_MS = 500

export function createClockSkew(clock: Clock): ClockSkew {
  const bySource = new Map<string, Bound[]>()
  return {
    learn(source, date, askedAt, answeredAt) {
      const wrote = Date.parse(date ?? '')
      if (Number.isNaN(wrote)) return
      const bound = { at: answeredAt, least: wrote - answeredAt, most: wrote + SECOND_MS - askedAt }
      bySource.set(source, [...(bySource.get(source) ?? []).slice(1 - KEPT), bound])
    },
    of(source) {
      const bounds = (bySource.get(source) ?? []).filter(({ at }) => clock.now() - at < KEPT_MS)
      const common = commonBound(bounds.reverse())
      if (bounds.length < ENOUGH || common === null) return null
      if (common.least <= 0 && common.most >= 0) return 0
      return Math.round((common.least + common.most) / 2 / STEP_MS) * STEP_MS
    },
  }
}

/** Newest first: an older one that contradicts a newer is from before somebody set a clock. */
function commonBound(bounds: readonly Bound[]): { least: number; most: number } | null {
  let common: { least: number; most: number } | null = null
  for (const { least, most } of bounds) {
    const shared: { least: number; most: number } =
      common === null ? { least, most } : { least: Math.max(common.least, least), most: Math.min(common.most, most) }
    if (shared.least > shared.most) break
    common = shared
  }
  return common
}
