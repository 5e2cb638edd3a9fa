import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import type { Cluster, Redis } from 'ioredis'

/** Signals as they were judged, day by day, for judging them again under other rules. Lines of text; see kept-signal.ts. */
export interface KeptStore {
  /** Adds lines to the day of `at` (ms), kept until `keepMs` after it. How many of them found room. */
  append(lines: readonly string[], at: number, keepMs: number): Promise<number>
  /** Packs what has gathered in the day of `at`. Several processes may at once. */
  pack(at: number): Promise<void>
  /** Every line from the day of `from` to the day of `to`, in groups, in the order they were added. */
  read(from: number, to: number): AsyncGenerator<string[]>
  /** Bytes in Redis, and how many lines found no room, of the day of `at`. */
  size(at: number): Promise<{ bytes: number; refused: number }>
}

export interface KeptStoreOptions {
  /** Lines that are packed together: beyond some hundred, compression gains little more. */
  chunkLines?: number
  /** Chunks a day: what is beyond is counted and not kept, so that a flood cannot eat Redis. */
  chunksADay?: number
}

const DAY_MS = 86_400_000
/** Chunks that are read at once. */
const READ_AT_ONCE = 8

/** KEYS: open lines, chunks, refused. ARGV: most chunks, ms to keep, lines. Answers how many were added. */
const APPEND = `
local room = redis.call('LLEN', KEYS[2]) < tonumber(ARGV[1])
if not room then
  redis.call('INCRBY', KEYS[3], #ARGV - 2)
  redis.call('PEXPIRE', KEYS[3], ARGV[2])
  return 0
end
for i = 3, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return #ARGV - 2
`

/** KEYS: open lines, chunks. ARGV: first and last line that were packed, how many, the chunk, ms to keep. */
const SEAL = `
local count = tonumber(ARGV[3])
if redis.call('LINDEX', KEYS[1], 0) ~= ARGV[1] or redis.call('LINDEX', KEYS[1], count - 1) ~= ARGV[2] then return 0 end
redis.call('LTRIM', KEYS[1], count, -1)
redis.call('RPUSH', KEYS[2], ARGV[4])
local left = redis.call('PTTL', KEYS[1])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
if left > 0 then redis.call('PEXPIRE', KEYS[2], left) end
return 1
`

interface Scripts {
  tocsinKeepAppend(...args: (string | number)[]): Promise<number>
  tocsinKeepSeal(...args: (string | number | Buffer)[]): Promise<number>
}

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/**
 * In Redis: a list a day of lines that came lately, and one of chunks of some hundred lines each, packed with zstd; both
 * share a slot, so that packing is one step.
 */
export function createKeptStore(redis: Redis | Cluster, options: KeptStoreOptions = {}): KeptStore {
  const { chunkLines = 256, chunksADay = 1_000 } = options
  redis.defineCommand('tocsinKeepAppend', { numberOfKeys: 3, lua: APPEND })
  redis.defineCommand('tocsinKeepSeal', { numberOfKeys: 2, lua: SEAL })
  const scripts = redis as unknown as Scripts
  const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)
  const keysOf = (at: number) => {
    const day = `tocsin:{kept:${dayOf(at)}}`
    return { open: `${day}:open`, chunks: `${day}:chunks`, refused: `${day}:refused` }
  }

  return {
    async append(lines, at, keepMs) {
      if (lines.length === 0) return 0
      const { open, chunks, refused } = keysOf(at)
      // Until the last moment of that day has been kept for long enough.
      const ms = Math.max(1, Math.round(keepMs)) + DAY_MS
      return scripts.tocsinKeepAppend(open, chunks, refused, chunksADay, ms, ...lines)
    },
    async pack(at) {
      const { open, chunks } = keysOf(at)
      for (;;) {
        if ((await redis.llen(open)) < chunkLines) return
        const lines = await redis.lrange(open, 0, chunkLines - 1)
        const [first = '', last = ''] = [lines[0], lines.at(-1)]
        const chunk = await compress(lines.join('\n'))
        await scripts.tocsinKeepSeal(open, chunks, first, last, lines.length, chunk, DAY_MS)
      }
    },
    async *read(from, to) {
      const lastDay = Math.floor(to / DAY_MS) * DAY_MS
      for (let day = Math.floor(from / DAY_MS) * DAY_MS; day <= lastDay; day += DAY_MS) {
        const { open, chunks } = keysOf(day)
        for (let index = 0; ; index += READ_AT_ONCE) {
          const packed = await redis.lrangeBuffer(chunks, index, index + READ_AT_ONCE - 1)
          for (const chunk of packed) yield (await decompress(chunk)).toString('utf8').split('\n')
          if (packed.length === READ_AT_ONCE) continue
          // In one step: what is packed meanwhile is neither missed nor told twice.
          const after = index + packed.length
          const [late, rest] = (await redis.multi().lrangeBuffer(chunks, after, -1).lrange(open, 0, -1).exec()) ?? []
          for (const chunk of (late?.[1] ?? []) as Buffer[])
            yield (await decompress(chunk)).toString('utf8').split('\n')
          const lines = (rest?.[1] ?? []) as string[]
          if (lines.length > 0) yield lines
          break
        }
      }
    },
    async size(at) {
      const { open, chunks, refused } = keysOf(at)
      const [a, b, count] = await Promise.all([
        redis.memory('USAGE', open, 'SAMPLES', 0),
        redis.memory('USAGE', chunks, 'SAMPLES', 0),
        redis.get(refused),
      ])
      return { bytes: Number(a ?? 0) + Number(b ?? 0), refused: Number(count ?? 0) }
    },
  }
}
