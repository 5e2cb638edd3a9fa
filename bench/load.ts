import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, openConnection } from './connection.ts'
import { ascending, percentile } from './figures.ts'
import { dataLoss, errorEvent, signedRequest, type Told } from './payloads.ts'

/**
 * The sender, a process of its own: forked, told tasks one after another; says when the first request leaves, and what
 * came of them. Every request is built and signed before that.
 */
export type LoadTask = {
  port: number
  secret: string
  what: { kind: 'alerts'; issues: readonly string[]; projects: readonly string[] } | { kind: 'errors'; from: number }
  connections: number
} & (
  | /** As fast as answers come, for so long; the requests are sent round and round. */
  { how: 'saturate'; ms: number }
  /** As fast as answers come, each once. */
  | { how: 'each'; count: number }
  /** So many a second, whatever the answers. */
  | { how: 'pace'; perSecond: number; ms: number }
)

export interface LoadResult {
  accepted: number
  refused: number
  seconds: number
  p50: number
  p99: number
}

/** Enough that no two in flight are alike. */
const SATURATING = 2_000

function build(task: LoadTask): Buffer[] {
  const { what } = task
  const now = Date.now()
  const count =
    task.how === 'saturate'
      ? SATURATING
      : task.how === 'each'
        ? task.count
        : Math.ceil((task.perSecond * task.ms) / 1000)
  const told = (n: number): Told => {
    if (what.kind === 'errors') return errorEvent(what.from + n, now)
    const [issue = '', project = ''] = [what.issues[n % what.issues.length], what.projects[n % what.projects.length]]
    // A millisecond apart: no delivery repeats another.
    return dataLoss(issue, project, now - n)
  }
  return Array.from({ length: count }, (_, n) => signedRequest(told(n), task.secret, now))
}

async function run(task: LoadTask): Promise<LoadResult> {
  const requests = build(task)
  const connections = await Promise.all(Array.from({ length: task.connections }, () => openConnection(task.port)))
  process.send?.('started')
  const took: number[] = []
  const result = { accepted: 0, refused: 0 }
  const started = performance.now()

  async function send(connection: Connection, request: Buffer): Promise<void> {
    const at = performance.now()
    const status = await connection.post(request).catch(() => 0)
    took.push(performance.now() - at)
    if (status === 202) result.accepted += 1
    else result.refused += 1
  }

  let next = 0
  async function worker(connection: Connection): Promise<void> {
    for (;;) {
      const at = next++
      if (task.how === 'saturate' ? performance.now() - started >= task.ms : at >= requests.length) return
      if (task.how === 'pace') {
        const early = started + (at * 1000) / task.perSecond - performance.now()
        if (early > 0) await sleep(early)
      }
      const request = requests[at % requests.length]
      if (request !== undefined) await send(connection, request)
    }
  }
  await Promise.all(connections.map(worker))
  const seconds = (performance.now() - started) / 1000
  for (const connection of connections) connection.close()
  const sorted = ascending(took)
  return { ...result, seconds, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) }
}

process.on('message', (task: LoadTask) => {
  void run(task).then(result => process.send?.(result))
})
