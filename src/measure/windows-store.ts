import type { RedisLike } from '../platform/redis.ts'
import {
  countedIn,
  FEED_LIVE_MS,
  isTooOld,
  type WindowCounts,
  type WindowEvent,
  windowArguments,
  windowsKey,
} from './window-event.ts'
import { OBSERVE_LUA } from './windows-observe-lua.ts'
import { READ_LUA, SUSPECTS_LUA } from './windows-read-lua.ts'

/** An issue that was crashing lately; users are those seen in the last 10 minutes, at least (1,000 are remembered). */
export interface Suspect {
  issue: string
  events: number
  users: number
}

export interface WindowQuestion {
  source: string
  project: string
  /** null: only the project's counts are wanted; the issue's are then 0. */
  issue: string | null
  /** null: production. Otherwise the name of another environment. */
  environment: string | null
  now: number
}

/**
 * Sliding windows over error events, in Redis: each event id counts once. Times in ms. Throws what Redis throws.
 *
 * What it costs (bench/unique-users.ts): an issue takes 0.2 kB with one user in the hour, 3 kB with 100, 103 kB with
 * 1,000, 0.6 MB with 100,000, 1 MB at most, and nothing an hour after its last event; 10 bytes for each event's id, for
 * 65 minutes; 15 to 50 µs of Redis an event. Users are exact to 1,000; above, the root-mean-square error is 0.6 %.
 */
export interface WindowsStore {
  /** Counts events, in one round trip, and says the counts after all of them, in the order of `events`. */
  observe(events: readonly WindowEvent[], now: number): Promise<WindowCounts[]>
  /** The same counts, adding nothing. */
  read(question: WindowQuestion): Promise<WindowCounts>
  /** When `error.created` last came for that project; null: not within a day. */
  lastErrorAt(source: string, project: string): Promise<number | null>
  /** Issues with unhandled events in production in the last 10 minutes, largest first. */
  suspects(source: string, project: string, now: number, limit: number): Promise<Suspect[]>
}

type ProjectReply = [thisMinute: number, worst: number, last10: number, feedSince: number, feedLast: number]

interface Scripts {
  tocsinObserve(...args: (string | number)[]): Promise<[places: number[], counts: number[], project: ProjectReply]>
  tocsinRead(...args: (string | number)[]): Promise<[counts: number[], project: ProjectReply]>
  tocsinSuspects(...args: (string | number)[]): Promise<[issue: string, events: number, users: number][]>
}

/** A script holds Redis while it runs: 64 events take about 1.5 ms, and pages wait for no longer. */
const EVENTS_PER_SCRIPT = 64
const NUMBERS_PER_ISSUE = 7

/** `skewMs`: Sentry's clock minus ours for a source, ms, from memory; null: not known. */
export function createWindowsStore(
  redis: RedisLike,
  skewMs: (source: string) => number | null = () => null,
): WindowsStore {
  redis.defineCommand('tocsinObserve', { numberOfKeys: 1, lua: OBSERVE_LUA })
  redis.defineCommand('tocsinRead', { numberOfKeys: 1, lua: READ_LUA })
  redis.defineCommand('tocsinSuspects', { numberOfKeys: 1, lua: SUSPECTS_LUA })
  const scripts = redis as unknown as Scripts

  async function observeChunk({ key, members }: Chunk, now: number, answers: WindowCounts[]): Promise<void> {
    const skew = skewMs(members[0]?.event.source ?? '')
    const args = members.flatMap(({ event }) => windowArguments(event, now, skew))
    const [places, counts, project] = await scripts.tocsinObserve(key, now, ...args)
    for (const [index, { event, position }] of members.entries()) {
      const place = places[index] ?? 1
      const start = (Math.abs(place) - 1) * NUMBERS_PER_ISSUE
      const issue = counts.slice(start, start + NUMBERS_PER_ISSUE)
      const answer = toCounts(issue, project, countedIn(event), now)
      answers[position] = { ...answer, duplicate: place < 0, tooOld: isTooOld(event, now, skew) }
    }
  }

  return {
    async observe(events, now) {
      const answers: WindowCounts[] = []
      await Promise.all(chunksByProject(events).map(chunk => observeChunk(chunk, now, answers)))
      return answers
    },
    async read({ source, project, issue, environment, now }) {
      const [counts, about] = await scripts.tocsinRead(windowsKey(source, project), now, issue ?? '', environment ?? '')
      return toCounts(counts, about, environment, now)
    },
    async lastErrorAt(source, project) {
      const stored = await redis.get(`${windowsKey(source, project)}:l`)
      return stored === null ? null : Number(stored.split(':')[1])
    },
    async suspects(source, project, now, limit) {
      const found = await scripts.tocsinSuspects(windowsKey(source, project), now, limit)
      return found.map(([issue, events, users]) => ({ issue, events, users }))
    },
  }
}

interface Chunk {
  key: string
  members: { event: WindowEvent; position: number }[]
}

function chunksByProject(events: readonly WindowEvent[]): Chunk[] {
  const open = new Map<string, Chunk>()
  const chunks: Chunk[] = []
  for (const [position, event] of events.entries()) {
    const key = windowsKey(event.source, event.project)
    let chunk = open.get(key)
    if (chunk === undefined || chunk.members.length >= EVENTS_PER_SCRIPT) {
      chunk = { key, members: [] }
      open.set(key, chunk)
      chunks.push(chunk)
    }
    chunk.members.push({ event, position })
  }
  return chunks
}

function toCounts(
  [
    users = 0,
    exact = 1,
    events = 0,
    productionEvents = 0,
    flowUsers = 0,
    flowEvents = 0,
    flowAnonymous = 0,
  ]: readonly number[],
  [thisMinute, worst, last10, feedSince, feedLast]: ProjectReply,
  environment: string | null,
  now: number,
): WindowCounts {
  return {
    at: now,
    environment,
    users,
    usersExact: exact === 1,
    events,
    productionEvents,
    flowUsers,
    flowEvents,
    flowAnonymous,
    unhandledThisMinute: thisMinute,
    unhandledWorstMinute: worst,
    unhandledLast10Minutes: last10,
    duplicate: false,
    tooOld: false,
    feedLive: feedLast >= 0 && now - feedLast <= FEED_LIVE_MS,
    feedSince: feedSince < 0 ? null : feedSince,
  }
}
