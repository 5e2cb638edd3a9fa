import type { Redis } from 'ioredis'
import { HOUR_MS, type WindowEvent, windowsKey } from '../src/measure/window-event.ts'
import { createWindowsStore, type WindowsStore } from '../src/measure/windows-store.ts'
import { startTestRedis } from '../test/support/redis.ts'
import { ascending, bytes, type Figure, percentile, table } from './figures.ts'

/** How far the sliding count of an issue's users is from the truth, and what it costs. Seeded: every run is the same. */

const PROJECT = { source: 'bench', project: 'users' }
const NOON = Date.UTC(2026, 10, 21, 12)
/** Users of an issue, and how many issues of that size. */
const CROWDS = [
  [1, 5],
  [100, 5],
  [1_000, 20],
  [1_300, 30],
  [2_500, 20],
  [8_000, 8],
  [30_000, 3],
  [100_000, 1],
  [1_000_000, 1],
] as const
/** Read at the end of the hour, and while it slides out of the window. */
const READ_AFTER_MS = [0, 90_000, 637_000, 1_815_000, 2_700_000]
const BATCH = 2_048
const EXACT_TO = 1_000

interface Reading {
  users: number
  error: number
}

/** mulberry32: small, seeded, good enough to scatter events over an hour. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

async function crowd(windows: WindowsStore, issue: string, users: number, random: () => number): Promise<Float64Array> {
  const seen = new Float64Array(users).map(() => Math.ceil(NOON - random() * HOUR_MS)).sort()
  const underWay: Promise<unknown>[] = []
  for (let from = 0; from < users; from += BATCH) {
    const to = Math.min(from + BATCH, users)
    const events = Array.from({ length: to - from }, (_, i) => eventOf(issue, from + i, seen[from + i] ?? NOON))
    // Two batches at a time: one is prepared here while Redis counts the other.
    underWay.push(windows.observe(events, seen[to - 1] ?? NOON))
    if (underWay.length > 1) await underWay.shift()
  }
  await Promise.all(underWay)
  return seen
}

function eventOf(issue: string, user: number, at: number): WindowEvent {
  const name = `${issue}-${user}`
  return {
    ...{ ...PROJECT, issue, event: name, user: name, at, receivedAt: at },
    ...{ unhandled: false, environment: null, production: true, coreFlow: null, feed: true },
  }
}

async function readWhileItSlides(windows: WindowsStore, issue: string, seen: Float64Array): Promise<Reading[]> {
  const readings: Reading[] = []
  for (const after of READ_AFTER_MS) {
    const now = NOON + after
    const first = seen.findIndex(at => at > now - HOUR_MS)
    if (first === -1) continue
    const users = seen.length - first
    const counts = await windows.read({ ...PROJECT, issue, environment: null, now })
    readings.push({ users, error: (counts.users - users) / users })
  }
  return readings
}

/** Bytes of everything kept for one issue. */
async function issueMemory(redis: Redis, issue: string): Promise<number> {
  const keys = (await redis.keys(`${windowsKey(PROJECT.source, PROJECT.project)}:*`)).filter(
    key => key.split(':')[5] === issue,
  )
  const sizes = await Promise.all(keys.map(key => redis.memory('USAGE', key, 'SAMPLES', 0)))
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
}

async function memoryOfIds(redis: Redis): Promise<{ bytes: number; events: number }> {
  const keys = await redis.keys(`${windowsKey(PROJECT.source, PROJECT.project)}:d:*`)
  const [sizes, counts] = await Promise.all([
    Promise.all(keys.map(key => redis.memory('USAGE', key, 'SAMPLES', 0))),
    Promise.all(keys.map(key => redis.scard(key))),
  ])
  const sum = (list: readonly (number | null)[]) => list.reduce<number>((total, one) => total + (one ?? 0), 0)
  return { bytes: sum(sizes), events: sum(counts) }
}

/** Microseconds of Redis per event, by its own count. */
async function redisMicroseconds(redis: Redis, events: number): Promise<number> {
  const line = (await redis.info('commandstats')).split('\n').find(text => text.startsWith('cmdstat_evalsha:'))
  return Number(/usec=(\d+)/.exec(line ?? '')?.[1] ?? Number.NaN) / events
}

function errorFigures(readings: readonly Reading[]): Figure[] {
  const exact = readings.filter(reading => reading.users <= EXACT_TO)
  const wrong = exact.filter(reading => reading.error !== 0).length
  const figures: Figure[] = [
    {
      what: `1 to 1,000 users: wrong counts of ${exact.length}`,
      measured: String(wrong),
      aim: { is: 'none', reached: wrong === 0 },
    },
  ]
  const above = readings.filter(reading => reading.users > EXACT_TO)
  for (const [from, to] of [
    [1_000, 10_000],
    [10_000, 100_000],
    [100_000, 1_000_000],
    [1_000, 1_000_000],
  ] as const) {
    const errors = above.filter(({ users }) => users > from && users <= to).map(({ error }) => Math.abs(error) * 100)
    if (errors.length === 0) continue
    const rmse = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length)
    const what = `${(from + 1).toLocaleString('en')} to ${to.toLocaleString('en')} users, ${errors.length} counts`
    const figure = { what: `${what}: root-mean-square error`, measured: `${rmse.toFixed(2)} %` }
    figures.push({ ...figure, aim: { is: '<= 1 %', reached: rmse <= 1 } })
    const p99 = percentile(ascending(errors), 0.99)
    const worst = { what: `${what}: p99 of the error`, measured: `${p99.toFixed(2)} %` }
    figures.push({ ...worst, aim: { is: '<= 2.5 %', reached: p99 <= 2.5 } })
  }
  return figures
}

/** Takes less than a minute on two cores. */
export async function measureUniqueUsers(): Promise<Figure[]> {
  const server = await startTestRedis()
  const redis = server.client()
  const windows = createWindowsStore(redis)
  const random = seeded(20261121)
  const readings: Reading[] = []
  const memory: Figure[] = []
  let events = 0
  try {
    await redis.config('RESETSTAT')
    for (const [users, issues] of CROWDS) {
      for (let n = 0; n < issues; n++) {
        const issue = `${users}x${n}`
        const seen = await crowd(windows, issue, users, random)
        events += users
        if (n === 0)
          memory.push({
            what: `an issue of ${users.toLocaleString('en')} users`,
            measured: bytes(await issueMemory(redis, issue)),
          })
        readings.push(...(await readWhileItSlides(windows, issue, seen)))
      }
    }
    const microseconds = await redisMicroseconds(redis, events)
    const ids = await memoryOfIds(redis)
    return [
      ...errorFigures(readings),
      ...memory,
      { what: 'ids that were counted, each', measured: bytes(ids.bytes / ids.events) },
      {
        what: 'Redis, each event',
        measured: `${microseconds.toFixed(0)} µs`,
        aim: { is: '< 60 µs', reached: microseconds < 60 },
      },
    ]
  } finally {
    await server.stop()
  }
}

if (import.meta.main) console.log(table('Unique users of an issue in a sliding hour', await measureUniqueUsers()))
