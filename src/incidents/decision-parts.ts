import type { Signal } from '../signals/signal.ts'
import type { Decision, Signalled } from './change.ts'
import type { Incident, TimelineEntry } from './incident.ts'

/** A line of the timeline about a signal; by its actor unless said otherwise. */
export function entry(
  at: number,
  what: TimelineEntry['what'],
  reason: string,
  change: Signalled,
  severity: Incident['severity'] | null = null,
  by: string | null = change.signal.actor?.name ?? null,
): TimelineEntry {
  return { at, what, severity, reason, by, signal: change.signal.id, notification: null }
}

/** The incident is left as it is. */
export function nothing(reason: string): Decision {
  return { action: 'none', reason, next: null, entries: [], material: false }
}

/** The incident with one more signal counted; whether that is a change people see is the caller's to say. */
export function counted(before: Incident, signal: Signal): Incident {
  return {
    ...before,
    rev: before.rev + 1,
    signals: before.signals + 1,
    lastSignalAt: Math.max(before.lastSignalAt, signal.at),
  }
}

/**
 * What a raise makes of an answer that was given for something milder: nobody answers any more. PagerDuty wakes nobody
 * for an alert that is acknowledged, so what is worse now is a page of its own.
 */
export function askedAnew(before: Incident): Partial<Incident> {
  if (before.status !== 'acknowledged') return {}
  return { status: 'triggered', acknowledgedAt: null, acknowledgedBy: null, generation: before.generation + 1 }
}
