import { moreSevere } from '../classify/severity.ts'
import { isDataLoss } from '../signals/data-loss.ts'
import type { Change, Decision } from './change.ts'
import { nothing } from './decision-parts.ts'
import type { Incident, TimelineEntry } from './incident.ts'

/** As many are named; what is beyond is counted, and found through its own incident. */
const MOST_NAMED = 50
const MOST_LINKED = 100

/** It speaks for others of a storm: its post lists them, and is edited as the storm grows. Pure. */
export function decideGathers(
  before: Incident | null,
  change: Extract<Change, { kind: 'gathers' }>,
  now: number,
): Decision {
  if (before === null || before.status === 'resolved') return nothing('it speaks for nobody any more')
  const listed = before.storm === null ? [] : before.linked
  const fresh = change.members.filter(({ incident }) => incident !== before.id && !listed.includes(incident))
  const members = Math.max(before.storm?.members ?? 0, change.total)
  if (fresh.length === 0 && members === before.storm?.members) return nothing('it speaks for them already')
  const known = before.suspects.filter(one => !fresh.some(({ incident }) => incident === one.incident))
  const suspects = [...known, ...fresh]
    .sort((a, b) => (b.users ?? 0) - (a.users ?? 0) || (b.events ?? 0) - (a.events ?? 0))
    .slice(0, MOST_NAMED)
  const reason = `a storm: it speaks for ${members} more ${members === 1 ? 'incident' : 'incidents'} ${change.common}`
  const next: Incident = {
    ...before,
    rev: before.rev + 1,
    updatedAt: now,
    suspects,
    linked: [...new Set([...before.linked, ...fresh.map(({ incident }) => incident)])].slice(-MOST_LINKED),
    storm: { since: before.storm?.since ?? now, members, common: change.common },
  }
  const entries = before.storm === null ? [line(now, 'linked', reason, next)] : []
  return { action: 'attach', reason, next, entries, material: true, tell: [{ to: 'pages', say: 'update', reason }] }
}

/**
 * What spoke for itself turns out to be one of a storm. Pure. Nobody is hushed who is more severe than the speaker by now,
 * has another core flow, lost data, is answered for, or speaks for others.
 */
export function decideHushed(
  before: Incident | null,
  change: Extract<Change, { kind: 'hushed' }>,
  now: number,
): Decision {
  if (before === null || before.status !== 'triggered') return nothing('it calls nobody')
  if (before.quiet?.holds === 'everything') return nothing('another speaks for it already')
  if (before.storm !== null) return nothing('it speaks for others')
  if (moreSevere(before.severity, change.severity) || isDataLoss(before.tags) || before.coreFlow !== change.flow)
    return nothing('it speaks for itself: it is not like the others of the storm')
  const { speaker, reason } = change
  const next: Incident = {
    ...before,
    rev: before.rev + 1,
    updatedAt: now,
    quiet: { speaker, reason, since: now, holds: 'everything' },
  }
  const says = `${reason}: ${speaker} speaks for it`
  // The timeline says so by itself, as of everything that is held back.
  return { action: 'attach', reason: says, next, entries: [], material: true }
}

function line(at: number, what: TimelineEntry['what'], reason: string, { severity }: Incident): TimelineEntry {
  return { at, what, severity, reason, by: null, signal: null, notification: null }
}
