import type { Cluster, Redis } from 'ioredis'
import type { TimelineEntry } from '../incidents/incident.ts'
import { incidentKeys } from '../incidents/incident-store.ts'
import { jsonText } from '../incidents/json-text.ts'
import { type Notification, notificationSchema, notificationStatusSchema } from './notification.ts'
import { incidentOf } from './notification-id.ts'

/** What a claim found. `earlier`: another one to the same destination must leave first. */
export type Claim =
  | { claimed: true; notification: Notification }
  | { claimed: false; because: 'settled' | 'unknown' }
  | { claimed: false; because: 'busy' | 'early'; waitMs: number }
  | { claimed: false; because: 'earlier'; first: string }

/** `status`: null when there is no such notification. */
export type Retry =
  | { retried: true; notification: Notification }
  | { retried: false; status: Notification['status'] | null }

export interface NotificationStore {
  list(incident: string): Promise<Notification[]>
  read(incident: string, id: string): Promise<Notification | null>
  /**
   * Takes the right to send it until `now + leaseMs`: one sender at a time for an incident and destination, in order.
   * A resolve drops what was owed before it and never sent; what may have been sent must be found out first.
   * A claim whose lease ran out may be taken over: it is `ambiguous` then.
   */
  claim(incident: string, id: string, now: number, leaseMs: number): Promise<Claim>
  /** Writes how it ended, with what is owed instead; false when the lease was lost to another sender. */
  settle(
    claimed: Notification,
    after: Notification,
    entries: readonly TimelineEntry[],
    owed: readonly Notification[],
  ): Promise<boolean>
  /** Adds one outside of an incident's change (a test). */
  put(notification: Notification): Promise<void>
  /** As `put`, but once: false when there is one under that id, however far it got. */
  putOnce(notification: Notification): Promise<boolean>
  /** A dead letter is owed again, once: whoever comes second is told what it is now. Its `owedAt` stays. */
  retry(incident: string, id: string, now: number): Promise<Retry>
  /** What was taken there and is not to be found any more is owed again, under the same id. Its reference stays. */
  sendAgain(incident: string, id: string, now: number, reason: string): Promise<Retry>
  index(notification: Notification): Promise<void>
  /** Ids, newest first. */
  recent(dead: boolean, offset: number, count: number, oldestFirst?: boolean): Promise<string[]>
  find(id: string): Promise<Notification | null>
}

const KEEP_MS = 35 * 86_400_000

/**
 * Kept in Lua because it must be one step: two workers may hold the same incident. Answers a word and a value.
 * ARGV: id, now, leaseUntil.
 */
const CLAIM = `
local text = redis.call('HGET', KEYS[1], ARGV[1])
if not text then return {'unknown', ''} end
local mine = cjson.decode(text)
local now = tonumber(ARGV[2])
if mine.status == 'sent' or mine.status == 'dead' or mine.status == 'dropped' then return {'settled', ''} end
if mine.status == 'sending' and mine.leaseUntil ~= cjson.null and mine.leaseUntil > now then
  return {'busy', tostring(mine.leaseUntil - now)}
end
local first, firstSeq, superseded = nil, nil, {}
local all = redis.call('HGETALL', KEYS[1])
for i = 2, #all, 2 do
  local other = cjson.decode(all[i])
  local waits = other.status == 'owed' or other.status == 'sending'
  if waits and other.destination == mine.destination and other.id ~= mine.id then
    local held = other.status == 'sending' and other.leaseUntil ~= cjson.null and other.leaseUntil > now
    if held then return {'busy', tostring(other.leaseUntil - now)} end
    if other.seq < mine.seq then
      -- Dropped without a reference, what may have been accepted would stay open at the provider for ever.
      local perhapsSent = (other.status == 'sending' or other.ambiguous) and other.reference == cjson.null
      local byResolve = mine.kind == 'resolve' and other.kind ~= 'resolve' and (other.kind == 'edit' or not perhapsSent)
      -- An earlier life has a post of its own.
      local byEdit = mine.kind == 'edit' and other.kind == 'edit' and other.generation == mine.generation
      -- A page says the newest by itself; whoever answers does not wait until it is said.
      local isUpdate = other.kind == 'update'
      if byResolve or byEdit or (isUpdate and mine.kind ~= 'acknowledge') then
        superseded[#superseded + 1] = other
      elseif not isUpdate and (firstSeq == nil or other.seq < firstSeq) then
        first, firstSeq = other.id, other.seq
      end
    end
  end
end
for _, other in ipairs(superseded) do
  other.status = 'dropped'
  other.settledAt = now
  other.leaseUntil = cjson.null
  other.reason = mine.kind == 'resolve' and 'resolved before it was sent' or ('a newer ' .. mine.kind .. ' takes its place')
  redis.call('HSET', KEYS[1], other.id, cjson.encode(other))
end
if first then return {'earlier', first} end
if mine.notBefore > now then return {'early', tostring(mine.notBefore - now)} end
-- Taken over from a sender that was lost: nobody knows how far it came.
if mine.status == 'sending' then mine.ambiguous = true end
mine.status = 'sending'
mine.leaseUntil = tonumber(ARGV[3])
mine.attempts = mine.attempts + 1
local claimed = cjson.encode(mine)
redis.call('HSET', KEYS[1], ARGV[1], claimed)
return {'claimed', claimed}
`

