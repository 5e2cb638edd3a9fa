import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { Dispatch } from './dispatch.ts'
import type { createRemeasure } from './remeasure.ts'

export interface WatchDeps {
  incidents: IncidentStore
  dispatch: Dispatch
  remeasure: ReturnType<typeof createRemeasure>
  clock: Clock
  log: Log
  onRepaired(count: number): void
}

const MOST_AT_ONCE = 50

/**
 * Looks, every second or so, at what no webhook will tell: verdicts due to be made again, and notifications that a
 * crash left owed. Everything it does can be repeated without harm.
 */
export function createWatch(deps: WatchDeps) {
  async function guarded(what: string, run: () => Promise<unknown>): Promise<void> {
    await run().catch(error => deps.log.warn({ err: error }, `${what} failed; tried again shortly`))
  }

  async function measureDue(): Promise<void> {
    const due = await deps.incidents.due(deps.clock.now(), MOST_AT_ONCE)
    await Promise.all(due.map(id => guarded(`measuring ${id} again`, () => deps.remeasure(id))))
  }

  async function repairOwed(): Promise<void> {
    const repaired = await deps.dispatch.sweep()
    if (repaired > 0) {
      deps.onRepaired(repaired)
      deps.log.warn({ incidents: repaired }, 'notifications were still owed and are sent now')
    }
  }

  return {
    /** One round of what is due now. */
    async tick(): Promise<void> {
      await guarded('looking at due verdicts', measureDue)
    },
    /** One round of repairs. */
    async sweep(): Promise<void> {
      await guarded('sweeping what is owed', repairOwed)
    },
  }
}
