import type { Cluster, Redis } from 'ioredis'
import { type DeliveryRecord, deliveryRecordSchema } from '../signals/delivery.ts'
import { type Signal, signalSchema } from '../signals/signal.ts'
import { batchTime } from './batch-id.ts'
import { decodeOutcome, encodeOutcome, isCompact } from './outcome-codec.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export interface DeliveryStoreOptions {
  /** Records with their signal, ms. */
  keepMs?: number
  /** Masked raw payloads, ms. */
  keepPayloadMs?: number
  /** Compact outcomes of error events, ms. */
  keepCountedMs?: number
}

export interface StoredDelivery {
  record: DeliveryRecord
  /** What the delivery told, for replays; null in the errors lane and where nothing was told. */
  signal: Signal | null
  /** The masked body; null once its time is over. */
  payload: string | null
}

export interface DeliveryStore {
  /** First write wins: a delivery has exactly one outcome, whatever is repeated after a crash. */
  record(record: DeliveryRecord): Promise<void>
  recordMany(records: readonly DeliveryRecord[]): Promise<void>
  recordWithSignal(record: DeliveryRecord, signal: Signal | null, maskedPayload: string | null): Promise<void>
  get(id: string): Promise<StoredDelivery | null>
  /**
   * Null when this delivery is the first with that hash within the window (or holds it already), else the id of the first.
   * Costs a key for the whole window: for the alerts lane. Error events are counted once by their event id in the windows.
   */
  claimFirst(hash: string, deliveryId: string, windowMs: number): Promise<string | null>
}

/** KEYS: the batch's hash, then one key per full record. ARGV: ms to keep the hash, then per record: n, full or '', ms, compact or ''. */
const RECORD = `
local keep = tonumber(ARGV[1])
local next = 2
for i = 2, #ARGV, 4 do
  local n, full, ms, compact = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local key = KEYS[next]
  next = next + 1
  if redis.call('HEXISTS', KEYS[1], n) == 0 and redis.call('EXISTS', key) == 0 then
    if compact ~= '' then
      redis.call('HSET', KEYS[1], n, compact)
      if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], keep) end
    else
      redis.call('SET', key, full, 'PX', ms)
    end
  end
end`

/** Not SET NX GET, which Redis has only since 7.0. */
const CLAIM = `
local holder = redis.call('GET', KEYS[1])
if not holder then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return false
end
if holder == ARGV[1] then return false end
return holder`

interface Scripts {
  tocsinRecordDeliveries(keyCount: number, ...keysAndArgs: (string | number)[]): Promise<null>
  tocsinClaimDelivery(key: string, id: string, windowMs: number): Promise<string | null>
}

interface Place {
  batch: string
  n: string
}

/** Ids are `<batch>-<n>`; anything else is a batch of its own. */
function placeOf(id: string): Place {
  const match = /^(.+)-(\d{1,6})$/.exec(id)
  return { batch: match?.[1] ?? id, n: match?.[2] ?? '0' }
}

/** All keys of a batch are in one slot: a batch is recorded by one script. */
const keys = {
  batch: ({ batch }: Place) => `tocsin:{o:${batch}}`,
  record: ({ batch, n }: Place) => `tocsin:{o:${batch}}:${n}`,
  payload: ({ batch, n }: Place) => `tocsin:{o:${batch}}:${n}:raw`,
  claim: (hash: string) => `tocsin:{c:${hash}}`,
}

/** What became of each delivery, found by its id; with the signal and the masked payload for later replays. */
export function createDeliveryStore(redis: Redis | Cluster, options: DeliveryStoreOptions = {}): DeliveryStore {
  const { keepMs = 35 * DAY_MS, keepPayloadMs = 7 * DAY_MS, keepCountedMs = 6 * HOUR_MS } = options
  redis.defineCommand('tocsinRecordDeliveries', { lua: RECORD })
  redis.defineCommand('tocsinClaimDelivery', { numberOfKeys: 1, lua: CLAIM })
  const scripts = redis as unknown as Scripts

  async function write(batch: readonly DeliveryRecord[], signal: Signal | null): Promise<void> {
    const places = batch.map(record => placeOf(record.id))
    const [first] = places
    if (first === undefined) return
    const args = batch.flatMap((record, index) => {
      const compact = isCompact(record) && signal === null ? encodeOutcome(record, batchTime(first.batch)) : ''
      const full = compact === '' ? JSON.stringify({ record, signal }) : ''
      return [places[index]?.n ?? '0', full, keepMs, compact]
    })
    const recordKeys = places.map(keys.record)
    await scripts.tocsinRecordDeliveries(
      recordKeys.length + 1,
      keys.batch(first),
      ...recordKeys,
      keepCountedMs,
      ...args,
    )
  }

  return {
    record: record => write([record], null),
    async recordMany(records) {
      const batches = Map.groupBy(records, record => placeOf(record.id).batch)
      await Promise.all([...batches.values()].map(batch => write(batch, null)))
    },
    async recordWithSignal(record, signal, maskedPayload) {
      const key = keys.payload(placeOf(record.id))
      // Before the record: whoever finds the record finds the payload.
      if (maskedPayload !== null) await redis.set(key, maskedPayload, 'PX', keepPayloadMs, 'NX')
      await write([record], signal)
    },
    async get(id) {
      const place = placeOf(id)
      const [full, compact, payload] = await Promise.all([
        redis.get(keys.record(place)),
        redis.hget(keys.batch(place), place.n),
        redis.get(keys.payload(place)),
      ])
      if (full !== null) {
        const { record, signal } = JSON.parse(full) as { record: unknown; signal: unknown }
        const told = signal === null ? null : signalSchema.parse(signal)
        return { record: deliveryRecordSchema.parse(record), signal: told, payload }
      }
      const record = compact === null ? null : decodeOutcome(id, batchTime(place.batch), compact)
      return record === null ? null : { record, signal: null, payload }
    },
    claimFirst: (hash, deliveryId, windowMs) => scripts.tocsinClaimDelivery(keys.claim(hash), deliveryId, windowMs),
  }
}
