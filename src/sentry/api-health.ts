import type { BreakerState } from './api-breaker.ts'

/** How Sentry's API does for a source, as this process has seen it. Times by our clock, ms. */
export interface SentryApiHealth {
  /** Of live questions and those of the background the worse one. */
  breaker: BreakerState
  /**
   * In words. Trouble that nobody ran into again for ten minutes is forgotten; one that was short, and after which
   * Sentry answers other questions, two minutes later.
   */
  lastError: string | null
  /** Of late Sentry refused the token (401) or what it may do (403): nothing helps until somebody acts. */
  refused: boolean
  /** Sent within the last ten minutes, and those of them that got no answer that can be used. */
  requests: number
  failures: number
  lastAnswerAt: number | null
  /** Sentry's clock minus ours, ms, to the half second; null: not known yet. */
  skewMs: number | null
}
