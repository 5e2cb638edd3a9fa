import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { createDeliveryStore } from '../src/sentry/delivery-store.ts'
import type { DeliveryRecord } from '../src/signals/delivery.ts'

/**
 * The store of a running service, seen directly: outcomes by the thousand, as `GET /api/v1/deliveries/{id}` tells them
 * one by one within its rate limit.
 */
export interface StoreView {
  /** The embedded server's process. */
  serverPid(): Promise<number>
  /** Those of these deliveries that have an outcome. */
  outcomes(ids: Iterable<string>): Promise<Map<string, DeliveryRecord>>
  close(): void
}

/** The directory of the embedded server's socket: it stands in the command lines of the server and its keeper. */
export function socketDirOf(dataDir: string): string {
  return dirname(socketOf(dataDir))
}

function socketOf(dataDir: string): string {
  return readFileSync(join(dataDir, 'redis.socket'), 'utf8').trim()
}

export function openStoreView(dataDir: string): StoreView {
  const redis = new Redis({ path: socketOf(dataDir), maxRetriesPerRequest: null })
  redis.on('error', () => {})
  const store = createDeliveryStore(redis)
  return {
    async serverPid() {
      return Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1])
    },
    async outcomes(ids) {
      const found = await Promise.all([...ids].map(async id => [id, await store.get(id)] as const))
      return new Map(found.flatMap(([id, stored]) => (stored === null ? [] : [[id, stored.record] as const])))
    },
    close: () => redis.disconnect(),
  }
}

/** Waits until each of them has an outcome, at most `withinMs`; answers those that were found. */
export async function awaitOutcomes(
  view: StoreView,
  ids: Iterable<string>,
  withinMs: number,
): Promise<Map<string, DeliveryRecord>> {
  const end = performance.now() + withinMs
  const found = new Map<string, DeliveryRecord>()
  const missing = new Set(ids)
  for (;;) {
    for (const [id, record] of await view.outcomes(missing)) {
      found.set(id, record)
      missing.delete(id)
    }
    if (missing.size === 0 || performance.now() > end) return found
    await sleep(250)
  }
}
