import type { Cluster, Redis } from 'ioredis'

/** What kept an incident quiet. */
export interface Hider {
  kind: 'silence' | 'maintenance' | 'inhibition'
  id: string
}

export interface HidStore {
  /** True: that incident is new there. Repeating adds nothing. */
  add(hider: Hider, incident: string, at: number): Promise<boolean>
  /** How many incidents it kept quiet, and the newest of them with when it first did (ms). */
  of(hider: Hider, most: number): Promise<{ count: number; incidents: { incident: string; at: number }[] }>
  count(hider: Hider): Promise<number>
}

/** As long as a silence that has ended is kept. */
const KEEP_MS = 100 * 86_400_000
const MOST = 10_000

/** Added once; the oldest are forgotten beyond a bound that nobody reads through, but counted on. */
const ADD = `
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -${MOST + 1})
redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[1], ${KEEP_MS})
redis.call('PEXPIRE', KEYS[2], ${KEEP_MS})
return 1
`

interface Scripts {
  tocsinHid(listed: string, counted: string, incident: string, at: number): Promise<number>
}

/** An index: the truth is in each incident's timeline. */
export function createHidStore(redis: Redis | Cluster): HidStore {
  redis.defineCommand('tocsinHid', { numberOfKeys: 2, lua: ADD })
  const scripts = redis as unknown as Scripts
  const listed = ({ kind, id }: Hider) => `tocsin:{hid:${kind}:${id}}:incidents`
  const counted = ({ kind, id }: Hider) => `tocsin:{hid:${kind}:${id}}:count`
  const count = async (hider: Hider) => Number((await redis.get(counted(hider))) ?? 0)
  return {
    count,
    async add(hider, incident, at) {
      return (await scripts.tocsinHid(listed(hider), counted(hider), incident, at)) === 1
    },
    async of(hider, most) {
      const [total, found] = await Promise.all([
        count(hider),
        redis.zrange(listed(hider), 0, String(most - 1), 'REV', 'WITHSCORES'),
      ])
      const incidents: { incident: string; at: number }[] = []
      for (let i = 0; i < found.length; i += 2) incidents.push({ incident: found[i] ?? '', at: Number(found[i + 1]) })
      return { count: total, incidents }
    },
  }
}
