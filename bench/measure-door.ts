import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { startEmbeddedRedis } from '../src/platform/embedded-redis.ts'
import type { Log } from '../src/platform/logger.ts'
import { atLeast, type Figure, median, ms, perSecond } from './figures.ts'
import type { LoadResult } from './load.ts'
import type { LoadProcess } from './load-process.ts'

const CONNECTIONS = 64
const WARM_UP_MS = 1_500
const ROUND_MS = 800
const ROUNDS = 11
const ISSUES = Array.from({ length: 500 }, (_, n) => String(6_000_000_000 + n))

interface Variant {
  name: string
  port: number
  redis: Redis | null
  rounds: LoadResult[]
  stop(): Promise<void>
}

/**
 * The door that only verifies against the door that stores, under each fsync policy. The variants take turns in short
 * rounds and the ratio is the median over the turns: the machine's mood falls on all of them alike.
 */
export async function measureDoor(load: LoadProcess, dir: string, secret: string, log: Log): Promise<Figure[]> {
  const variants = [
    await startVariant('verify only', null, dir, secret, log),
    await startVariant('everysec', 'everysec', dir, secret, log),
    await startVariant('always', 'always', dir, secret, log),
  ]
  const round = async ({ port, redis }: Variant, lasting: number): Promise<LoadResult> => {
    const what = { kind: 'alerts' as const, issues: ISSUES, projects: ['web-shop'] }
    const result = await load.run({ port, secret, what, connections: CONNECTIONS, how: 'saturate', ms: lasting })
    if (result.refused > 0) throw new Error(`the door refused ${result.refused} of the deliveries`)
    if (redis !== null) await requireStored(redis, result.accepted)
    return result
  }
  try {
    for (const variant of variants) await round(variant, WARM_UP_MS)
    for (let turn = 0; turn < ROUNDS; turn++) {
      for (const variant of variants) variant.rounds.push(await round(variant, ROUND_MS))
    }
  } finally {
    for (const variant of variants) await variant.stop()
  }
  return figuresOf(variants)
}

/** Everything that was answered 202 lies in the queue; then the queue is emptied for the next round. */
async function requireStored(redis: Redis, accepted: number): Promise<void> {
  const jobs = await redis.lrange('{tocsin:alerts}:deliveries:wait', 0, -1)
  const counts = jobs.map(async id => {
    const data = await redis.hget(`{tocsin:alerts}:deliveries:${id}`, 'data')
    return (JSON.parse(data ?? '{"deliveries":[]}') as { deliveries: unknown[] }).deliveries.length
  })
  const stored = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
  if (stored !== accepted) throw new Error(`${accepted} deliveries were answered 202, but ${stored} are stored`)
  await redis.flushall()
}

async function startVariant(
  name: string,
  fsync: 'everysec' | 'always' | null,
  dir: string,
  secret: string,
  log: Log,
): Promise<Variant> {
  const server = fsync === null ? null : await startEmbeddedRedis({ dataDir: join(dir, name), log, fsync })
  const args = server === null ? [secret] : [secret, server.socketPath]
  const child = fork(join(import.meta.dirname, 'door-server.ts'), args)
  const [port] = await once(child, 'message')
  const redis = server === null ? null : new Redis({ path: server.socketPath })
  return {
    name,
    port: Number(port),
    redis,
    rounds: [],
    async stop() {
      child.kill()
      redis?.disconnect()
      await server?.stop()
    },
  }
}

const FLOORS: Record<string, { floor: number; aim: number }> = {
  everysec: { floor: 0.7, aim: 0.8 },
  always: { floor: 0.5, aim: 0.6 },
}

function figuresOf(variants: readonly Variant[]): Figure[] {
  const rates = variants.map(variant => variant.rounds.map(round => round.accepted / round.seconds))
  const verifyOnly = rates[0] ?? []
  return variants.flatMap(({ name, rounds }, index): Figure[] => {
    const rate = rates[index] ?? []
    const ratios = rate.map((value, turn) => value / (verifyOnly[turn] ?? Number.NaN))
    const about = name === 'verify only' ? 'verify only' : `stored durably, appendfsync ${name}`
    const figures: Figure[] = [{ what: about, measured: perSecond(median(rate)) }]
    const { floor, aim } = FLOORS[name] ?? {}
    if (floor !== undefined && aim !== undefined) {
      const ratio = median(ratios)
      const spread = `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`
      figures.push({
        what: `  ratio to verify only (${spread})`,
        measured: ratio.toFixed(2),
        aim: atLeast(ratio, floor),
      })
      figures.push({ what: '  the same, aim', measured: ratio.toFixed(2), aim: atLeast(ratio, aim) })
    }
    const p50 = median(rounds.map(round => round.p50))
    const p99 = median(rounds.map(round => round.p99))
    figures.push({ what: '  answer p50 / p99', measured: `${p50.toFixed(1)} / ${ms(p99)}` })
    return figures
  })
}
