import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { destinationSchema } from '../src/deliver/destination.ts'
import type { ImpactSource } from '../src/measure/impact-source.ts'
import type { Survey } from '../src/measure/survey.ts'
import { createOpenFlow, flowWorld } from '../src/pipeline/open-flow.ts'
import { createReplayApart } from '../src/pipeline/replay-apart.ts'
import { startEmbeddedRedis } from '../src/platform/embedded-redis.ts'
import type { Log } from '../src/platform/logger.ts'
import { createSecretBox } from '../src/platform/secret-box.ts'
import { defaultRules } from '../src/rules/default-rules.ts'
import { createStores } from '../src/stores.ts'
import { toLine } from '../src/whatif/kept-signal.ts'
import type { ReplaySummary } from '../src/whatif/replay.ts'
import { atMost, below, bytes, type Figure, ms } from './figures.ts'
import { aMonthOfSignals } from './kept-signals.ts'

const SIGNALS = 100_000
const DAYS = 30
const DAY_MS = 86_400_000
const AIM_SECONDS = 30

/** A month of signals in a Redis of their own: what they cost there, and how long they take to be judged again. */
export async function measureReplay(dataDir: string, log: Log, signals = SIGNALS): Promise<Figure[]> {
  const embedded = await startEmbeddedRedis({ dataDir, log })
  const redis = new Redis({ path: embedded.socketPath })
  try {
    const stores = createStores(redis, { secretBox: createSecretBox([randomBytes(32)]), clock: { now: Date.now } })
    const pagerduty = { destination: { id: 'pagerduty-oncall', kind: 'pagerduty' }, secret: { routingKey: hex(16) } }
    const slack = ['slack-incidents', 'slack-alerts-production'].map(id => ({
      destination: { id, kind: 'slack', channel: `#${id}` },
      secret: { botToken: `xoxb-${hex(12)}` },
    }))
    const seeds = [pagerduty, ...slack, { destination: { id: 'backlog', kind: 'backlog' }, secret: {} }]
    await stores.destinations.seedFromEnvironment(
      seeds.map(({ destination, secret }) => ({
        destination: destinationSchema.parse({ name: destination.id, ...destination }),
        secret,
      })),
    )
    await stores.destinations.refresh()
    const pages = (kind: string) => kind === 'pagerduty'
    const openFlow = createOpenFlow({ stores, ask: NOBODY, pages, doorOpenSince: () => 0 })
    const replay = createReplayApart({ kept: stores.kept, world: () => flowWorld(stores, pages) })
    const document = defaultRules({ pagerduty: true, slack: true })
    const rules = { name: 'the default rules', number: 1, document }
    const to = Math.floor(Date.now() / DAY_MS) * DAY_MS - 1
    const from = to - DAYS * DAY_MS + 1

    const used = await memory(redis)
    let lines: string[] = []
    let day = from
    const write = async () => {
      for (let n = 0; n < lines.length; n += 256) {
        await stores.kept.append(lines.slice(n, n + 256), day, 40 * DAY_MS)
        await stores.kept.pack(day)
      }
      lines = []
    }
    for await (const kept of aMonthOfSignals(signals, from, to, rules, openFlow)) {
      if (Math.floor(kept.at / DAY_MS) !== Math.floor(day / DAY_MS)) await write()
      day = kept.at
      lines.push(toLine(kept))
    }
    await write()
    const each = ((await memory(redis)) - used) / signals

    const draft = structuredClone(document)
    for (const rule of draft.severityRules) if (rule.severity === 'P1' && rule.about === 'issue') rule.severity = 'P2'
    const same = await timed(rules, to - 2 * DAY_MS)
    const other = await timed({ name: 'milder', number: 0, document: draft }, from)
    if (same.summary.severities.changed !== 0)
      throw new Error(`held against the same rules, no verdict may differ: ${JSON.stringify(same.summary)}`)
    if (other.summary.signals !== signals || other.summary.pages.lost + other.summary.posts.lost === 0)
      throw new Error(`held against milder rules, pages must be lost: ${JSON.stringify(other.summary)}`)
    return [
      { what: 'a judged signal kept for replays, in Redis', measured: bytes(each) },
      {
        what: `${signals.toLocaleString('en')} of them (a month)`,
        measured: bytes(each * signals),
        aim: atMost(each * signals, 60e6),
      },
      {
        what: 'replayed against other rules: a month',
        measured: seconds(other.took),
        aim: below(other.took / 1_000, AIM_SECONDS, 's'),
      },
      { what: 'processor time of it, garbage collection included', measured: seconds(other.cpu) },
      { what: 'longest that the event loop was held up by it', measured: ms(Math.max(same.blocked, other.blocked)) },
    ]

    async function timed(
      against: typeof rules,
      from: number,
    ): Promise<{ took: number; cpu: number; blocked: number; summary: ReplaySummary }> {
      const begun = performance.now()
      const cpu = process.cpuUsage()
      let [last, blocked] = [begun, 0]
      const timer = setInterval(() => {
        const now = performance.now()
        blocked = Math.max(blocked, now - last - 1)
        last = now
      }, 1)
      try {
        const request = { against, from, to, projects: null, source: null, differences: 0 }
        for await (const line of replay(request)) {
          if (line.type === 'summary')
            return { took: performance.now() - begun, cpu: cpuMs(process.cpuUsage(cpu)), blocked, summary: line }
        }
      } finally {
        clearInterval(timer)
      }
      throw new Error('a replay without a summary')
    }
  } finally {
    redis.disconnect()
    await embedded.stop()
  }
}

async function memory(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? 'NaN')
}

const cpuMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000
const hex = (length: number): string => randomBytes(length).toString('hex')
const seconds = (took: number): string => `${(took / 1_000).toFixed(1)} s`

/** Replays ask nobody: everything was measured then. */
const NOBODY = {} as ImpactSource & Survey
