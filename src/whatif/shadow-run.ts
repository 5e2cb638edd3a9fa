import { compareAfresh, type Difference } from './compare-afresh.ts'
import type { Against } from './dry-flow.ts'
import type { Kept } from './kept-signal.ts'
import type { OpenFlow } from './open-flow.ts'
import type { Shadow, ShadowCounts, ShadowStore } from './shadow-store.ts'

export interface ShadowRunDeps {
  store: ShadowStore
  openFlow: OpenFlow
  /** The rules in force. */
  published(): Against
  now(): number
  onFailed(error: unknown): void
}

export type ShadowRun = ReturnType<typeof createShadowRun>

/** Waiting to be compared: beyond it a signal is counted as failed and let go. */
const MOST_WAITING = 1_000

/**
 * Judges beside the published rules what they have judged, after the fact: nothing waits for it, and a failure in it is
 * counted and disturbs nothing.
 */
export function createShadowRun(deps: ShadowRunDeps) {
  const { store, openFlow } = deps
  let running: Shadow | null = null
  let last: Shadow | null = null
  let lookedAt: string | null = null
  let waiting: Kept[] = []
  let lost = 0
  let working: Promise<void> = Promise.resolve()

  /** What another process began or ended is known here too. */
  async function refresh(): Promise<void> {
    const id = await store.id()
    if (id !== lookedAt) {
      last = id === null ? null : await store.read()
      lookedAt = last?.id ?? id
      if (id !== null && last === null)
        deps.onFailed(new Error('the shadow that was begun cannot be read: begin it anew'))
    }
    running = last !== null && deps.now() <= last.until ? last : null
  }

  async function work(): Promise<void> {
    const shadow = running
    const items = waiting
    waiting = []
    const failedBefore = lost
    lost = 0
    if (shadow === null || (items.length === 0 && failedBefore === 0)) return
    const counts: ShadowCounts = {
      signals: 0,
      different: 0,
      failed: failedBefore,
      severity: 0,
      rule: 0,
      route: 0,
      targets: 0,
    }
    const differences: Difference[] = []
    const against: Against = { name: shadow.name, number: 0, document: shadow.document }
    for (const kept of items) {
      counts.signals += 1
      try {
        const difference = await compareAfresh(kept, deps.published(), against, openFlow)
        if (difference === null) continue
        counts.different += 1
        for (const what of difference.what) counts[what] += 1
        differences.push(difference)
      } catch (error) {
        counts.failed += 1
        deps.onFailed(error)
      }
    }
    await store.add(shadow.id, counts, differences)
  }

  return {
    /** What is run, as it was when last looked at; null: nothing, or its time is over. */
    running: () => running,
    /** A signal was judged. Only remembered here. Never throws. */
    sees(kept: Kept): void {
      if (running === null || kept.again !== null || kept.at > running.until) return
      if (waiting.length < MOST_WAITING) waiting.push(kept)
      else lost += 1
    },
    /** Compares what has gathered and writes it down, and looks what is to be run from now on. Never throws. */
    flush(): Promise<void> {
      working = working.then(work).then(refresh).catch(deps.onFailed)
      return working
    },
  }
}
