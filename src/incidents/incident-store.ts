import type { Cluster, Redis } from 'ioredis'
import { type Incident, incidentSchema, type TimelineEntry } from './incident.ts'
import { jsonText } from './json-text.ts'

/** A notification as the store keeps it beside its incident: it knows only what it needs for that. */
export interface OwedRecord {
  id: string
  [field: string]: unknown
}

export type CommitResult =
  | { committed: true }
  /** Someone else changed it since it was read: read, decide again. */
  | { committed: false; because: 'stale' }
  /** This signal was taken in before; what came of it then. */
  | { committed: false; because: 'applied'; outcome: string }

export interface Commit {
  /** The revision that was read; 0: there was none. */
  expected: number
  next: Incident
  entries: readonly TimelineEntry[]
  owed: readonly OwedRecord[]
  /** The signal that caused it, and what to answer when it comes again; null: nothing to remember. */
  signal: { id: string; outcome: string; forMs?: number } | null
  /** The signal it was last judged by, as JSON, for measuring again; null: keep the one there is. */
  judgedBy: string | null
}

export interface IncidentStore {
  read(id: string): Promise<Incident | null>
  readMany(ids: readonly string[]): Promise<Incident[]>
  /** What came of that signal at that incident before; null: it is new there. */
  applied(id: string, signal: string): Promise<string | null>
  /** One atomic step: the incident, its timeline, what is now owed, and that the signal was taken in. */
  commit(commit: Commit): Promise<CommitResult>
  judgedBy(id: string): Promise<string | null>
  /** A cause that cleared before there was an incident: remembered for an hour, by Sentry's time (ms). */
  clearedEarly(id: string, cause: string, at: number): Promise<void>
  /** The latest clear of that cause; null: none. */
  whenClearedEarly(id: string, cause: string): Promise<number | null>
  timeline(id: string, start: number, count: number): Promise<TimelineEntry[]>
  note(id: string, entries: readonly TimelineEntry[]): Promise<void>
  /** Says, before a commit, that this incident may owe something; a sweep looks at all that were never tidied. No mark is ever given twice. */
  markDirty(id: string): Promise<number>
  /** Takes the mark back if nothing was marked since. */
  tidy(id: string, mark: number): Promise<void>
  dirty(): Promise<{ id: string; mark: number }[]>
  /**
   * Brings the indexes up to date with the incident, unless they already know a later state of it; never the truth, can
   * be repaired from it.
   */
  index(incident: Incident): Promise<void>
  openIds(): Promise<string[]>
  /** Ids by last change, newest first. */
  recentIds(open: boolean, offset: number, count: number, oldestFirst?: boolean): Promise<string[]>
  /** Those whose measuring again is due. */
  due(now: number, limit: number): Promise<string[]>
  /** Of these, those that nobody else has taken up: due again in half a minute unless measuring says otherwise. */
  takeUp(ids: readonly string[], now: number): Promise<string[]>
  /** Those for which a step, a reminder or the end of a silence is due, longest overdue first. */
  stepsDue(now: number, limit: number): Promise<string[]>
  /** Of these, those that nobody else has taken up: due again in half a minute unless the incident says otherwise. */
  takeUpSteps(ids: readonly string[], now: number): Promise<string[]>
  /** When each of these is looked at for its next step, ms; null: never. */
  stepTimers(ids: readonly string[]): Promise<(number | null)[]>
  /** Due at once, if it is waiting to be measured at all. A hint: its next change makes it due as it says itself. */
  hasten(id: string, now: number): Promise<void>
}

/** How long a resolved incident is kept, ms; open ones stay. */
const KEEP_MS = 35 * 86_400_000
/** How long a signal id is remembered at its incident: longer than any retry or dedupe window. */
const REMEMBER_MS = 48 * 3_600_000
/** Longer than any judging waits for Sentry, retries included. */
const EARLY_MS = 3_600_000
/** Longer than any measuring: who took it up and died leaves it due again. */
const TAKEN_UP_MS = 30_000
const TIMELINE_LENGTH = 2_000

