import { type Chosen, choiceInWords, whereChosen } from '../signals/chosen.ts'
import type { Decision, Judged } from './change.ts'
import { entry } from './decision-parts.ts'
import type { Incident } from './incident.ts'

/**
 * Sentry tells of a new issue twice at once, by `issue.created` and by the alert that carries the choice, and either may
 * be first. Within this time of opening a policy is still followed, whichever was quicker.
 */
const JUST_OPENED_MS = 60_000

/** Adds to a decision what it takes in of a choice made in Sentry: a line of the timeline, told once. Pure. */
export function notingChoice(before: Incident | null, decision: Decision, change: Judged, now: number): Decision {
  const { next } = decision
  if (next === null || next.chosen === null) return decision
  const news = newsOf(before?.chosen ?? null, next.chosen)
  if (news === null) return decision
  const told = ['open', 'raise', 'reopen'].includes(decision.action)
  const otherPolicy = next.chosen.policy !== (before?.chosen?.policy ?? null)
  const late = otherPolicy && !told && next.status !== 'resolved'
  const rerouted = late && justOpened(next, now) && next.chosen.policy !== null && decision.action === 'attach'
  const wait = late && !rerouted ? '; who is told stays as it is until the incident is raised' : ''
  const entries = [...decision.entries, entry(now, 'chosen', `${news}${wait}`, change)]
  if (!rerouted) return { ...decision, entries }
  return { ...decision, action: 'speak', reason: news, entries, material: true }
}

function justOpened({ openedAt, acknowledgedAt }: Incident, now: number): boolean {
  return acknowledgedAt === null && now - openedAt <= JUST_OPENED_MS
}

function newsOf(before: Chosen | null, next: Chosen): string | null {
  const words = choiceInWords(next)
  const was = before === null ? null : choiceInWords(before)
  const ignored = next.ignored.filter(one => before?.ignored.includes(one) !== true)
  const parts = [
    ...(words === was ? [] : [words ?? `nothing any more; before: ${was}`]),
    ...(ignored.length === 0 ? [] : [`ignored: ${ignored.join('; ')}`]),
  ]
  return parts.length === 0 ? null : `chosen in ${whereChosen(next)}: ${parts.join('; ')}`
}
