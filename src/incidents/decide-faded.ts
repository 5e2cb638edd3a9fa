import type { Change, Decision } from './change.ts'
import { counted, entry, nothing } from './decision-parts.ts'
import type { Incident } from './incident.ts'

/**
 * It hurt nobody worth waking for, for as long as its policy waits: over, though nobody said so. What comes back is
 * told by thresholds, not by the next event (see `comesBack`). Pure.
 */
export function decideFaded(before: Incident, change: Extract<Change, { kind: 'faded' }>, now: number): Decision {
  if (before.status === 'resolved') return nothing('already resolved')
  // Told of, or raised, since it was found calm.
  if (before.calmSince === null) return nothing('no longer calm')
  const { signal, tell, reason } = change
  const cleared = Object.entries(before.causes).map(([cause, state]) => [
    cause,
    { ...state, clearedAt: state.clearedAt ?? signal.at },
  ])
  const next: Incident = {
    ...counted(before, signal),
    updatedAt: now,
    status: 'resolved',
    causes: Object.fromEntries(cleared),
    resolvedAt: signal.at,
    resolvedBy: 'Tocsin',
    resolvedInRelease: null,
    faded: tell,
    quiet: null,
    remeasureAt: null,
  }
  return {
    action: 'resolve',
    reason,
    next,
    entries: [entry(now, 'resolved', reason, change, before.severity, 'Tocsin')],
    material: true,
  }
}
