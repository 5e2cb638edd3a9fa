import type { Clock } from '../platform/clock.ts'

/** Why a request was turned away at the door. */
export type RefusalReason = 'signature-missing' | 'signature-invalid' | 'too-large' | 'rate-limited' | 'incomplete'

export interface RefusalWatchOptions {
  clock: Clock
  /** Refusals of one source within the window that make a burst. */
  threshold?: number
  windowMs?: number
  /** Called at most once per source and window, when the threshold is reached. */
  onBurst(source: string, reasonCounts: Partial<Record<RefusalReason, number>>): void
  /** Sources watched at once: the oldest window is forgotten first. */
  maxSources?: number
}

export interface RefusalWatch {
  /** Give it to the door as its `onRefused`. */
  note(source: string, reason: RefusalReason): void
}

interface Window {
  since: number
  total: number
  counts: Partial<Record<RefusalReason, number>>
}

/**
 * Sentry never retries: a secret rotated on one side only silences a source for good, and nobody is told. A burst of
 * refusals is therefore a problem of its own. Counts in fixed windows that start with a source's first refusal.
 */
export function createRefusalWatch(options: RefusalWatchOptions): RefusalWatch {
  const { clock, onBurst, threshold = 20, windowMs = 60_000, maxSources = 1_000 } = options
  const windows = new Map<string, Window>()

  function windowOf(source: string, now: number): Window {
    const open = windows.get(source)
    if (open !== undefined && now - open.since < windowMs) return open
    windows.delete(source)
    const [oldest] = windows.keys()
    if (windows.size >= maxSources && oldest !== undefined) windows.delete(oldest)
    const fresh: Window = { since: now, total: 0, counts: {} }
    windows.set(source, fresh)
    return fresh
  }

  return {
    note(source, reason) {
      const window = windowOf(source, clock.now())
      window.total++
      window.counts[reason] = (window.counts[reason] ?? 0) + 1
      if (window.total === threshold) onBurst(source, { ...window.counts })
    },
  }
}
