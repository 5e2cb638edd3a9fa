import type { Cluster, Redis } from 'ioredis'
import { z } from 'zod'

/** How far the rounds have come that ask Sentry what its webhooks did not tell. Times: ms. */
export const pollStateSchema = z.object({
  /** Everything Sentry saw last up to here has been reconciled, by Sentry's clock; null: no round was ever finished. */
  through: z.number().nullable().default(null),
  /** Since when this source is watched, by Sentry's clock. */
  since: z.number().nullable().default(null),
  /** Our clock minus Sentry's, roughly, as of the last round that was finished. */
  offset: z.number().default(0),
  /** The last round that was finished, by our clock. */
  lastOkAt: z.number().nullable().default(null),
  /** Rounds that failed since, and why the last one did. */
  failures: z.number().int().default(0),
  error: z.string().nullable().default(null),
  /** Rounds in a row in which something that Sentry did answer could not be handled here. */
  stuck: z.number().int().default(0),
  /** Open incidents are looked up in turns: the last one of the turn before. */
  checked: z.string().default(''),
  /** A long time without a finished round that is being caught up with: from where (Sentry's clock), since when (ours). */
  gap: z.object({ from: z.number(), startedAt: z.number() }).nullable().default(null),
  /** The incident that told of a gap, until it is closed. */
  summary: z.string().nullable().default(null),
})
export type PollState = z.infer<typeof pollStateSchema>

/** What a round found and fed in, until it is known whether its webhook was only late. */
export const unheardSchema = z.object({
  incident: z.string(),
  what: z.string(),
  fedAt: z.number(),
  /** Without a webhook until then it counts as missed, by our clock. */
  due: z.number(),
})
export type Unheard = z.infer<typeof unheardSchema>

/** A problem that arose in a gap. */
export const gapItemSchema = z.object({
  issue: z.string(),
  incident: z.string(),
  title: z.string(),
  link: z.string().nullable(),
  users: z.number().nullable(),
  open: z.boolean(),
})
export type GapItem = z.infer<typeof gapItemSchema>

export interface Lease {
  /** As it was last written. */
  readonly state: PollState
  /** Holds it on. false: another has taken over; whoever had it stops. */
  renew(): Promise<boolean>
  /** Written only while held; false: it is no longer. */
  write(state: PollState): Promise<boolean>
  /** Ends the turn: due again at `retryAt`, or when the usual time is over (null). */
  end(state: PollState, turn: { startedAt: number; retryAt: number | null }): Promise<boolean>
  /** Gives the turn up as if it had never begun: another may take it at once. */
  giveUp(): Promise<void>
}

/** As of the last refresh. */
export interface PollView {
  /** When the last round began that came to an end, well or not, by our clock. */
  lastPollAt: number | null
  lastOkAt: number | null
  error: string | null
  /** How far behind Sentry; null: no round was ever finished. */
  behindMs: number | null
}

export interface MissedIssues {
  count: number
  /** When Sentry first saw the oldest and the newest of them; null: there is none. */
  firstAt: number | null
  lastAt: number | null
}

export interface PollStore {
  /** Takes the turn: null when it is not due, or another has it. `token` is new each time. */
  claim(source: string, turn: { now: number; everyMs: number; token: string }): Promise<Lease | null>

  /** When something was first noted, by our clock; null: never, or long ago. */
  noted(source: string, name: string): Promise<number | null>
  /** Notes it; `anew`: even if it was noted before. */
  note(source: string, name: string, now: number, anew?: boolean): Promise<void>

  hold(source: string, issue: string, unheard: Unheard): Promise<void>
  unheard(source: string): Promise<{ issue: string; item: Unheard }[]>
  drop(source: string, issues: readonly string[]): Promise<void>

  /** Of the gap that began at `from`. */
  addToGap(source: string, from: number, item: GapItem): Promise<void>
  gapItems(source: string, from: number): Promise<GapItem[]>
  clearGap(source: string, from: number): Promise<void>

  /** A new issue, of a kind that a webhook should have told, that a round found first. */
  foundNew(source: string, issue: string, firstSeen: number): Promise<void>
  tidy(source: string, now: number): Promise<void>

  /** From memory. */
  view(source: string, now: number): PollView
  /** From memory: new issues that rounds found first, of the last day, first seen after `since` (null: all). */
  missedSince(source: string, since: number | null): MissedIssues
  refresh(sources: readonly string[], now: number): Promise<void>
}

/** By the server's own clock: so long after its holder died, another takes over. */
export const LEASE_MS = 15_000
const KEEP_NOTES_MS = 7 * 86_400_000
/** Longer than any gap is caught up with. */
const KEEP_GAP_MS = 7 * 86_400_000
const NEW_KEPT_MS = 24 * 3_600_000
/** More than become known while a silence is waited for: the oldest of them says since when. */
const MOST_NEW = 2_000

/**
 * ARGV: token, now, every, lease. The last turn may lie ahead by as much as the clocks of two processes differ; further
 * ahead than that a clock was set back, which makes it due.
 */