/** ARGV: id, leaseUntil, json, entries count, entries…, (id, json)… */
const SETTLE = `
local text = redis.call('HGET', KEYS[1], ARGV[1])
if not text then return 0 end
local now = cjson.decode(text)
if now.status ~= 'sending' or now.leaseUntil ~= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
local entries = tonumber(ARGV[4])
for i = 1, entries do redis.call('RPUSH', KEYS[2], ARGV[4 + i]) end
for i = 5 + entries, #ARGV, 2 do redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
`

/** ARGV: id, now, reason, the status it must have. Answers a word and a value. */
const RETRY = `
local text = redis.call('HGET', KEYS[1], ARGV[1])
if not text then return {'unknown', ''} end
local mine = cjson.decode(text)
if mine.status ~= ARGV[4] then return {'another', mine.status} end
mine.status = 'owed'
mine.retriedAt = tonumber(ARGV[2])
mine.reason = ARGV[3]
mine.notBefore = 0
for _, name in ipairs({ 'settledAt', 'leaseUntil', 'error', 'firstFailedAt' }) do mine[name] = cjson.null end
local again = cjson.encode(mine)
redis.call('HSET', KEYS[1], ARGV[1], again)
return {'retried', again}
`

interface Scripts {
  tocsinRetry(...args: (string | number)[]): Promise<[string, string]>
  tocsinClaim(...args: (string | number)[]): Promise<[string, string]>
  tocsinSettle(...args: (string | number)[]): Promise<number>
}

const ALL = 'tocsin:{notifications}:all'
const DEAD = 'tocsin:{notifications}:dead'

/** The outbox, the delivery log and the memory of what was sent: a hash beside each incident, in its slot. */
export function createNotificationStore(redis: Redis | Cluster): NotificationStore {
  redis.defineCommand('tocsinClaim', { numberOfKeys: 1, lua: CLAIM })
  redis.defineCommand('tocsinSettle', { numberOfKeys: 2, lua: SETTLE })
  redis.defineCommand('tocsinRetry', { numberOfKeys: 1, lua: RETRY })
  const scripts = redis as unknown as Scripts

  async function read(incident: string, id: string): Promise<Notification | null> {
    const text = await redis.hget(incidentKeys.notifications(incident), id)
    return text === null ? null : parse(text)
  }

  async function oweAgain(
    incident: string,
    id: string,
    now: number,
    reason: string,
    from: 'dead' | 'sent',
  ): Promise<Retry> {
    const [word, value] = await scripts.tocsinRetry(incidentKeys.notifications(incident), id, now, reason, from)
    if (word === 'retried') return { retried: true, notification: parse(value) }
    return { retried: false, status: word === 'unknown' ? null : notificationStatusSchema.parse(value) }
  }

  return {
    async list(incident) {
      const all = await redis.hvals(incidentKeys.notifications(incident))
      return all.map(parse).sort((a, b) => a.seq - b.seq)
    },
    read,
    async claim(incident, id, now, leaseMs) {
      const [word, value] = await scripts.tocsinClaim(incidentKeys.notifications(incident), id, now, now + leaseMs)
      switch (word) {
        case 'claimed':
          return { claimed: true, notification: parse(value) }
        case 'busy':
        case 'early':
          return { claimed: false, because: word, waitMs: Number(value) }
        case 'earlier':
          return { claimed: false, because: 'earlier', first: value }
        case 'settled':
          return { claimed: false, because: 'settled' }
        default:
          return { claimed: false, because: 'unknown' }
      }
    },
    async settle(claimed, after, entries, owed) {
      const settled = await scripts.tocsinSettle(
        incidentKeys.notifications(claimed.incident),
        incidentKeys.timeline(claimed.incident),
        claimed.id,
        claimed.leaseUntil ?? 0,
        jsonText(after),
        entries.length,
        ...entries.map(item => jsonText(item)),
        ...owed.flatMap(item => [item.id, jsonText(item)]),
      )
      return settled === 1
    },
    async put(notification) {
      const key = incidentKeys.notifications(notification.incident)
      await redis.hset(key, notification.id, jsonText(notification))
      if (notification.kind === 'test') await redis.pexpire(key, KEEP_MS)
    },
    async putOnce(notification) {
      const key = incidentKeys.notifications(notification.incident)
      const added = await redis.hsetnx(key, notification.id, jsonText(notification))
      await redis.pexpire(key, KEEP_MS)
      return added === 1
    },
    retry: (incident, id, now) => oweAgain(incident, id, now, 'sent again by hand', 'dead'),
    sendAgain: (incident, id, now, reason) => oweAgain(incident, id, now, reason, 'sent'),
    async index(notification) {
      const member = notification.id
      const old = notification.owedAt - KEEP_MS
      const update = redis.pipeline().zadd(ALL, notification.owedAt, member).zremrangebyscore(ALL, '-inf', old)
      if (notification.status === 'dead') update.zadd(DEAD, notification.owedAt, member)
      else update.zrem(DEAD, member)
      await update.exec()
    },
    async recent(dead, offset, count, oldestFirst = false) {
      const [index, last] = [dead ? DEAD : ALL, String(offset + count - 1)]
      return oldestFirst ? redis.zrange(index, offset, last) : redis.zrange(index, offset, last, 'REV')
    },
    async find(id) {
      const incident = incidentOf(id)
      return incident === null ? null : read(incident, id)
    },
  }
}

/** Redis' cjson drops nothing we keep: every list in a notification is absent, and null survives as null. */
function parse(text: string): Notification {
  return notificationSchema.parse(JSON.parse(text))
}
