import type { Cluster, Redis } from 'ioredis'
import { z } from 'zod'
import { inStorm, type Newcomer, type StormAnswer, type StormRule } from './in-storm.ts'

/** May it speak for others? `unknown`: it is not written down yet, and may be any moment. */
export type MaySpeak = 'yes' | 'no' | 'unknown'

export interface StormStore {
  /**
   * Counts an incident that opens under one scope (`project:web`), atomically, and says whether a storm speaks for it.
   * `members`: everybody that is held back there now, itself included.
   */
  join(
    source: string,
    scope: string,
    newcomer: Newcomer,
    rule: StormRule,
    maySpeak: (id: string) => Promise<MaySpeak>,
  ): Promise<StormAnswer & { members: string[] }>
  /** It has ended, or left its lane: whom it held back under these scopes, once. */
  leave(source: string, scopes: readonly string[], incident: string): Promise<string[]>
}

const laneSchema = z.object({
  recent: z.array(z.object({ incident: z.string(), at: z.number() })),
  speaker: z.string().nullable(),
  speakerAt: z.number(),
  members: z.array(z.string()),
  lastAt: z.number(),
})
export type Lane = z.infer<typeof laneSchema>

export const EMPTY_LANE: Lane = { recent: [], speaker: null, speakerAt: 0, members: [], lastAt: 0 }
/** A storm is remembered for as long as anybody could still be held back by it. */
const KEEP_MS = 35 * 86_400_000
/** Long enough for the commit that follows a claim. */
const GRACE_MS = 30_000
/** Thousands of incidents in a minute: what is beyond is held back all the same, and found through its own incident. */
const MOST_MEMBERS = 2_000
const MOST_RECENT = 100

/** ARGV: lane, its value as it was read ('' none), its value now ('' none), keep ms. */
const SWAP = `
local old = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if old ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`

interface Scripts {
  tocsinStorm(...args: (string | number)[]): Promise<number>
}

/** A lane as it was read; `as`: what it is known by when it is changed. */
export interface LaneRead {
  lane: Lane
  as: unknown
}

/** Where the lanes of a scope are kept, each changed by compare-and-set. */
export interface StormLanes {
  get(key: string, lane: string): Promise<LaneRead>
  lanes(key: string): Promise<string[]>
  /** False: it is not what was read any more. null: none any more. */
  swap(key: string, lane: string, was: LaneRead, is: Lane | null): Promise<boolean>
}

/** Storms in Redis: one hash a scope, a field a lane. `look`: as they are kept, for who changes nothing. */
export function createStormStore(redis: Redis | Cluster): StormStore & { look: Pick<StormLanes, 'get' | 'lanes'> } {
  redis.defineCommand('tocsinStorm', { numberOfKeys: 1, lua: SWAP })
  const scripts = redis as unknown as Scripts
  const lanes: StormLanes = {
    async get(key, lane) {
      const text = await redis.hget(key, lane)
      return { lane: text === null ? EMPTY_LANE : laneSchema.parse(JSON.parse(text)), as: text ?? '' }
    },
    lanes: async key => Object.keys(await redis.hgetall(key)),
    async swap(key, lane, { as }, is) {
      const text = is === null ? '' : JSON.stringify(is)
      return (await scripts.tocsinStorm(key, lane, String(as), text, KEEP_MS)) === 1
    },
  }
  return { ...stormsIn(lanes), look: { get: lanes.get, lanes: lanes.lanes } }
}

/** Changes by compare-and-set around the pure decision. */
export function stormsIn(lanes: StormLanes): StormStore {
  const keyOf = (source: string, scope: string) => `tocsin:{storm:${source}:${scope}}`

  return {
    async join(source, scope, newcomer, rule, maySpeak) {
      const key = keyOf(source, scope)
      const { incident, lane } = newcomer
      for (;;) {
        const was = await lanes.get(key, lane)
        const known = await stillThere(was.lane, newcomer, rule, maySpeak)
        const answer = inStorm(newcomer, known, rule)
        const next = after(known, newcomer, answer)
        const members = next.members.slice(0, MOST_MEMBERS)
        if (await lanes.swap(key, lane, was, { ...next, members, recent: next.recent.slice(-MOST_RECENT) }))
          return { ...answer, members: answer.spokenFor ? [...members, incident].filter(unique) : members }
      }
    },
    async leave(source, scopes, incident) {
      const freed: string[] = []
      for (const scope of scopes) {
        const key = keyOf(source, scope)
        for (const lane of await lanes.lanes(key)) {
          for (;;) {
            const was = await lanes.get(key, lane)
            const known = was.lane
            const spoke = known.speaker === incident
            const recent = known.recent.filter(one => one.incident !== incident)
            const members = known.members.filter(one => one !== incident)
            if (!spoke && recent.length === known.recent.length && members.length === known.members.length) break
            const empty = recent.length === 0 && members.length === 0
            const next = { ...known, recent, members, speaker: spoke ? null : known.speaker }
            if (!(await lanes.swap(key, lane, was, empty && next.speaker === null ? null : next))) continue
            if (spoke) freed.push(...members)
            break
          }
        }
      }
      return freed.filter(unique)
    },
  }
}

/** Only who may speak counts: what was claimed a moment ago may still be on its way to the store. */
async function stillThere(
  lane: Lane,
  { incident, at }: Newcomer,
  rule: StormRule,
  maySpeak: (id: string) => Promise<MaySpeak>,
): Promise<Lane> {
  const lives = async (id: string, since: number): Promise<boolean> => {
    if (id === incident) return true
    const answer = await maySpeak(id)
    return answer === 'yes' || (answer === 'unknown' && at - since < GRACE_MS)
  }
  const late = lane.recent.filter(one => at - one.at <= rule.withinMs)
  // Asked for only where it decides: each is a read.
  const asked = lane.speaker === null && late.length + 1 >= rule.incidents
  const alive = asked ? await Promise.all(late.map(one => lives(one.incident, one.at))) : late.map(() => true)
  const speaks = lane.speaker !== null && (await lives(lane.speaker, lane.speakerAt))
  return { ...lane, recent: late.filter((_, i) => alive[i]), speaker: speaks ? lane.speaker : null }
}

function after(known: Lane, { incident, at }: Newcomer, answer: StormAnswer): Lane {
  const members = known.members.filter(one => one !== incident)
  if (answer.spokenFor) {
    const begins = known.speaker !== answer.speaker
    return {
      recent: begins ? [] : known.recent,
      speaker: answer.speaker,
      speakerAt: begins ? at : known.speakerAt,
      members: [...members, ...answer.hush, incident].filter(unique).filter(one => one !== answer.speaker),
      lastAt: Math.max(known.lastAt, at),
    }
  }
  if (answer.leads.length > 0) return { ...known, members, speaker: incident, speakerAt: at }
  if (known.speaker === incident) return known
  const recent = [...known.recent.filter(one => one.incident !== incident), { incident, at }]
  return { ...known, members, recent }
}

function unique<T>(item: T, index: number, all: readonly T[]): boolean {
  return all.indexOf(item) === index
}
