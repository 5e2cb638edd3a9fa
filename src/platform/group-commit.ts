import { TocsinError } from '../errors.ts'

export interface GroupCommitOptions<T, R> {
  /** Stores the items together, all or none; answers one result per item, in order. */
  commit(items: readonly T[]): Promise<readonly R[]>
  /** At most this many items in one commit. */
  maxItems?: number
  /** At most this many bytes in one commit; a larger item goes alone. */
  maxBytes?: number
  /** Bytes of one item. */
  size?(item: T): number
  /** Commits under way at once; while that many are, what arrives waits together. */
  maxInFlight?: number
  /**
   * After a commit has left, the next one leaves this many ms later, or as soon as it is full: a steady stream then costs
   * so many commits a second at most. 0 (default): at once.
   */
  restMs?: number
  /** Bytes waiting to be committed before new items are refused with STORE_UNAVAILABLE: memory is bounded when the store hangs. */
  maxQueuedBytes?: number
}

export interface GroupCommit<T, R> {
  /** Resolves when the commit that holds the item did; rejects with that commit's error. */
  add(item: T): Promise<R>
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>
}

interface Waiting<T, R> {
  item: T
  bytes: number
  resolve(result: R): void
  reject(error: unknown): void
}

/**
 * Items that arrive together share one commit, so one fsync pays for all of them. A lone item is not held back:
 * it leaves at the end of the event-loop turn it came in, or when the rest after the commit before it is over.
 */
export function createGroupCommit<T, R>(options: GroupCommitOptions<T, R>): GroupCommit<T, R> {
  const { commit, size = () => 0, maxItems = 64, maxBytes = 8 << 20, maxInFlight = 2, restMs = 0 } = options
  const maxQueuedBytes = options.maxQueuedBytes ?? 128 << 20
  let queue: Waiting<T, R>[] = []
  let queuedBytes = 0
  let inFlight = 0
  let scheduled = false
  let resting = false
  let whenIdle: (() => void)[] = []

  function schedule(): void {
    if (scheduled || !mayLeave()) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      while (mayLeave()) {
        void send(takeBatch())
        rest()
      }
    })
  }

  function mayLeave(): boolean {
    return inFlight < maxInFlight && queue.length > 0 && (!resting || queue.length >= maxItems)
  }

  function rest(): void {
    if (restMs === 0 || resting) return
    resting = true
    setTimeout(() => {
      resting = false
      schedule()
    }, restMs)
  }

  function takeBatch(): Waiting<T, R>[] {
    let bytes = 0
    let count = 0
    while (count < queue.length && count < maxItems) {
      const next = queue[count]?.bytes ?? 0
      if (count > 0 && bytes + next > maxBytes) break
      bytes += next
      count++
    }
    const batch = queue.slice(0, count)
    queue = queue.slice(count)
    queuedBytes -= bytes
    return batch
  }

  async function send(batch: Waiting<T, R>[]): Promise<void> {
    inFlight++
    try {
      const results = await commit(batch.map(waiting => waiting.item))
      for (const [index, waiting] of batch.entries()) waiting.resolve(results[index] as R)
    } catch (error) {
      for (const waiting of batch) waiting.reject(error)
    } finally {
      inFlight--
      schedule()
      if (inFlight === 0 && queue.length === 0) {
        for (const resolve of whenIdle) resolve()
        whenIdle = []
      }
    }
  }

  return {
    add(item) {
      const bytes = size(item)
      if (queuedBytes > 0 && queuedBytes + bytes > maxQueuedBytes)
        return Promise.reject(
          new TocsinError('STORE_UNAVAILABLE', 'The store is too slow: too much waits to be stored.'),
        )
      return new Promise<R>((resolve, reject) => {
        queue.push({ item, bytes, resolve, reject })
        queuedBytes += bytes
        schedule()
      })
    },
    idle() {
      if (inFlight === 0 && queue.length === 0) return Promise.resolve()
      return new Promise(resolve => whenIdle.push(resolve))
    },
  }
}
