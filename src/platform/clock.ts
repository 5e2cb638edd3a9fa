/** The only place that reads the time. Everything else is handed a clock, so tests can wind it. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** A clock that runs like the system's, plus what it was wound forward by: real timers and wound waits both work. */
export interface WoundClock extends Clock {
  /** Winds the clock forward by `ms` milliseconds. */
  wind(ms: number): void
}

export function woundClock(base: Clock = systemClock): WoundClock {
  let ahead = 0
  return {
    now: () => base.now() + ahead,
    wind: ms => {
      ahead += ms
    },
  }
}
