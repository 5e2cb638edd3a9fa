import type { Log } from './platform/logger.ts'

export interface HeartbeatDeps {
  /** Where somebody waits for it; null: nobody does. It may hold a secret: it is never logged. */
  url: string | null
  timeoutMs: number
  onBeat(outcome: 'sent' | 'failed'): void
  log: Log
}

/**
 * One bounded GET that tells whoever waits elsewhere that escalations advance. When it stays away they are told that
 * nobody would be woken. Never throws; it is not repeated: the next minute brings the next one.
 */
export function createHeartbeat({ url, timeoutMs, onBeat, log }: HeartbeatDeps) {
  return async function beat(): Promise<void> {
    if (url === null) return
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const response = await fetch(url, { redirect: 'manual', headers: { 'user-agent': 'tocsin' }, signal })
      await response.body?.cancel()
      onBeat(response.ok ? 'sent' : 'failed')
      if (!response.ok) log.warn({ status: response.status }, 'HEARTBEAT_URL did not answer with success')
    } catch (error) {
      onBeat('failed')
      // fetch's own message names the address.
      log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'HEARTBEAT_URL could not be reached')
    }
  }
}
