import type { Change } from '../incidents/change.ts'
import type { Incident } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import { clockSetBack, stepAt } from '../route/steps-due.ts'
import type { Applied } from './apply-change.ts'

export interface WatchdogDeps {
  incidents: Pick<IncidentStore, 'openIds' | 'readMany' | 'read' | 'index' | 'stepTimers'>
  apply(id: string, change: Change): Promise<Applied>
  /** Told of every escalation that was mended. */
  onRepaired(what: Ailment): void
  /** Told once a minute; true: every escalation was found healthy. */
  onLooked(healthy: boolean): Promise<void>
  clock: Clock
  log: Log
}

/** `overdue`: its time has passed and nobody was told; `no-timer`: nothing would ever look; `wrong-timer`: too late. */
export type Ailment = 'overdue' | 'no-timer' | 'wrong-timer'

const EVERY_MS = 60_000
const OVERDUE_MS = 60_000
/** One that was taken up to be told has its timer half a minute ahead. */
const TIMER_MAY_LAG_MS = 60_000
/** Between a change and its index lie milliseconds. */
const JUST_CHANGED_MS = 5_000
const AT_ONCE = 200

/**
 * Proves, once a minute, that escalations advance: every open incident whose next step is overdue, or that nothing would
 * lead to, is mended and counted. What is mended was broken: only a look that finds nothing counts as healthy.
 */
export function createWatchdog(deps: WatchdogDeps) {
  const { incidents, clock, log } = deps
  let lookedAt = Number.NEGATIVE_INFINITY

  async function look(): Promise<boolean> {
    let healthy = true
    const ids = await incidents.openIds()
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const part = await incidents.readMany(ids.slice(at, at + AT_ONCE))
      const timers = await incidents.stepTimers(part.map(({ id }) => id))
      for (const [index, incident] of part.entries()) {
        const ailment = ailmentOf(incident, timers[index] ?? null, clock.now())
        if (ailment === null) continue
        healthy = false
        await mend(incident, ailment)
      }
    }
    return healthy
  }

  async function mend({ id, stepAt: waited, title }: Incident, ailment: Ailment): Promise<void> {
    try {
      await deps.apply(id, { kind: 'due', at: clock.now() })
      const incident = await incidents.read(id)
      if (incident !== null) await incidents.index(incident)
      deps.onRepaired(ailment)
      log.error({ incident: id, ailment, stepAt: waited }, `the escalation of "${title}" had stopped and goes on now`)
    } catch (error) {
      log.error({ err: error, incident: id, ailment }, `the escalation of "${title}" has stopped; tried again shortly`)
    }
  }

  return {
    /** Looks if a minute has passed since the last look. Throws when the store does not answer: that is no health. */
    async tick(): Promise<void> {
      const now = clock.now()
      // A clock that was set back starts the minute anew.
      if (now >= lookedAt && now - lookedAt < EVERY_MS) return
      lookedAt = now
      const healthy = await look()
      await deps.onLooked(healthy)
    },
  }
}

function isWaitedFor({ status, silenced }: Incident): boolean {
  return status === 'triggered' && silenced === null
}

/** What is wrong with the escalation of an open incident; `timer`: when the index would lead to it. Pure. */
export function ailmentOf(incident: Incident, timer: number | null, now: number): Ailment | null {
  const due = stepAt(incident)
  // A timer too many only makes somebody look once for nothing.
  if (due === null) return null
  if (now - due > OVERDUE_MS) return 'overdue'
  if (isWaitedFor(incident) && clockSetBack(incident, now) !== null) return 'wrong-timer'
  if (now - incident.updatedAt < JUST_CHANGED_MS && now >= incident.updatedAt) return null
  if (incident.stepAt !== due) return incident.stepAt === null ? 'no-timer' : 'wrong-timer'
  if (timer === null) return 'no-timer'
  return timer - Math.max(due, now) > TIMER_MAY_LAG_MS ? 'wrong-timer' : null
}