const CLAIM = `
local now = tonumber(ARGV[2])
local last = tonumber(redis.call('HGET', KEYS[1], 'lastPollAt') or '')
local retry = tonumber(redis.call('HGET', KEYS[1], 'retryAt') or '')
local every = tonumber(ARGV[3])
if last and last <= now + every then
  local due = last + every
  if retry then due = retry end
  if now < due then return false end
end
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[4]) then return false end
return redis.call('HGET', KEYS[1], 'json') or ''
`
const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`
/** ARGV: token, state, and at the end of a turn: when it began, when to retry ('': at the usual time). */
const WRITE = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'json', ARGV[2])
if ARGV[3] then
  redis.call('HSET', KEYS[1], 'lastPollAt', ARGV[3])
  if ARGV[4] == '' then redis.call('HDEL', KEYS[1], 'retryAt') else redis.call('HSET', KEYS[1], 'retryAt', ARGV[4]) end
  redis.call('DEL', KEYS[2])
end
return 1
`
const GIVE_UP = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`

interface Scripts {
  tocsinPollClaim(...args: (string | number)[]): Promise<string | null>
  tocsinPollRenew(...args: (string | number)[]): Promise<number>
  tocsinPollWrite(...args: (string | number)[]): Promise<number>
  tocsinPollGiveUp(...args: (string | number)[]): Promise<number>
}

const keysOf = (source: string) => {
  const key = (name: string) => `tocsin:{poll:${source}}:${name}`
  return {
    state: key('state'),
    lease: key('lease'),
    notes: key('notes'),
    unheard: key('unheard'),
    gap: (from: number) => key(`gap-${from}`),
    found: key('new'),
  }
}

/** Where reconciliation stands, per source, and who has the turn: one process, however many run. One source is one slot. */
export function createPollStore(redis: Redis | Cluster): PollStore {
  redis.defineCommand('tocsinPollClaim', { numberOfKeys: 2, lua: CLAIM })
  redis.defineCommand('tocsinPollRenew', { numberOfKeys: 1, lua: RENEW })
  redis.defineCommand('tocsinPollWrite', { numberOfKeys: 2, lua: WRITE })
  redis.defineCommand('tocsinPollGiveUp', { numberOfKeys: 1, lua: GIVE_UP })
  const scripts = redis as unknown as Scripts
  const known = new Map<string, { state: PollState; lastPollAt: number | null; found: number[] }>()

  return {
    async claim(source, { now, everyMs, token }) {
      const { state, lease } = keysOf(source)
      const json = await scripts.tocsinPollClaim(state, lease, token, Math.round(now), everyMs, LEASE_MS)
      if (json === null) return null
      let current = readState(json)
      const write = async (next: PollState, ...turn: (string | number)[]) => {
        const written = (await scripts.tocsinPollWrite(state, lease, token, JSON.stringify(next), ...turn)) === 1
        if (written) current = next
        return written
      }
      return {
        get state() {
          return current
        },
        renew: async () => (await scripts.tocsinPollRenew(lease, token, LEASE_MS)) === 1,
        write: next => write(next),
        end: (next, { startedAt, retryAt }) =>
          write(next, Math.round(startedAt), retryAt === null ? '' : Math.round(retryAt)),
        async giveUp() {
          await scripts.tocsinPollGiveUp(lease, token)
        },
      }
    },

    async noted(source, name) {
      const at = await redis.zscore(keysOf(source).notes, name)
      return at === null ? null : Number(at)
    },
    async note(source, name, now, anew = false) {
      const { notes } = keysOf(source)
      if (anew) await redis.zadd(notes, now, name)
      else await redis.zadd(notes, 'NX', now, name)
    },

    async hold(source, issue, unheard) {
      await redis.hset(keysOf(source).unheard, issue, JSON.stringify(unheard))
    },
    async unheard(source) {
      const all = await redis.hgetall(keysOf(source).unheard)
      return Object.entries(all).map(([issue, json]) => ({ issue, item: unheardSchema.parse(JSON.parse(json)) }))
    },
    async drop(source, issues) {
      if (issues.length > 0) await redis.hdel(keysOf(source).unheard, ...issues)
    },

    async addToGap(source, from, item) {
      const key = keysOf(source).gap(from)
      await redis.hset(key, item.issue, JSON.stringify(item))
      await redis.pexpire(key, KEEP_GAP_MS)
    },
    async gapItems(source, from) {
      const all = await redis.hvals(keysOf(source).gap(from))
      return all.map(json => gapItemSchema.parse(JSON.parse(json)))
    },
    async clearGap(source, from) {
      await redis.del(keysOf(source).gap(from))
    },

    async foundNew(source, issue, firstSeen) {
      const { found } = keysOf(source)
      await redis.zadd(found, firstSeen, issue)
      await redis.zremrangebyrank(found, 0, -MOST_NEW - 1)
    },
    async tidy(source, now) {
      const { notes, found } = keysOf(source)
      await redis.zremrangebyscore(notes, '-inf', now - KEEP_NOTES_MS)
      await redis.zremrangebyscore(found, '-inf', now - NEW_KEPT_MS)
    },

    view(source, now) {
      const { state, lastPollAt = null } = known.get(source) ?? {}
      const through = state?.through ?? null
      return {
        lastPollAt,
        lastOkAt: state?.lastOkAt ?? null,
        error: state?.error ?? null,
        behindMs: through === null ? null : Math.max(0, now - through - (state?.offset ?? 0)),
      }
    },
    missedSince(source, since) {
      const times = (known.get(source)?.found ?? []).filter(at => since === null || at > since)
      if (times.length === 0) return { count: 0, firstAt: null, lastAt: null }
      return { count: times.length, firstAt: Math.min(...times), lastAt: Math.max(...times) }
    },
    async refresh(sources, now) {
      await Promise.all(
        sources.map(async source => {
          const { state, found } = keysOf(source)
          const [[json, lastPollAt], scores] = await Promise.all([
            redis.hmget(state, 'json', 'lastPollAt'),
            redis.zrange(found, String(now - NEW_KEPT_MS), '+inf', 'BYSCORE', 'WITHSCORES'),
          ])
          known.set(source, {
            state: readState(json ?? ''),
            lastPollAt: lastPollAt == null ? null : Number(lastPollAt),
            found: scores.filter((_, index) => index % 2 === 1).map(Number),
          })
        }),
      )
    },
  }
}

function readState(json: string): PollState {
  return pollStateSchema.parse(json === '' ? {} : JSON.parse(json))
}
