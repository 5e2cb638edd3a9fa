import { Redis } from 'ioredis'
import type { WindowEvent } from '../src/measure/window-event.ts'
import { createWindowsStore } from '../src/measure/windows-store.ts'
import { hexId } from '../src/sandbox/samples/envelope.ts'
import { bytes, type Figure, median } from './figures.ts'
import type { ServiceProcess } from './service-process.ts'

const USERS = [0, 100, 1_000, 100_000]
const HOUR_MS = 3_600_000
const IN_ONE_CALL = 1_000
const MOST_INCIDENTS = 101

/** Redis' own count over every key of an issue: its incident, and its windows by how many users the last hour saw. */
export async function measureMemory(service: ServiceProcess): Promise<Figure[]> {
  const redis = new Redis({ path: service.redisSocket() })
  try {
    const figures: Figure[] = []
    // The median of many: one that a thousand alerts have joined has a longer history.
    const incidents = (await redis.keys('tocsin:{inc_*}:incident')).slice(0, MOST_INCIDENTS)
    const used: number[] = []
    for (const incident of incidents) {
      const keys = await keysOf(redis, `${incident.replace(/:incident$/, '')}:*`)
      used.push(
        await usage(
          redis,
          keys.filter(key => !key.includes(':applied:')),
        ),
      )
    }
    figures.push({
      what: 'an issue: its incident, timeline and delivery log in Redis (median)',
      measured: bytes(median(used)),
    })
    for (const users of USERS) figures.push(await windows(redis, users))
    const resident = await service.metric('process_resident_memory_bytes')
    figures.push({ what: 'the process after all of this, resident', measured: bytes(resident) })
    const whole = /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? 'NaN'
    figures.push({ what: 'its Redis after all of this', measured: bytes(Number(whole)) })
    return figures
  } finally {
    redis.disconnect()
  }
}

/** One unhandled event a user, evenly over the hour, on a core flow: the most that an issue can cost. */
async function windows(redis: Redis, users: number): Promise<Figure> {
  const store = createWindowsStore(redis)
  const now = Date.now()
  const [issue, project] = [`users-${users}`, `memory-${users}`]
  const count = Math.max(1, users)
  const event = (n: number): WindowEvent => ({
    source: 'bench',
    project,
    issue,
    event: hexId(issue, n),
    user: users === 0 ? null : `u${n.toString(36).padStart(21, '0')}`,
    at: now - HOUR_MS + 1_000 + Math.floor(((HOUR_MS - 2_000) * n) / count),
    receivedAt: now,
    unhandled: true,
    environment: 'production',
    production: true,
    coreFlow: 'checkout',
    feed: true,
  })
  for (let from = 0; from < count; from += IN_ONE_CALL) {
    const upTo = Math.min(count, from + IN_ONE_CALL)
    await store.observe(
      Array.from({ length: upTo - from }, (_, n) => event(from + n)),
      now,
    )
  }
  const counted = (await store.read({ source: 'bench', project, issue, environment: null, now })).users
  if (Math.abs(counted - users) > Math.max(0, users * 0.05))
    throw new Error(`${users} users were sent, ${counted} are counted`)
  const all = await keysOf(redis, `*memory-${users}*`)
  const dedupe = all.filter(key => key.includes(':d:'))
  const own = await usage(
    redis,
    all.filter(key => key.includes(issue)),
  )
  const perEvent = (await usage(redis, dedupe)) / count
  return {
    what: `windows of an issue, ${users.toLocaleString('en')} users in the hour (+ ${Math.round(perEvent)} B an event id)`,
    measured: bytes(own),
  }
}

async function keysOf(redis: Redis, pattern: string): Promise<string[]> {
  return redis.keys(pattern.replaceAll('[', '\\['))
}

async function usage(redis: Redis, keys: readonly string[]): Promise<number> {
  let sum = 0
  for (const key of keys) sum += Number(await redis.memory('USAGE', key, 'SAMPLES', 0))
  return sum
}
