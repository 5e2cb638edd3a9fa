import type { Clock } from '../platform/clock.ts'

/**
 * Sentry's rate limits: per caller and endpoint, a fixed window and a number at once, told in the headers of every reply
 * (sentry-docs: docs/api/ratelimits.mdx). More tokens do not help, so what the headers say is kept to.
 */
export interface RateLimits {
  /** How long to ask nothing of that endpoint, ms; 0: it may be asked. */
  waitMs(endpoint: string): number
  /** Waits for a place among those allowed at once; false when `signal` ended first. Each true is followed by `leave`. */
  enter(endpoint: string, signal: AbortSignal): Promise<boolean>
  leave(endpoint: string): void
  learn(endpoint: string, headers: Headers, status: number): void
}

interface EndpointState {
  blockedUntil: number
  underWay: number
  atOnce: number
  waiting: Set<() => void>
}

/** Sentry documents no Retry-After: a 429 without a reset is waited out for this long. */
const BLIND_WAIT_MS = 10_000
/** A reset further away is a wrong clock. */
const LONGEST_WAIT_MS = 300_000

export function createRateLimits(clock: Clock): RateLimits {
  const states = new Map<string, EndpointState>()

  function stateOf(endpoint: string): EndpointState {
    let state = states.get(endpoint)
    if (state === undefined) {
      state = { blockedUntil: 0, underWay: 0, atOnce: Number.POSITIVE_INFINITY, waiting: new Set() }
      states.set(endpoint, state)
    }
    return state
  }

  function letIn(state: EndpointState): void {
    for (const wake of state.waiting) {
      if (state.underWay >= state.atOnce) return
      state.waiting.delete(wake)
      state.underWay += 1
      wake()
    }
  }

  return {
    waitMs: endpoint => Math.max(0, stateOf(endpoint).blockedUntil - clock.now()),
    enter(endpoint, signal) {
      const state = stateOf(endpoint)
      if (state.underWay < state.atOnce) {
        state.underWay += 1
        return Promise.resolve(true)
      }
      return new Promise(resolve => {
        const giveUp = () => {
          state.waiting.delete(wake)
          resolve(false)
        }
        const wake = () => {
          signal.removeEventListener('abort', giveUp)
          resolve(true)
        }
        state.waiting.add(wake)
        signal.addEventListener('abort', giveUp, { once: true })
      })
    },
    leave(endpoint) {
      const state = stateOf(endpoint)
      state.underWay -= 1
      letIn(state)
    },
    learn(endpoint, headers, status) {
      const state = stateOf(endpoint)
      const now = clock.now()
      const number = (name: string) => Number.parseInt(headers.get(`x-sentry-rate-limit-${name}`) ?? '', 10)
      // Ours under way, and as many more as Sentry still has room for: others may share the identity.
      const room = number('concurrentremaining')
      const limit = number('concurrentlimit')
      if (room >= 0) state.atOnce = Math.max(1, Math.min(state.underWay + room, limit >= 0 ? limit : Infinity))
      if (status !== 429 && number('remaining') !== 0) return
      const reset = number('reset') * 1000
      const until = reset > now ? Math.min(reset, now + LONGEST_WAIT_MS) : status === 429 ? now + BLIND_WAIT_MS : now
      state.blockedUntil = Math.max(state.blockedUntil, until)
    },
  }
}
