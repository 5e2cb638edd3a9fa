import type { Clock } from '../platform/clock.ts'

/**
 * Sentry's rate limits: per caller and endpoint, a fixed window and a number at once, told in the headers of every reply
 * (sentry-docs: docs/api/ratelimits.mdx). More tokens do not help, so what the headers say is kept to. Questions of the
 * background leave a third of each window, and a place at once, to live ones.
 */
export interface RateLimits {
  /** How long to ask nothing of that endpoint, ms; 0: it may be asked. `entered`: the question has its place already. */
  waitMs(endpoint: string, background: boolean, entered?: boolean): number
  /**
   * Waits for a place among those allowed at once, live questions first; false when `signal` ended first. Each true is
   * followed by `leave`.
   */
  enter(endpoint: string, signal: AbortSignal, background: boolean): Promise<boolean>
  leave(endpoint: string): void
  learn(endpoint: string, headers: Headers, status: number): void
}

interface EndpointState {
  blockedUntil: number
  /** As it was last told; null: not told. `resetAt` by our clock. */
  window: { limit: number; remaining: number; resetAt: number } | null
  underWay: number
  atOnce: number
  live: Set<() => void>
  background: Set<() => void>
}

/** Sentry documents no Retry-After: a 429 without a reset is waited out for this long. */
const BLIND_WAIT_MS = 10_000
/** A reset further away is no window's. */
const LONGEST_WAIT_MS = 300_000
const KEPT_FOR_LIVE = 1 / 3

export function createRateLimits(clock: Clock): RateLimits {
  const states = new Map<string, EndpointState>()

  function stateOf(endpoint: string): EndpointState {
    let state = states.get(endpoint)
    if (state === undefined) {
      const atOnce = Number.POSITIVE_INFINITY
      state = { blockedUntil: 0, window: null, underWay: 0, atOnce, live: new Set(), background: new Set() }
      states.set(endpoint, state)
    }
    return state
  }

  function letIn(state: EndpointState): void {
    for (const background of [false, true]) {
      const waiting = background ? state.background : state.live
      for (const wake of waiting) {
        if (!hasPlace(state, background)) break
        waiting.delete(wake)
        state.underWay += 1
        wake()
      }
    }
  }

  return {
    waitMs(endpoint, background, entered = false) {
      const state = stateOf(endpoint)
      const now = clock.now()
      const blocked = Math.max(0, state.blockedUntil - now)
      const { window } = state
      if (!background || window === null || window.resetAt <= now) return blocked
      const left = window.remaining - (entered ? state.underWay - 1 : state.underWay)
      return left > window.limit * KEPT_FOR_LIVE ? blocked : Math.max(blocked, window.resetAt - now)
    },
    enter(endpoint, signal, background) {
      const state = stateOf(endpoint)
      if (hasPlace(state, background)) {
        state.underWay += 1
        return Promise.resolve(true)
      }
      const waiting = background ? state.background : state.live
      return new Promise(resolve => {
        const giveUp = () => {
          waiting.delete(wake)
          resolve(false)
        }
        const wake = () => {
          signal.removeEventListener('abort', giveUp)
          resolve(true)
        }
        waiting.add(wake)
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
      const most = number('concurrentlimit')
      if (room >= 0) state.atOnce = Math.max(1, Math.min(state.underWay + room, most >= 0 ? most : Infinity))
      // The reset is told by Sentry's clock, and so is the date of the answer: what lies between is true by any clock.
      const date = Date.parse(headers.get('date') ?? '')
      const left = number('reset') * 1000 - (Number.isNaN(date) ? now : date)
      const resetAt = now + Math.min(left, LONGEST_WAIT_MS)
      const [limit, remaining] = [number('limit'), number('remaining')]
      if (limit > 0 && remaining >= 0 && left > 0) state.window = { limit, remaining, resetAt }
      if (status !== 429 && remaining !== 0) return
      const until = left > 0 ? resetAt : status === 429 ? now + BLIND_WAIT_MS : now
      state.blockedUntil = Math.max(state.blockedUntil, until)
    },
  }
}

function hasPlace({ underWay, atOnce }: EndpointState, background: boolean): boolean {
  return underWay < atOnce && (!background || underWay === 0 || underWay + 2 <= atOnce)
}
