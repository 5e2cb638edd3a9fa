import type { Cluster, Redis } from 'ioredis'

export interface Pace {
  key: string
  intervalMs: number
  /** How many may leave at once after a rest. */
  burst: number
}

export interface PacingStore {
  /** Takes the next slot and says how long to wait for it, ms; 0: now. */
  reserve(pace: Pace, now: number): Promise<number>
  /** Takes a slot only if it is free now. */
  take(pace: Pace, now: number): Promise<boolean>
}

/** GCRA: one number a key, the time at which the next slot would be if all came evenly. */
const RESERVE = `
local tat = tonumber(redis.call('GET', KEYS[1]) or '0')
local now, interval, burst, only = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
if tat < now then tat = now end
local wait = tat - (burst - 1) * interval - now
if wait < 0 then wait = 0 end
if wait > 0 and only == 'now' then return math.ceil(wait) end
redis.call('SET', KEYS[1], tat + interval, 'PX', math.ceil(tat + interval - now) + 1000)
return math.ceil(wait)
`

interface Scripts {
  tocsinReserve(...args: (string | number)[]): Promise<number>
}

/** Slots per routing key or channel, shared by every process. Times are the caller's clock, ms. */
export function createPacingStore(redis: Redis | Cluster): PacingStore {
  redis.defineCommand('tocsinReserve', { numberOfKeys: 1, lua: RESERVE })
  const scripts = redis as unknown as Scripts
  const run = (pace: Pace, now: number, mode: 'now' | 'wait') =>
    scripts.tocsinReserve(`tocsin:{pace:${pace.key}}`, Math.round(now), pace.intervalMs, pace.burst, mode)
  return {
    reserve: (pace, now) => run(pace, now, 'wait'),
    take: async (pace, now) => (await run(pace, now, 'now')) === 0,
  }
}
