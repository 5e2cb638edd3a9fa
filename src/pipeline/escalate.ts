import type { Change } from '../incidents/change.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { Applied } from './apply-change.ts'

export interface EscalateDeps {
  incidents: Pick<IncidentStore, 'stepsDue' | 'takeUpSteps' | 'read' | 'index'>
  apply(id: string, change: Change): Promise<Applied>
  clock: Clock
  log: Log
}

const MOST_AT_ONCE = 200

/**
 * Tells every step, reminder and end of a silence that is due. The index only leads there: what is due is decided by the
 * incident itself, compare-and-set, so that however many processes look, and wherever one of them died, each step is
 * owed once. Throws when the store does not answer.
 */
export function createEscalate({ incidents, apply, clock, log }: EscalateDeps) {
  async function one(id: string): Promise<void> {
    try {
      const applied = await apply(id, { kind: 'due', at: clock.now() })
      if (applied.action !== 'none') return
      // Found by a timer that is older than the incident: it is brought up to date, or it would be found for ever.
      const incident = await incidents.read(id)
      if (incident !== null) await incidents.index(incident)
    } catch (error) {
      // It was taken up for half a minute: then it is due again.
      log.warn({ err: error, incident: id }, 'a step that is due could not be told; tried again shortly')
    }
  }

  return async function escalate(): Promise<void> {
    const now = clock.now()
    const taken = await incidents.takeUpSteps(await incidents.stepsDue(now, MOST_AT_ONCE), now)
    await Promise.all(taken.map(one))
  }
}