const COMMIT = `
if ARGV[5] ~= '' then
  local done = redis.call('GET', KEYS[4])
  if done then return {'applied', done} end
end
local rev = tonumber(redis.call('HGET', KEYS[1], 'rev') or '0')
if rev ~= tonumber(ARGV[1]) then return {'stale'} end
redis.call('HSET', KEYS[1], 'rev', ARGV[2], 'json', ARGV[3])
if ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'judgedBy', ARGV[6]) end
if ARGV[5] ~= '' then redis.call('SET', KEYS[4], ARGV[5], 'PX', ARGV[7]) end
local entries = tonumber(ARGV[9])
for i = 1, entries do redis.call('RPUSH', KEYS[2], ARGV[9 + i]) end
redis.call('LTRIM', KEYS[2], -${TIMELINE_LENGTH}, -1)
for i = 10 + entries, #ARGV, 2 do redis.call('HSETNX', KEYS[3], ARGV[i], ARGV[i + 1]) end
for k = 1, 3 do
  if ARGV[4] == 'resolved' then redis.call('PEXPIRE', KEYS[k], ARGV[8]) else redis.call('PERSIST', KEYS[k]) end
end
return {'ok'}
`

/** Two processes index in any order: an older state must not undo a newer one. */
const INDEX = `
local known = redis.call('HGET', KEYS[4], ARGV[1])
if known and tonumber(known) > tonumber(ARGV[6]) then return 0 end
redis.call('HSET', KEYS[4], ARGV[1], ARGV[6])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])) do
  redis.call('ZREM', KEYS[1], old)
  redis.call('HDEL', KEYS[4], old)
end
if ARGV[4] == 'resolved' then redis.call('ZREM', KEYS[2], ARGV[1]) else redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1]) end
if ARGV[5] == '' then redis.call('ZREM', KEYS[3], ARGV[1]) else redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1]) end
if ARGV[7] == '' then redis.call('ZREM', KEYS[5], ARGV[1]) else redis.call('ZADD', KEYS[5], ARGV[7], ARGV[1]) end
return 1
`

/** Several processes look at what is due; one of them measures it. */
const TAKE_UP = `
local taken = {}
for i = 3, #ARGV do
  local due = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if due and tonumber(due) <= tonumber(ARGV[1]) then
    redis.call('ZADD', KEYS[1], ARGV[2], ARGV[i])
    taken[#taken + 1] = ARGV[i]
  end
end
return taken
`

const MARK = `
local mark = redis.call('INCR', KEYS[2])
redis.call('HSET', KEYS[1], ARGV[1], mark)
return mark
`

const TIDY = `if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('HDEL', KEYS[1], ARGV[1]) end return 0`

interface Scripts {
  tocsinCommit(...args: (string | number)[]): Promise<[string, string?]>
  tocsinMark(...args: (string | number)[]): Promise<number>
  tocsinTidy(...args: (string | number)[]): Promise<number>
  tocsinIndex(...args: (string | number)[]): Promise<number>
  tocsinTakeUp(...args: (string | number)[]): Promise<string[]>
}

export const incidentKeys = {
  incident: (id: string) => `tocsin:{${id}}:incident`,
  timeline: (id: string) => `tocsin:{${id}}:timeline`,
  notifications: (id: string) => `tocsin:{${id}}:notifications`,
  early: (id: string, cause: string) => `tocsin:{${id}}:cleared-early:${cause}`,
  applied: (id: string, signal: string) => `tocsin:{${id}}:applied:${signal}`,
}

const OPEN = 'tocsin:{incidents}:open'
const ALL = 'tocsin:{incidents}:all'
const DUE = 'tocsin:{incidents}:due'
const STEPS = 'tocsin:{incidents}:steps'
/** The revision that the indexes know of each. */
const REVS = 'tocsin:{incidents}:revs'
const DIRTY = 'tocsin:{incidents}:dirty'
const MARKS = 'tocsin:{incidents}:marks'

