import { parentPort, workerData } from 'node:worker_threads'
import type { ReplayLine, ReplayRequest } from '../whatif/replay.ts'
import { replay } from '../whatif/replay.ts'
import { type FlowWorld, openFlowIn } from './open-flow.ts'

/** A replay in a thread of its own: asks for what was kept, group by group, and tells what it finds. See replay-apart.ts. */

export interface ReplayTask {
  request: ReplayRequest
  world: FlowWorld
}

/** It is answered with lines, or null when there are no more. */
export type FromThread = { found: ReplayLine[]; more: boolean }

const port = parentPort
if (port === null) throw new Error('this is run in a thread of its own')
const { request, world } = workerData as ReplayTask
let found: ReplayLine[] = []

function tell(more: boolean): void {
  port?.postMessage({ found, more } satisfies FromThread)
  found = []
}

async function* kept(): AsyncGenerator<string[]> {
  for (;;) {
    const lines = await new Promise<string[] | null>(resolve => {
      port?.once('message', resolve)
      tell(true)
    })
    if (lines === null) return
    yield lines
  }
}

for await (const line of replay({ kept: { read: kept }, openFlow: openFlowIn(world) }, request)) found.push(line)
tell(false)
