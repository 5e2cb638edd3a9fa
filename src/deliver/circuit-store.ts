import type { Cluster, Redis } from 'ioredis'
import { z } from 'zod'
import { afterFailure, type Circuit, CLOSED, PROBE_MS, probeWaitMs } from './circuit.ts'

export interface CircuitStore {
  /** May one be sent there now? 0: yes, and while the circuit is open nobody else's turn comes for 30 s; else the wait, ms. */
  admit(destination: string, now: number): Promise<number>
  /** One was taken: `closed` when the circuit was open until now. */
  succeeded(destination: string): Promise<'closed' | null>
  /** One failed: `opened` when that was one too many. */
  failed(destination: string, error: string, now: number): Promise<'opened' | null>
  /** From memory, as of the last refresh. */
  view(destination: string): Circuit
  /** Those that are open, from memory, by id. */
  open(): { destination: string; circuit: Circuit }[]
  /** Looks at what every process has seen. */
  refresh(): Promise<void>
  forget(destination: string): Promise<void>
}

const circuitSchema = z.object({
  failures: z.number(),
  failingSince: z.number().nullable(),
  openedAt: z.number().nullable(),
  probeAt: z.number().nullable(),
  lastError: z.string().nullable(),
})

/** Few are failing at a time: one hash holds them all, and a destination that works has no field. */
const KEY = 'tocsin:{circuits}:failing'
const MOST_ERROR = 500

/** ARGV: destination, its value as it was read ('' none), its value now ('' none). */
const SWAP = `
local old = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if old ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1
`

interface Scripts {
  tocsinCircuit(...args: (string | number)[]): Promise<number>
}

/** Which destinations fail, shared by every process. */
export function createCircuitStore(redis: Redis | Cluster): CircuitStore {
  redis.defineCommand('tocsinCircuit', { numberOfKeys: 1, lua: SWAP })
  const scripts = redis as unknown as Scripts
  let seen = new Map<string, Circuit>()

  /** Reads, decides, writes, atomically; `next` null: it works. */
  async function change<T>(
    destination: string,
    decide: (circuit: Circuit) => { next: Circuit | null; answer: T },
  ): Promise<T> {
    for (;;) {
      const text = await redis.hget(KEY, destination)
      const before = parse(text)
      const { next, answer } = decide(before)
      if (next === before || (next === null && text === null)) return answer
      const swapped = await scripts.tocsinCircuit(
        KEY,
        destination,
        text ?? '',
        next === null ? '' : JSON.stringify(next),
      )
      if (swapped !== 1) continue
      if (next === null) seen.delete(destination)
      else seen.set(destination, next)
      return answer
    }
  }

  return {
    admit: (destination, now) =>
      change(destination, circuit => {
        const answer = probeWaitMs(circuit, now)
        const probes = circuit.openedAt !== null && answer === 0
        return { next: probes ? { ...circuit, probeAt: now + PROBE_MS } : circuit, answer }
      }),
    succeeded: destination =>
      change(destination, circuit => ({ next: null, answer: circuit.openedAt === null ? null : 'closed' })),
    failed: (destination, error, now) =>
      change(destination, circuit => {
        const next = afterFailure(circuit, error.slice(0, MOST_ERROR), now)
        return { next, answer: circuit.openedAt === null && next.openedAt !== null ? 'opened' : null }
      }),
    view: destination => seen.get(destination) ?? CLOSED,
    open: () =>
      [...seen]
        .filter(([, circuit]) => circuit.openedAt !== null)
        .map(([destination, circuit]) => ({ destination, circuit }))
        .sort((a, b) => a.destination.localeCompare(b.destination)),
    async refresh() {
      seen = new Map(Object.entries(await redis.hgetall(KEY)).map(([id, text]) => [id, parse(text)]))
    },
    async forget(destination) {
      await redis.hdel(KEY, destination)
      seen.delete(destination)
    },
  }
}

function parse(text: string | null): Circuit {
  return text === null ? CLOSED : circuitSchema.parse(JSON.parse(text))
}
