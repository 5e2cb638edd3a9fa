/** How a destination does, as far as anybody's attempts show. Times are our clock, ms. */
export interface Circuit {
  /** Attempts that failed since the last that was taken. */
  failures: number
  failingSince: number | null
  openedAt: number | null
  /** When the next one may be tried while it is open. */
  probeAt: number | null
  lastError: string | null
}

export const CLOSED: Circuit = { failures: 0, failingSince: null, openedAt: null, probeAt: null, lastError: null }

/** So many attempts failed in a row, over at least so long: it fails, rather than stumbles. */
export const FAILURES = 5
export const FAILING_MS = 2 * 60_000
/** While it is open one is tried this often, and the first that is taken closes it. */
export const PROBE_MS = 30_000

/** What an attempt that failed makes of it. Pure. */
export function afterFailure(before: Circuit, error: string, now: number): Circuit {
  const failures = before.failures + 1
  const failingSince = before.failingSince ?? now
  const opens = before.openedAt === null && failures >= FAILURES && now - failingSince >= FAILING_MS
  return {
    failures,
    failingSince,
    openedAt: opens ? now : before.openedAt,
    probeAt: opens || before.openedAt !== null ? now + PROBE_MS : null,
    lastError: error,
  }
}

/** May one be tried now? 0: yes; else how long until the next may be, ms. Pure. */
export function probeWaitMs({ openedAt, probeAt }: Circuit, now: number): number {
  return openedAt === null ? 0 : Math.max(0, (probeAt ?? now) - now)
}

/** What people read about a destination that fails for long. */
export function failingWords(id: string, { failures, lastError }: Circuit): string {
  return `destination ${id} fails: ${failures} attempts in a row were not taken; the last: ${lastError ?? 'unknown'}. What is owed there goes to its fallback`
}
