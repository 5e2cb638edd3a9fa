import type { Incident } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { Dispatch } from './dispatch.ts'
import type { createEscalate } from './escalate.ts'
import type { createRemeasure } from './remeasure.ts'
import type { createWatchdog } from './watchdog.ts'

export interface WatchDeps {
  incidents: IncidentStore
  dispatch: Dispatch
  remeasure: ReturnType<typeof createRemeasure>
  escalate: ReturnType<typeof createEscalate>
  watchdog: ReturnType<typeof createWatchdog>
  clock: Clock
  log: Log
  onRepaired(count: number): void
  onMeasuredAgain(count: number): void
}

/** Looked through for what matters most, when more is due than there is budget for. */
const MOST_LOOKED_AT = 500
/**
 * Measurings again in a minute, and at once. Each is three to six questions to Sentry, whose limits per endpoint are
 * told in headers and kept to besides (sentry-docs: docs/api/ratelimits.mdx); live questions come first there too.
 */
const A_MINUTE = 240
const MOST_AT_ONCE = 50

/**
 * Looks, every second or so, at what no webhook will tell: steps that are due, verdicts due to be made again, and
 * notifications that a crash left owed. Everything it does can be repeated without harm.
 */
export function createWatch(deps: WatchDeps) {
  let left = MOST_AT_ONCE
  let filledAt = deps.clock.now()

  function budget(): number {
    const now = deps.clock.now()
    left = Math.min(MOST_AT_ONCE, left + (Math.max(0, now - filledAt) * A_MINUTE) / 60_000)
    filledAt = now
    return Math.floor(left)
  }

  async function guarded(what: string, run: () => Promise<unknown>): Promise<void> {
    await run().catch(error => deps.log.warn({ err: error }, `${what} failed; tried again shortly`))
  }

  async function measureDue(): Promise<void> {
    const now = deps.clock.now()
    const due = await deps.incidents.due(now, MOST_LOOKED_AT)
    const most = budget()
    const chosen = due.length <= most ? due : await mostPressing(due, most)
    const taken = await deps.incidents.takeUp(chosen, now)
    left -= taken.length
    await Promise.all(taken.map(id => guarded(`measuring ${id} again`, () => deps.remeasure(id))))
    if (taken.length > 0) deps.onMeasuredAgain(taken.length)
  }

  async function mostPressing(due: readonly string[], most: number): Promise<string[]> {
    const found = await deps.incidents.readMany(due)
    return found
      .sort((a, b) => urgency(a) - urgency(b))
      .slice(0, most)
      .map(({ id }) => id)
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
    /** Tells the steps that are due: apart from measuring, which may wait for Sentry. */
    async escalate(): Promise<void> {
      await guarded('telling steps that are due', deps.escalate)
      await guarded('looking whether escalations advance', deps.watchdog.tick)
    },
    /** One round of repairs. */
    async sweep(): Promise<void> {
      await guarded('sweeping what is owed', repairOwed)
    },
  }
}

/** What is held back, doubted or a condition first; then what was to be looked at soonest after it was last measured. */
function urgency(incident: Incident): number {
  if (incident.quiet !== null || incident.verdict.degraded || incident.kind !== 'issue') return 0
  const measured = incident.impact.production?.events?.at ?? incident.openedAt
  return Math.max(1, (incident.remeasureAt ?? 0) - measured)
}
