import { on } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { KeptStore } from '../whatif/kept-store.ts'
import type { ReplayLine, ReplayRequest } from '../whatif/replay.ts'
import type { FromThread, ReplayTask } from './replay-thread.ts'

export interface ReplayApartDeps {
  kept: Pick<KeptStore, 'read'>
  /** What is known of the destinations there are. */
  world(): ReplayTask['world']
}

export type ReplayApart = (request: ReplayRequest) => AsyncGenerator<ReplayLine>

/** Much is made and thrown away: with room for it, a third of the time that collecting it takes is saved. */
const YOUNG_MB = 64
/** Beyond it the thread ends with an error, and the service goes on: a month of 100,000 signals needs some 300. */
const MOST_MB = 1_024

/**
 * A replay takes seconds of a processor: in a thread of its own, so that an alert never waits behind it. It is given what
 * was kept as fast as its findings are read, and ends with its reader.
 */
export function createReplayApart({ kept, world }: ReplayApartDeps): ReplayApart {
  return async function* replayApart(request) {
    const thread = new Worker(new URL('./replay-thread.ts', import.meta.url), {
      workerData: { request, world: world() } satisfies ReplayTask,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: MOST_MB },
    })
    const reading = kept.read(request.from, request.to)
    try {
      // Rejects when the thread fails.
      for await (const [{ found, more }] of on(thread, 'message') as AsyncIterableIterator<[FromThread]>) {
        yield* found
        if (!more) return
        const { done, value } = await reading.next()
        thread.postMessage(done === true ? null : value)
      }
    } finally {
      await reading.return(undefined)
      await thread.terminate()
    }
  }
}
