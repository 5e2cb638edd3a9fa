import type { Decision, Tell } from './change.ts'
import { coverWords } from './cover-words.ts'
import { nothing } from './decision-parts.ts'
import type { Escalation, Incident, TimelineEntry } from './incident.ts'

/** The escalations of an incident once some steps are told, and what telling them asks. */
export interface StepsTold {
  escalations: Escalation[]
  tell: Tell[]
  /** Which, in words; empty: none. */
  words: string[]
  /** Somebody is paged who was paged before: that takes a new page generation to wake them. */
  pageAgain: boolean
}

/** Every step that is due by now, and what telling them asks. */
export type StepsDue = (incident: Incident, now: number) => StepsTold

/** What the escalation table says of time and steps: pure. */
export interface StepTimes {
  due: StepsDue
  /** `step` null: the next one, from the first again where none is left. */
  jump(incident: Incident, step: number | null, now: number, why?: string): StepsTold
  /** The escalations as they are when the clock was set back since; null: it was not. Absent: clocks only run. */
  setBack?(incident: Incident, now: number): Escalation[] | null
  /** When the next of anything is due, ms; null: nothing waits. */
  nextAt(incident: Incident): number | null
}

export const NO_STEPS: StepTimes = {
  due: ({ escalations }) => ({ escalations, tell: [], words: [], pageAgain: false }),
  jump: ({ escalations }) => ({ escalations, tell: [], words: [], pageAgain: false }),
  nextAt: ({ stepAt }) => stepAt,
}

/** The incident with those steps told: one revision further, a page generation further where somebody is paged again. */
export function withStepsTold(before: Incident, { escalations, pageAgain }: StepsTold, now: number): Incident {
  const generation = before.generation + (pageAgain ? 1 : 0)
  return { ...before, rev: before.rev + 1, updatedAt: now, escalations, generation }
}

/**
 * A time that was waited for has come: the end of a silence, a stale acknowledgement, or the next step of an escalation
 * that nobody has answered. Pure; what is not due any more is left alone, but for a timer that says otherwise.
 */
export function decideDue(before: Incident | null, steps: StepTimes, now: number): Decision {
  if (before === null || before.status === 'resolved') return nothing('nothing waits')
  if (before.silenced !== null) {
    return before.silenced.until <= now ? endSilence(before, now) : timed(before, 'silenced', steps, now)
  }
  if (before.muted !== null) return timed(before, 'archived: nobody is told', steps, now)
  if (before.status === 'acknowledged') return decideStale(before, steps, now)
  if (before.quiet !== null) return timed(before, 'another incident speaks for it, and escalates', steps, now)
  const setBack = steps.setBack?.(before, now) ?? null
  if (setBack !== null) return timed({ ...before, escalations: setBack }, 'the clock was set back', steps, now)
  const told = steps.due(before, now)
  if (told.words.length === 0) return timed(before, 'no step is due', steps, now)
  const next = withStepsTold(before, told, now)
  const reason = told.words.join('; ')
  const entries = [entryAt(now, 'escalated', reason, next)]
  return { action: 'step', reason, next, entries, material: true, tell: told.tell }
}

/** Reminds once; after the same time again nobody seems to answer for it, and the escalation goes on. */
function decideStale(before: Incident, steps: StepTimes, now: number): Decision {
  const at = steps.nextAt(before)
  if (at === null || at > now) return timed(before, 'somebody answers for it', steps, now)
  const { acknowledgedAt, acknowledgedBy } = before
  const who = acknowledgedBy?.name ?? 'someone'
  const since = new Date(acknowledgedAt ?? now).toISOString()
  const reminded = before.escalations.some(
    ({ remindedAt }) => remindedAt !== null && remindedAt >= (acknowledgedAt ?? 0),
  )
  if (!reminded) {
    const reason = `acknowledged by ${who} since ${since} and still open: please go on with it, or say that you cannot`
    const escalations = before.escalations.map(escalation => ({ ...escalation, remindedAt: now }))
    const next: Incident = { ...before, rev: before.rev + 1, updatedAt: now, escalations }
    const mention = acknowledgedBy?.via === 'slack' ? acknowledgedBy.id : null
    const entries = [entryAt(now, 'reminded', reason, next)]
    const tell: Tell[] = [{ to: 'posts', say: 'thread', reason, mention, orPost: true }]
    return { action: 'remind', reason, next, entries, material: false, tell }
  }
  const why = `acknowledged by ${who} since ${since}, reminded, and still open: it counts as unanswered`
  const open: Incident = { ...before, status: 'triggered', acknowledgedAt: null, acknowledgedBy: null }
  if (open.quiet !== null) {
    const next: Incident = { ...open, rev: open.rev + 1, updatedAt: now }
    const entries = [entryAt(now, 'unacknowledged', why, next)]
    return { action: 'unacknowledge', reason: why, next, entries, material: true }
  }
  const told = steps.jump(open, null, now, 'the acknowledgement is stale')
  const next = withStepsTold(open, told, now)
  const reason = [why, ...told.words].join('; ')
  const entries = [entryAt(now, 'unacknowledged', why, next), entryAt(now, 'escalated', reason, next)]
  return { action: 'step', reason, next, entries, material: true, tell: told.tell }
}

/** Nothing is due. The timer it was found by, or one that is missing, is put right. */
function timed(before: Incident, why: string, steps: StepTimes, now: number): Decision {
  const nextAt = steps.nextAt(before)
  if (nextAt === before.stepAt) return nothing(why)
  const next: Incident = { ...before, rev: before.rev + 1, stepAt: nextAt }
  const reason = `${why}; its timer was put right at ${new Date(now).toISOString()}`
  return { action: 'mark', reason, next, entries: [], material: false }
}

/** What is still open when a silence ends speaks. */
function endSilence(before: Incident, now: number): Decision {
  const reason = `${before.silenced === null ? 'the silence' : coverWords(before.silenced)} has ended, and it is still open`
  const next: Incident = { ...before, rev: before.rev + 1, updatedAt: now, silenced: null }
  const entries = [entryAt(now, 'unsilenced', reason, next)]
  // Somebody answers for it: then they are told by the posts being brought up to date.
  if (before.status === 'acknowledged') return { action: 'mark', reason, next, entries, material: true }
  // What was told before it is told no second time: there the thread says that it is on again.
  const tell: Tell[] = [{ to: 'posts', say: 'thread', reason }]
  return { action: 'speak', reason, next, entries, material: true, tell }
}

function entryAt(at: number, what: TimelineEntry['what'], reason: string, { severity }: Incident): TimelineEntry {
  return { at, what, severity, reason, by: 'Tocsin', signal: null, notification: null }
}
