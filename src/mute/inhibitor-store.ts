import { createHash } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'

/** One rule and the values that source and target must share: under it open sources are found without reading the others. */
export interface InhibitorPlace {
  rule: string
  values: string
}

export interface InhibitorStore {
  /** These are the places of that open incident now, and no others; empty: it holds nobody back (any more). */
  place(incident: string, places: readonly InhibitorPlace[], at: number): Promise<void>
  /** Whoever may hold back what has these values, oldest first. A hint: the incident itself is the truth. */
  at(place: InhibitorPlace): Promise<string[]>
  /** Written down before the one that waits is committed, so that it is found when its speaker ends. */
  wait(speaker: string, target: string): Promise<void>
  /** Whom it held back. They stay listed until `released`: one that could not be told is found again. */
  waiting(speaker: string): Promise<string[]>
  released(speaker: string, target: string): Promise<void>
}

/** As long as a resolved incident is kept. */
const KEEP_MS = 35 * 86_400_000
/** Of so many sources alike one is looked at that speaks; if none of them does, the target speaks. */
const MOST_LOOKED_AT = 50

export function createInhibitorStore(redis: Redis | Cluster): InhibitorStore {
  const placeKey = ({ rule, values }: InhibitorPlace) =>
    `tocsin:{inhibitors:${createHash('sha256').update(`${rule}|${values}`).digest('hex').slice(0, 24)}}`
  const placesKey = (incident: string) => `tocsin:{${incident}}:inhibits-at`
  const waitsKey = (speaker: string) => `tocsin:{${speaker}}:inhibited`

  return {
    async place(incident, places, at) {
      const known = await redis.smembers(placesKey(incident))
      const now = places.map(placeKey)
      const fresh = now.filter(key => !known.includes(key))
      const gone = known.filter(key => !now.includes(key))
      if (fresh.length === 0 && gone.length === 0) return
      // Listed with the incident first: what a crash leaves in an index is found, and checked, where it is read.
      if (fresh.length > 0) await redis.sadd(placesKey(incident), ...fresh)
      await Promise.all([
        ...fresh.flatMap(key => [redis.zadd(key, at, incident), redis.pexpire(key, KEEP_MS)]),
        ...gone.map(key => redis.zrem(key, incident)),
      ])
      if (gone.length > 0) await redis.srem(placesKey(incident), ...gone)
      await redis.pexpire(placesKey(incident), KEEP_MS)
    },
    at: place => redis.zrange(placeKey(place), 0, String(MOST_LOOKED_AT - 1)),
    async wait(speaker, target) {
      await redis.sadd(waitsKey(speaker), target)
      await redis.pexpire(waitsKey(speaker), KEEP_MS)
    },
    waiting: speaker => redis.smembers(waitsKey(speaker)),
    async released(speaker, target) {
      await redis.srem(waitsKey(speaker), target)
    },
  }
}