/** Incidents in Redis: one incident is one slot; everything over several is an index. */
export function createIncidentStore(redis: Redis | Cluster): IncidentStore {
  redis.defineCommand('tocsinCommit', { numberOfKeys: 4, lua: COMMIT })
  redis.defineCommand('tocsinMark', { numberOfKeys: 2, lua: MARK })
  redis.defineCommand('tocsinTidy', { numberOfKeys: 1, lua: TIDY })
  redis.defineCommand('tocsinIndex', { numberOfKeys: 5, lua: INDEX })
  redis.defineCommand('tocsinTakeUp', { numberOfKeys: 1, lua: TAKE_UP })
  const scripts = redis as unknown as Scripts

  const read = async (id: string) => parse(await redis.hget(incidentKeys.incident(id), 'json'))

  return {
    read,
    async readMany(ids) {
      return (await Promise.all(ids.map(read))).filter(found => found !== null)
    },
    applied: (id, signal) => redis.get(incidentKeys.applied(id, signal)),
    async commit({ expected, next, entries, owed, signal, judgedBy }) {
      const id = next.id
      const [result, outcome] = await scripts.tocsinCommit(
        incidentKeys.incident(id),
        incidentKeys.timeline(id),
        incidentKeys.notifications(id),
        incidentKeys.applied(id, signal?.id ?? ''),
        expected,
        next.rev,
        jsonText(next),
        next.status,
        signal?.outcome ?? '',
        judgedBy ?? '',
        signal?.forMs ?? REMEMBER_MS,
        KEEP_MS,
        entries.length,
        ...entries.map(item => jsonText(item)),
        ...owed.flatMap(item => [item.id, jsonText(item)]),
      )
      if (result === 'ok') return { committed: true }
      if (result === 'applied') return { committed: false, because: 'applied', outcome: outcome ?? '' }
      return { committed: false, because: 'stale' }
    },
    judgedBy: id => redis.hget(incidentKeys.incident(id), 'judgedBy'),
    async clearedEarly(id, cause, at) {
      const key = incidentKeys.early(id, cause)
      const known = Number((await redis.get(key)) ?? Number.NEGATIVE_INFINITY)
      if (at > known) await redis.set(key, at, 'PX', EARLY_MS)
    },
    async whenClearedEarly(id, cause) {
      const at = await redis.get(incidentKeys.early(id, cause))
      return at === null ? null : Number(at)
    },
    async timeline(id, start, count) {
      const found = await redis.lrange(incidentKeys.timeline(id), start, start + count - 1)
      return found.map(text => JSON.parse(text) as TimelineEntry)
    },
    async note(id, entries) {
      if (entries.length > 0) await redis.rpush(incidentKeys.timeline(id), ...entries.map(item => jsonText(item)))
    },
    markDirty: id => scripts.tocsinMark(DIRTY, MARKS, id),
    async tidy(id, mark) {
      await scripts.tocsinTidy(DIRTY, id, mark)
    },
    async dirty() {
      const all = await redis.hgetall(DIRTY)
      return Object.entries(all).map(([id, mark]) => ({ id, mark: Number(mark) }))
    },
    async index({ id, rev, status, updatedAt, remeasureAt, stepAt }) {
      const oldest = updatedAt - KEEP_MS
      const keys = [ALL, OPEN, DUE, REVS, STEPS]
      await scripts.tocsinIndex(...keys, id, updatedAt, oldest, status, remeasureAt ?? '', rev, stepAt ?? '')
    },
    openIds: () => redis.zrange(OPEN, 0, '-1'),
    recentIds(open, offset, count, oldestFirst = false) {
      const [index, last] = [open ? OPEN : ALL, String(offset + count - 1)]
      return oldestFirst ? redis.zrange(index, offset, last) : redis.zrange(index, offset, last, 'REV')
    },
    due: (now, limit) => redis.zrangebyscore(DUE, '-inf', now, 'LIMIT', 0, limit),
    takeUp: async (ids, now) => (ids.length === 0 ? [] : scripts.tocsinTakeUp(DUE, now, now + TAKEN_UP_MS, ...ids)),
    stepsDue: (now, limit) => redis.zrangebyscore(STEPS, '-inf', now, 'LIMIT', 0, limit),
    takeUpSteps: async (ids, now) =>
      ids.length === 0 ? [] : scripts.tocsinTakeUp(STEPS, now, now + TAKEN_UP_MS, ...ids),
    async stepTimers(ids) {
      if (ids.length === 0) return []
      const found = await redis.zmscore(STEPS, ...ids)
      return found.map(score => (score === null ? null : Number(score)))
    },
    async hasten(id, now) {
      await redis.zadd(DUE, 'XX', 'LT', now, id)
    },
  }
}

function parse(json: string | null): Incident | null {
  return json === null ? null : incidentSchema.parse(JSON.parse(json))
}
