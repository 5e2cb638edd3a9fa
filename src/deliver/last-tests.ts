import type { Notification } from './notification.ts'

export interface LastTest {
  /** `waiting`: not settled yet. */
  status: 'taken' | 'waiting' | 'failed'
  at: number
  error: string | null
}

/** How the newest test notification to each destination went, of those that are remembered. */
export function lastTests(notifications: readonly Notification[]): Map<string, LastTest> {
  const last = new Map<string, LastTest>()
  for (const { kind, destination, owedAt, status, error } of notifications) {
    if (kind !== 'test' || (last.get(destination)?.at ?? -1) > owedAt) continue
    const failed = status === 'dead' || status === 'dropped'
    last.set(destination, {
      status: status === 'sent' ? 'taken' : failed ? 'failed' : 'waiting',
      at: owedAt,
      error: error?.message ?? null,
    })
  }
  return last
}
