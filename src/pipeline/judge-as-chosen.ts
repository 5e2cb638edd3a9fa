import { applyChosen } from '../classify/apply-chosen.ts'
import type { Judgement } from '../classify/classify.ts'
import type { OperatorMarks } from '../classify/read-fields.ts'
import type { Incident } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Impact } from '../measure/impact.ts'
import { newestChoice } from '../signals/chosen.ts'
import { incidentId, incidentKey } from '../signals/dedup-key.ts'
import type { Signal, Subject } from '../signals/signal.ts'
import type { Judge } from './judge.ts'

/**
 * The judge, held to what was marked by people and chosen in Sentry: the newest choice that the incident or the signal itself knows. So a
 * signal without settings (`issue.created`, a poll, measuring again) is judged like the alert that carried them.
 */
export function createJudgeAsChosen(judge: Judge, incidents: Pick<IncidentStore, 'read'>): Judge {
  const known = async (source: string, subject: Subject): Promise<Incident | null> => {
    const key = incidentKey(source, subject)
    return key === null ? null : incidents.read(incidentId(key))
  }
  return async (told, options) => {
    // Beside each other: the measuring takes longer than the look.
    const looking = known(told.source, told.subject)
    const marks = async () => marksOf(await looking)
    const [judged, incident] = await Promise.all([judge(told, { ...options, marks }), looking])
    const { signal, own, impact, project } = judged
    const choice = newestChoice(incident?.chosen ?? null, signal)
    const held = own === null || choice === null ? own : within(own, choice, signal, impact, incident)
    if (project === null) return { ...judged, own: held }
    // What one alert rule says of its issue is not said of the whole project: only the project's own choices hold for it.
    const subject: Subject = { kind: 'project', project: project.name }
    const breached = await known(told.source, subject)
    const verdict = applyChosen(project.verdict, breached?.chosen ?? null, {
      kind: 'project',
      tags: {},
      impact: project.impact,
    })
    return { ...judged, own: held, project: { ...project, verdict } }
  }
}

/** What nobody marked is as Sentry's own tags say. */
function marksOf(incident: Incident | null): OperatorMarks {
  return incident === null || incident.workaround === null ? {} : { workaround: true }
}

function within(
  own: Judgement,
  choice: NonNullable<Incident['chosen']>,
  signal: Signal,
  impact: Impact,
  incident: Incident | null,
): Judgement {
  const tags = { ...incident?.tags, ...signal.facts.tags }
  return applyChosen(own, choice, { kind: signal.subject.kind, tags, impact })
}
