import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
  type IBackoff,
  type IBackoffFactory,
} from 'cockatiel'
import type { Clock } from '../platform/clock.ts'
import { isOutage } from './api-failure.ts'
import type { ApiReply } from './api-request.ts'

export type BreakerState = 'closed' | 'open' | 'half-open'

/**
 * Leaves a Sentry that fails alone: opens after five outages in a row, lets one question through when `halfOpenAfterMs`
 * have passed by our clock.
 */
export interface ApiBreaker {
  state(): BreakerState
  /** Sends, or answers null while the circuit is open. */
  guard(send: () => Promise<ApiReply>): Promise<ApiReply | null>
}

const FAILURES_IN_A_ROW = 5

export function createApiBreaker(options: {
  clock: Clock
  halfOpenAfterMs: number
  onChange(state: BreakerState): void
}): ApiBreaker {
  const failing = handleWhenResult(reply => isOutage(reply as ApiReply))
  const breaker = circuitBreaker(failing, {
    halfOpenAfter: pauseBy(options.clock, options.halfOpenAfterMs),
    breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW),
  })
  breaker.onStateChange(state => options.onChange(nameOf(state)))
  return {
    state: () => nameOf(breaker.state),
    async guard(send) {
      // One question tries it out; the others would wait for its end, and a verdict has no time for that.
      if (breaker.state === CircuitState.HalfOpen) return null
      try {
        return await breaker.execute(send)
      } catch (error) {
        if (error instanceof BrokenCircuitError) return null
        throw error
      }
    },
  }
}

/**
 * cockatiel 4 holds its own real time since the opening against `duration`, which it reads at each question
 * (CircuitBreakerPolicy.js, execute): so it can be answered by our clock.
 */
function pauseBy(clock: Clock, ms: number): IBackoffFactory<unknown> {
  return {
    next(): IBackoff<unknown> {
      const until = clock.now() + ms
      return {
        get duration() {
          return clock.now() < until ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
        },
        next: pauseBy(clock, ms).next,
      }
    },
  }
}

function nameOf(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed'
  return state === CircuitState.HalfOpen ? 'half-open' : 'open'
}
