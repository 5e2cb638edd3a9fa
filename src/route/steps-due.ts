import type { Tell } from '../incidents/change.ts'
import type { StepsTold } from '../incidents/decide-due.ts'
import type { Escalation, Incident } from '../incidents/incident.ts'
import { durationMs } from './duration.ts'
import { beginAgain, type NextStep, nextStep, restarted, setBack, toldAgain } from './escalation-steps.ts'

/** May a message to that destination wake someone? */
export type Pages = (destination: string) => boolean

const NOBODY: Pages = () => false

/** Every step that is due by now of every escalation of an incident, in order, and whom it tells. Pure. */
export function stepsDue(incident: Incident, now: number, pages: Pages = NOBODY): StepsTold {
  return tellSteps(
    incident,
    escalation => {
      const due: NextStep[] = []
      for (let next = nextStep(escalation, now); next !== null; next = nextStep(next.escalation, now)) due.push(next)
      return due
    },
    'nobody has acknowledged it',
    pages,
  )
}

/**
 * A step told now, without waiting for its time: that one of every escalation that has it, or, `step` null, the next one
 * of each, from the first again where none is left. `words` empty: there is no such step. Pure.
 */
export function jumpTo(
  incident: Incident,
  step: number | null,
  now: number,
  pages: Pages = NOBODY,
  why: string | null = null,
): StepsTold {
  return tellSteps(
    incident,
    escalation => {
      const found = toldAgain(escalation, step ?? escalation.step + 1, now)
      const next = found ?? (step === null ? beginAgain(escalation, now) : null)
      return next === null ? [] : [next]
    },
    why,
    pages,
  )
}

/**
 * When an incident that was held back (another spoke for it, a person silenced it, it was archived) speaks, its first
 * step is told then: from that moment whoever is told has the whole response time, as at an opening. Going on where the
 * clock stood would wake the second person in the same minute as the first; and nobody is forgotten, as a clock runs.
 */
export function stepsAnew(incident: Incident, now: number): Escalation[] {
  return incident.escalations.map(escalation => restarted(escalation, now))
}

/** Clocks of several processes differ by less. */
const SET_BACK_MS = 60_000

/**
 * The escalations of an incident that was told of, or began, at a time which is still to come: the clock was wrong then, or
 * has been set back, and nobody may wait for it to come there again. Null: none of its steps is put off by that.
 */
export function clockSetBack({ escalations, updatedAt }: Incident, now: number): Escalation[] | null {
  const last = Math.max(updatedAt, ...escalations.map(({ startedAt }) => startedAt))
  if (last - now <= SET_BACK_MS) return null
  const anew = escalations.map(escalation => setBack(escalation, now))
  return anew.some(({ dueAt }, index) => dueAt !== escalations[index]?.dueAt) ? anew : null
}

/**
 * When the next step, a reminder or the end of a silence is due, ms; null: none is, or nobody is waited for. While
 * another incident speaks for it, that one escalates.
 */
export function stepAt(incident: Incident): number | null {
  if (incident.status === 'resolved') return null
  if (incident.silenced !== null) return incident.silenced.until
  if (incident.muted !== null) return null
  if (incident.status === 'acknowledged') return staleAt(incident)
  if (incident.quiet !== null) return null
  return earliest(incident.escalations.map(({ dueAt }) => dueAt))
}

/** When whoever acknowledged it is to be reminded, or, once they were, when the escalation goes on. */
function staleAt({ escalations, acknowledgedAt }: Incident): number | null {
  if (acknowledgedAt === null) return null
  return earliest(
    escalations.map(({ staleAfter, remindedAt }) =>
      staleAfter === null ? null : Math.max(acknowledgedAt, remindedAt ?? 0) + durationMs(staleAfter),
    ),
  )
}

function earliest(times: readonly (number | null)[]): number | null {
  const due = times.filter(at => at !== null)
  return due.length === 0 ? null : Math.min(...due)
}

/**
 * PagerDuty does not notify again for a re-trigger of the same alert (developer-docs events-API-v2/02-Trigger-Events:
 * events with an open alert's key are appended to it), so whoever is paged in a later lap is paged under a new
 * generation. That closes every page of the old one: those of the other escalations are sent again too.
 */
function tellSteps(
  incident: Incident,
  tellable: (escalation: Escalation) => NextStep[],
  why: string | null,
  pages: Pages,
): StepsTold {
  const because = why === null ? '' : `${why}: `
  const told = new Map<string, Extract<Tell, { to: 'target' }>>()
  const words: string[] = []
  let renews = false
  const steps = incident.escalations.map(before => {
    const due = tellable(before)
    for (const { step, escalation } of due) {
      const again = escalation.repeated > before.repeated ? `, begun again (${escalation.repeated})` : ''
      const reason = `${because}step ${escalation.step + 1} of policy ${escalation.policy}${again}`
      words.push(reason)
      for (const { destination, mention } of step.targets) {
        const earlier = told.get(destination)?.mention ?? null
        told.set(destination, {
          to: 'target',
          destination,
          mention: mention ?? earlier,
          step: escalation.step,
          reason,
        })
      }
      const wakes = step.targets.some(({ destination }) => pages(destination))
      if (wakes && escalation.lap > escalation.pagedLap) renews = true
    }
    return { after: due.at(-1)?.escalation ?? before, advanced: due.length > 0 }
  })
  if (!renews)
    return { escalations: steps.map(({ after }) => after), tell: [...told.values()], words, pageAgain: false }
  for (const { after, advanced } of steps) {
    if (advanced) continue
    for (const { destination, mention } of after.steps.slice(0, after.step + 1).flatMap(({ targets }) => targets)) {
      if (!pages(destination) || told.has(destination)) continue
      const reason = `${because}paged again with policy ${after.policy}`
      told.set(destination, { to: 'target', destination, mention, step: after.step, reason })
    }
  }
  return {
    escalations: steps.map(({ after }) => ({ ...after, pagedLap: after.lap })),
    tell: [...told.values()],
    words,
    pageAgain: true,
  }
}
