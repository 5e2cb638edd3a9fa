import type { NotificationStore } from '../deliver/notification-store.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { PollStore } from '../sentry/poll-store.ts'
import { causeKey } from '../signals/dedup-key.ts'
import type { Signal } from '../signals/signal.ts'
import type { createApplyChange } from './apply-change.ts'
import { aboutSource } from './derive-signal.ts'
import type { Judge } from './judge.ts'
import { missedAsSuspects, missedSummary, summaryIncident } from './missed-summary.ts'

export interface TellGapDeps {
  polls: Pick<PollStore, 'gapItems'>
  incidents: Pick<IncidentStore, 'read' | 'readMany'>
  notifications: Pick<NotificationStore, 'list'>
  judge: Judge
  apply: ReturnType<typeof createApplyChange>
  /** Since when webhooks have been taken without a gap, ms. */
  doorOpenSince(): number
  clock: Clock
  log: Log
}

/** With less between a gap's start and the door's opening, the door was not shut for it. */
const RESTART_MS = 120_000

/** Tells people, once, what was missed while nobody listened: an incident about the source that ends by itself. */
export function createTellGap(deps: TellGapDeps) {
  const { polls, incidents, clock } = deps
  return {
    /** The id of the incident that says it; null: there is nothing to say. Repeating tells nothing anew. */
    async tell(source: string, { from, startedAt }: { from: number; startedAt: number }): Promise<string | null> {
      const items = await polls.gapItems(source, from)
      const open = items.filter(item => item.open).length
      deps.log.info({ source, missed: items.length, open }, 'caught up with Sentry')
      if (items.length === 0) return null
      const known = new Map((await incidents.readMany(items.map(item => item.incident))).map(one => [one.id, one]))
      const measured = items.map(item => ({
        ...item,
        users: known.get(item.incident)?.impact.production?.users?.value ?? item.users,
      }))
      const gap = { from, to: startedAt, doorShut: deps.doorOpenSince() > from + RESTART_MS }
      const signal: Signal = missedSummary(source, gap, measured, clock.now())
      const { own } = await deps.judge(signal)
      if (own === null) return null
      const id = summaryIncident(signal)
      await deps.apply(id, {
        kind: 'judged',
        signal,
        verdict: own,
        issueImpact: null,
        projectImpact: null,
        cause: causeKey(signal),
        suspects: missedAsSuspects(measured),
        linked: measured.filter(item => item.open && known.has(item.incident)).map(item => item.incident),
        again: false,
      })
      return id
    },

    /** It asks nothing of anybody: once it has been told it is over. True: nothing is left to close. */
    async close(summary: string | null): Promise<boolean> {
      if (summary === null) return true
      const incident = await incidents.read(summary)
      if (incident === null || incident.status === 'resolved') return true
      const told = await deps.notifications.list(summary)
      if (told.some(({ status }) => status === 'owed' || status === 'sending')) return false
      for (const cause of Object.keys(incident.causes)) {
        const condition = cause.replace(/^source:/, '')
        const over = aboutSource(incident.source, condition, incident.title, 'resolve', clock.now())
        await deps.apply(summary, { kind: 'cleared', signal: { ...over, id: `over-${summary}` }, cause })
      }
      return true
    },
  }
}

export type TellGap = ReturnType<typeof createTellGap>
