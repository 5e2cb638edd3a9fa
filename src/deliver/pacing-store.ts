import type { Cluster, Redis } from 'ioredis'

export interface Pace {
  key: string
  intervalMs: number
  /** How many may leave at once after a rest. */
  burst: number
}

export interface PacingStore {
  /** Takes the next slot and says how long to wait for it, ms; 0: now. One beyond LONGEST_WAIT_MS is not taken. */
  reserve(pace: Pace, now: number): Promise<number>
  /** Takes a slot only if it is free now. */
  take(pace: Pace, now: number): Promise<boolean>
  /** The provider asked for quiet: no slot for `ms`, for anybody. */
  hold(pace: Pace, now: number, ms: number): Promise<void>
}

/** Several workers at one channel wait a few seconds; what is longer was asked for by the provider. */
export const LONGEST_WAIT_MS = 10_000

/** GCRA: one number a key, the time at which the next slot would be if all came evenly. */
const RESERVE = `
local tat = tonumber(redis.call('GET', KEYS[1]) or '0')
local now, interval, burst, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if tat < now then tat = now end
local wait = tat - (burst - 1) * interval - now
if wait < 0 then wait = 0 end
if wait > longest then return math.ceil(wait) end
redis.call('SET', KEYS[1], tat + interval, 'PX', math.ceil(tat + interval - now) + 1000)
return math.ceil(wait)
`

/** Puts the next slot off, never forward. */
const HOLD = `
local tat = tonumber(redis.call('GET', KEYS[1]) or '0')
local now, interval, burst, ms = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local held = now + ms + (burst - 1) * interval
if held > tat then redis.call('SET', KEYS[1], held, 'PX', math.ceil(held - now) + 1000) end
return 1
`

interface Scripts {
  tocsinHold(...args: (string | number)[]): Promise<number>
  tocsinReserve(...args: (string | number)[]): Promise<number>
}

/** Slots per routing key or channel, shared by every process. Times are the caller's clock, ms. */
export function createPacingStore(redis: Redis | Cluster): PacingStore {
  redis.defineCommand('tocsinReserve', { numberOfKeys: 1, lua: RESERVE })
  redis.defineCommand('tocsinHold', { numberOfKeys: 1, lua: HOLD })
  const scripts = redis as unknown as Scripts
  const run = (pace: Pace, now: number, longest: number) =>
    scripts.tocsinReserve(`tocsin:{pace:${pace.key}}`, Math.round(now), pace.intervalMs, pace.burst, longest)
  return {
    reserve: (pace, now) => run(pace, now, LONGEST_WAIT_MS),
    take: async (pace, now) => (await run(pace, now, 0)) === 0,
    async hold(pace, now, ms) {
      await scripts.tocsinHold(`tocsin:{pace:${pace.key}}`, Math.round(now), pace.intervalMs, pace.burst, Math.ceil(ms))
    },
  }
}
