import type { Change, Decision, Tell } from './change.ts'
import { coverWords } from './cover-words.ts'
import { nothing } from './decision-parts.ts'
import type { Incident, TimelineEntry } from './incident.ts'

/**
 * A silence or a maintenance window has come over an open incident, lasts longer or shorter now, or is no longer about it.
 * What was told stays, its pages call nobody meanwhile; what is still open afterwards speaks, as after a person's own
 * silence. Pure.
 */
export function decideCovered(
  before: Incident | null,
  { cover }: Extract<Change, { kind: 'covered' }>,
  now: number,
): Decision {
  if (before === null || before.status === 'resolved') return nothing('it is not open')
  const is = before.silenced
  if (is !== null && is.through === undefined) return nothing('a person has silenced it: that goes first')
  if (cover === null) return is === null ? nothing('nothing keeps it quiet') : uncovered(before, coverWords(is), now)
  const same = is?.through?.kind === cover.through?.kind && is?.through?.id === cover.through?.id
  if (is !== null && same && is.until === cover.until && is.reason === cover.reason)
    return nothing('it is silenced already')
  const silenced = is === null ? cover : { ...cover, since: is.since }
  const end = new Date(cover.until).toISOString()
  const reason = `${coverWords(cover)} keeps it quiet until ${end}: ${cover.reason}`
  const next: Incident = { ...before, rev: before.rev + 1, updatedAt: now, silenced }
  const entries = [line(now, 'silenced', reason, next)]
  if (is !== null) return { action: 'mark', reason, next, entries, material: true }
  const tell: Tell[] = [
    ...(before.status === 'triggered' ? [{ to: 'pages', say: 'acknowledge', reason } as const] : []),
    { to: 'posts', say: 'thread', reason },
  ]
  const answered = { ...next, answeredIn: before.generation }
  return { action: 'silence', reason, next: answered, entries, material: true, tell }
}

function uncovered(before: Incident, words: string, now: number): Decision {
  const reason = `${words} no longer keeps it quiet, and it is still open`
  const next: Incident = { ...before, rev: before.rev + 1, updatedAt: now, silenced: null }
  const entries = [line(now, 'unsilenced', reason, next)]
  // Whoever answers for it needs no page to tell them.
  if (before.status === 'acknowledged') return { action: 'mark', reason, next, entries, material: true }
  const tell: Tell[] = [{ to: 'posts', say: 'thread', reason }]
  return { action: 'speak', reason, next, entries, material: true, tell }
}

function line(
  at: number,
  what: TimelineEntry['what'],
  reason: string,
  { severity, silenced }: Incident,
): TimelineEntry {
  return { at, what, severity, reason, by: silenced?.by ?? 'Tocsin', signal: null, notification: null }
}
