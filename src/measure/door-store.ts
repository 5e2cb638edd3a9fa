import type { Cluster, Redis } from 'ioredis'

/** Remembers since when webhooks have been taken without a gap: windows are only as complete as that. */
export interface DoorStore {
  /** Says that the door is open now; to be called every second or so by whoever has a door. */
  beat(now: number): Promise<void>
  /** From memory, as of the last beat or refresh. */
  openSince(): number
  /** For a process without a door. */
  refresh(): Promise<void>
}

/** Longer than a restart; what Sentry sends meanwhile is lost, and an error or two more or less says nothing. */
const GAP_MS = 60_000

const KEY = 'tocsin:{door}'

/** One script, so that several doors agree: the first beat after a gap begins anew. */
const BEAT = `
local last = tonumber(redis.call('HGET', KEYS[1], 'last') or '0')
local since = tonumber(redis.call('HGET', KEYS[1], 'since') or '0')
local now = tonumber(ARGV[1])
if now - last > tonumber(ARGV[2]) then since = now end
redis.call('HSET', KEYS[1], 'last', math.max(last, now), 'since', since)
return since
`

interface Scripts {
  tocsinDoorBeat(key: string, now: number, gap: number): Promise<number>
}

export function createDoorStore(redis: Redis | Cluster): DoorStore {
  redis.defineCommand('tocsinDoorBeat', { numberOfKeys: 1, lua: BEAT })
  const scripts = redis as unknown as Scripts
  // Until the first beat nothing is known to be complete.
  let since = Number.POSITIVE_INFINITY
  return {
    async beat(now) {
      since = await scripts.tocsinDoorBeat(KEY, Math.round(now), GAP_MS)
    },
    openSince: () => since,
    async refresh() {
      since = Number((await redis.hget(KEY, 'since')) ?? Number.POSITIVE_INFINITY)
    },
  }
}
