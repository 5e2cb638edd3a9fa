import type { Cluster, Redis } from 'ioredis'
import { type PagerdutyWord, pagerdutyWordSchema } from './word.ts'

/** Which of our incidents, in which life, an incident at PagerDuty speaks of. It may hold several. */
export interface PagerdutyLink {
  incident: string
  generation: number
  /** Where we triggered it; null: more than one destination could be meant. */
  destination: string | null
}

export interface LinkStore {
  link(pagerduty: string, link: PagerdutyLink): Promise<void>
  linksOf(pagerduty: string): Promise<PagerdutyLink[]>
  /** Did PagerDuty ever tell or show that it knows of ours, in that life? Then its page is not lost, whatever it shows now. */
  wasMet(incident: string, generation: number): Promise<boolean>
  /** How often something was done about a page that is lost, by its name: it is sent again only so often. */
  timesLost(page: string): Promise<number>
  countLost(page: string): Promise<void>
  /**
   * False when something newer of that incident's state was done to ours before: what comes late is past. The same
   * happening may be told again.
   */
  isNewest(pagerduty: string, incident: string, at: number, event: string): Promise<boolean>
  /** Keeps what was said last of its state, for those that are found to belong to it later. */
  remember(word: PagerdutyWord): Promise<void>
  lastWord(pagerduty: string): Promise<PagerdutyWord | null>
  /** Is that moment after a person reopened it there, as far as was told? Then it is about the life that goes on. */
  isSinceReopened(moment: { incident: string; at: number }): Promise<boolean>
  /** What was said before it was known of whom, kept for a day. */
  park(word: PagerdutyWord): Promise<void>
  parked(pagerduty: string): Promise<PagerdutyWord[]>
  /** Takes the oldest `count` away. */
  unpark(pagerduty: string, count: number): Promise<void>
  /** We changed it there ourselves, by its REST API: its webhook will only tell us that. */
  changedByUs(pagerduty: string, type: PagerdutyWord['type']): Promise<void>
  wasChangedByUs(pagerduty: string, type: PagerdutyWord['type']): Promise<boolean>
  /** True for one process in every `everyMs`. `now` in ms. */
  takeRound(now: number, everyMs: number): Promise<boolean>
}

const DAY_MS = 86_400_000
const KEEP_MS = 90 * DAY_MS
/** An account tells of incidents that are none of ours, too: each keeps little, and not for long. */
const MOST_PARKED = 20
const OWN_CHANGE_MS = 3_600_000

const NEWEST = `
local known = redis.call('HGET', KEYS[1], ARGV[4])
if known then
  local at, event = string.match(known, '^(%S+) (.*)$')
  if tonumber(at) > tonumber(ARGV[1]) and event ~= ARGV[2] then return 0 end
  if tonumber(at) > tonumber(ARGV[1]) then return 1 end
end
redis.call('HSET', KEYS[1], ARGV[4], ARGV[1] .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`

/** ARGV: when, json, for how long, ms, which kind. */
const REMEMBER = `
if ARGV[4] == 'reopened' then redis.call('HSET', KEYS[1], 'reopenedAt', ARGV[1]) end
local at = redis.call('HGET', KEYS[1], 'at')
if at and tonumber(at) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'at', ARGV[1], 'word', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`

const ROUND = `
local next = redis.call('GET', KEYS[1])
if next and tonumber(next) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

interface Scripts {
  tocsinPagerdutyNewest(key: string, at: number, event: string, keepMs: number, incident: string): Promise<number>
  tocsinPagerdutyRemember(key: string, at: number, word: string, keepMs: number, type: string): Promise<number>
  tocsinPagerdutyRound(key: string, now: number, next: number, keepMs: number): Promise<number>
}

/** One incident at PagerDuty is one slot. */
const keyOf = (pagerduty: string, what: string) => `tocsin:{pagerduty:${pagerduty}}:${what}`
const metKey = (incident: string, generation: number) => `tocsin:{pagerduty-met:${incident}}:${generation}`
const lostKey = (page: string) => `tocsin:{pagerduty-lost:${page}}`
const ROUND_KEY = 'tocsin:{pagerduty}:round'

/** What leads from PagerDuty's incidents to ours. Never by incident_key: of what the Events API opened it is null. */
export function createLinkStore(redis: Redis | Cluster): LinkStore {
  redis.defineCommand('tocsinPagerdutyNewest', { numberOfKeys: 1, lua: NEWEST })
  redis.defineCommand('tocsinPagerdutyRemember', { numberOfKeys: 1, lua: REMEMBER })
  redis.defineCommand('tocsinPagerdutyRound', { numberOfKeys: 1, lua: ROUND })
  const scripts = redis as unknown as Scripts
  return {
    async link(pagerduty, { incident, generation, destination }) {
      const key = keyOf(pagerduty, 'links')
      await redis.hset(key, `${incident} ${generation}`, destination ?? '')
      await redis.pexpire(key, KEEP_MS)
      await redis.set(metKey(incident, generation), '1', 'PX', KEEP_MS)
    },
    async wasMet(incident, generation) {
      return (await redis.exists(metKey(incident, generation))) === 1
    },
    async timesLost(page) {
      return Number((await redis.get(lostKey(page))) ?? 0)
    },
    async countLost(page) {
      await redis.incr(lostKey(page))
      await redis.pexpire(lostKey(page), KEEP_MS)
    },
    async linksOf(pagerduty) {
      const all = await redis.hgetall(keyOf(pagerduty, 'links'))
      return Object.entries(all).map(([name, destination]) => {
        const [incident = '', generation] = name.split(' ')
        return { incident, generation: Number(generation), destination: destination === '' ? null : destination }
      })
    },
    async isNewest(pagerduty, incident, at, event) {
      const key = keyOf(pagerduty, 'newest-done')
      return (await scripts.tocsinPagerdutyNewest(key, at, event, KEEP_MS, incident)) === 1
    },
    async remember(word) {
      const key = keyOf(word.incident, 'last')
      await scripts.tocsinPagerdutyRemember(key, word.at, JSON.stringify(word), KEEP_MS, word.type)
    },
    async isSinceReopened({ incident, at }) {
      const reopenedAt = await redis.hget(keyOf(incident, 'last'), 'reopenedAt')
      return reopenedAt !== null && Number(reopenedAt) <= at
    },
    async lastWord(pagerduty) {
      const text = await redis.hget(keyOf(pagerduty, 'last'), 'word')
      return text === null ? null : pagerdutyWordSchema.parse(JSON.parse(text))
    },
    async park(word) {
      const key = keyOf(word.incident, 'parked')
      await redis.rpush(key, JSON.stringify(word))
      await redis.ltrim(key, -MOST_PARKED, -1)
      await redis.pexpire(key, DAY_MS)
    },
    async parked(pagerduty) {
      const all = await redis.lrange(keyOf(pagerduty, 'parked'), 0, -1)
      return all.map(text => pagerdutyWordSchema.parse(JSON.parse(text)))
    },
    async unpark(pagerduty, count) {
      await redis.ltrim(keyOf(pagerduty, 'parked'), count, -1)
    },
    async changedByUs(pagerduty, type) {
      await redis.set(keyOf(pagerduty, `by-us:${type}`), '1', 'PX', OWN_CHANGE_MS)
    },
    async wasChangedByUs(pagerduty, type) {
      return (await redis.exists(keyOf(pagerduty, `by-us:${type}`))) === 1
    },
    async takeRound(now, everyMs) {
      return (await scripts.tocsinPagerdutyRound(ROUND_KEY, now, now + everyMs, everyMs * 2)) === 1
    },
  }
}
