import type { Clock } from '../platform/clock.ts'

/** What hook timestamps say about the two clocks: see clockSkewMs. */
export interface HookClock {
  /** `hookAt`: the hook's own time by Sentry's clock, ms; null: it carried none. */
  note(source: string, hookAt: number | null, receivedAt: number): void
  /** Over the last 10 minutes; null: no hook. */
  of(source: string): { leastMs: number; count: number } | null
}

const MINUTE_MS = 60_000
const MINUTES = 10
/** The header is not signed: what claims to be a day away says nothing about clocks. */
const NONSENSE_MS = 86_400_000

export function createHookClock(clock: Clock): HookClock {
  const bySource = new Map<string, Map<number, { leastMs: number; count: number }>>()
  return {
    note(source, hookAt, receivedAt) {
      if (hookAt === null || !(Math.abs(receivedAt - hookAt) < NONSENSE_MS)) return
      const minutes = bySource.get(source) ?? new Map<number, { leastMs: number; count: number }>()
      bySource.set(source, minutes)
      const minute = Math.floor(receivedAt / MINUTE_MS)
      const known = minutes.get(minute)
      const leastMs = Math.min(known?.leastMs ?? Number.POSITIVE_INFINITY, receivedAt - hookAt)
      minutes.set(minute, { leastMs, count: (known?.count ?? 0) + 1 })
      for (const old of minutes.keys()) if (old <= minute - MINUTES) minutes.delete(old)
    },
    of(source) {
      const first = Math.floor(clock.now() / MINUTE_MS) - MINUTES
      const recent = [...(bySource.get(source) ?? [])].filter(([minute]) => minute > first).map(([, seen]) => seen)
      if (recent.length === 0) return null
      return {
        leastMs: Math.min(...recent.map(({ leastMs }) => leastMs)),
        count: recent.reduce((sum, { count }) => sum + count, 0),
      }
    },
  }
}
