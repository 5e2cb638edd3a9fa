import type { Clock } from '../platform/clock.ts'

/** How many requests went out of late, and how many of them came to nothing: the error rate of a source. */
export interface ApiTally {
  /** `failed`: no answer that can be used, whoever's fault it is. That an issue does not exist is an answer. */
  asked(source: string, failed: boolean): void
  of(source: string): { requests: number; failures: number; lastAnswerAt: number | null }
}

const MINUTE_MS = 60_000
const MINUTES = 10

interface Counted {
  /** Oldest first. */
  minutes: { minute: number; requests: number; failures: number }[]
  lastAnswerAt: number | null
}

export function createApiTally(clock: Clock): ApiTally {
  const bySource = new Map<string, Counted>()
  const minuteNow = () => Math.floor(clock.now() / MINUTE_MS)

  return {
    asked(source, failed) {
      const counted = bySource.get(source) ?? { minutes: [], lastAnswerAt: null }
      bySource.set(source, counted)
      let latest = counted.minutes.at(-1)
      if (latest === undefined || latest.minute !== minuteNow()) {
        latest = { minute: minuteNow(), requests: 0, failures: 0 }
        counted.minutes = [...counted.minutes.slice(1 - MINUTES), latest]
      }
      latest.requests += 1
      if (failed) latest.failures += 1
      else counted.lastAnswerAt = clock.now()
    },
    of(source) {
      const { minutes, lastAnswerAt } = bySource.get(source) ?? { minutes: [], lastAnswerAt: null }
      const ofLate = minutes.filter(({ minute }) => minuteNow() - minute < MINUTES)
      return {
        requests: ofLate.reduce((sum, { requests }) => sum + requests, 0),
        failures: ofLate.reduce((sum, { failures }) => sum + failures, 0),
        lastAnswerAt,
      }
    },
  }
}
