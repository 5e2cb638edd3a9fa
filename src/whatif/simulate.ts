import type { Judgement } from '../classify/classify.ts'
import type { Impact } from '../measure/impact.ts'
import { inItsEnvironment } from '../measure/in-its-environment.ts'
import type { Signal } from '../signals/signal.ts'
import type { Against, Came, Happened, Told } from './dry-flow.ts'
import type { Recorded } from './kept-signal.ts'
import type { OpenFlow } from './open-flow.ts'
import { type RouteTried, traceRoutes } from './trace-routes.ts'
import { type SeverityTrace, traceSeverity } from './trace-severity.ts'

export interface SimulateRequest {
  signal: Signal
  against: Against
  /** What is known of its impact; null: it is measured now. */
  recorded: Recorded | null
  /** Things as they stand now, or as if nothing had ever happened. */
  state: 'fresh' | 'as-it-is'
  /** When it would arrive, ms. */
  at: number
}

export interface SimulatedStep {
  at: number
  action: Happened['action']
  reason: string
  told: Told[]
}

export interface SimulatedIncident {
  incident: string
  kind: string
  title: string
  severity: string
  /** What the signal made of it. */
  action: Happened['action']
  reason: string
  routes: { route: string; policy: string }[]
  /** Why nobody, or fewer, would be told; empty: nothing holds it back. */
  heldBack: { by: 'archived' | 'silence' | 'maintenance' | 'another-incident'; reason: string; until: number | null }[]
  steps: SimulatedStep[]
  /** There are more steps than are told here: it goes on until somebody answers. */
  goesOn: boolean
  tried: RouteTried[]
  more: number
}

export interface Simulated {
  against: string
  at: number
  outcome: Came
  verdict: Judgement | null
  project: { name: string; verdict: Judgement } | null
  impact: Impact | null
  incidents: SimulatedIncident[]
  severityRules: (SeverityTrace & { about: string })[]
}

const MOST_STEPS = 40
/** How far ahead steps are told. */
const HORIZON_MS = 31 * 86_400_000

/**
 * What would happen to a signal, thought through to the last step by the functions that would do it. Nothing is stored,
 * nothing is sent, no incident is touched. Nobody answers in it, so every step is told at its time.
 */
export async function simulate(openFlow: OpenFlow, request: SimulateRequest): Promise<Simulated> {
  const { signal, against, recorded, state, at } = request
  const asThingsStand = state === 'as-it-is'
  const flow = openFlow(against, { recorded: recorded === null ? null : () => recorded, asThingsStand, silenced: true })
  const outcome = await flow.signal(signal, at)
  const first = flow.happened()
  const judged = flow.judged()
  const touched = [...new Set(first.map(({ incident }) => incident.id))]
  const later: Happened[] = []
  for (let n = 0; n < MOST_STEPS * Math.max(1, touched.length); n += 1) {
    const told = await flow.step(at + HORIZON_MS)
    if (told === null) break
    later.push(...told)
  }
  const incidents = await Promise.all(
    touched.map(async id => told(id, [...first, ...later], (await flow.incident(id))?.stepAt ?? null)),
  )
  return {
    against: against.name,
    at,
    outcome,
    verdict: judged?.own ?? null,
    project: judged?.project == null ? null : { name: judged.project.name, verdict: judged.project.verdict },
    impact: judged?.impact ?? null,
    incidents,
    severityRules: traceOf(),
  }

  function told(id: string, all: readonly Happened[], nextAt: number | null): SimulatedIncident {
    const own = all.filter(({ incident }) => incident.id === id)
    const opening = own[0]
    const settled = first.findLast(({ incident }) => incident.id === id)?.incident ?? opening?.incident
    if (opening === undefined || settled === undefined) throw new Error('an incident that nothing happened to')
    const { kind, title, severity, escalations } = settled
    const steps = own.filter(({ told, action }) => told.length > 0 || action === 'step' || action === 'open')
    return {
      ...{ incident: id, kind, title, severity, action: opening.action, reason: opening.reason },
      routes: escalations.map(({ route, policy }) => ({ route, policy })),
      heldBack: heldBack(settled),
      steps: steps.slice(0, MOST_STEPS).map(({ at, action, reason, told }) => ({ at, action, reason, told })),
      goesOn: nextAt !== null || steps.length > MOST_STEPS,
      ...traceRoutes(settled, against.document, at),
    }
  }

  function traceOf(): Simulated['severityRules'] {
    if (judged === null) return []
    const rules = against.document.severityRules
    const kind = judged.signal.subject.kind === 'none' ? 'issue' : judged.signal.subject.kind
    const { production } = against.document
    const impact = kind === 'metric' ? inItsEnvironment(judged.signal, judged.impact, production) : judged.impact
    const own = traceSeverity(kind, judged.signal, impact, rules, judged.own, judged.marks)
    const rows = own.map(row => ({ about: kind as string, ...row }))
    if (kind !== 'issue') return rows
    const about = { ...judged.impact, issue: null }
    const project = traceSeverity('project', judged.signal, about, rules, judged.project?.verdict ?? null)
    return [...rows, ...project.map(row => ({ about: 'project', ...row }))]
  }
}

function heldBack({ muted, silenced, quiet }: Happened['incident']): SimulatedIncident['heldBack'] {
  const held: SimulatedIncident['heldBack'] = []
  if (muted !== null) held.push({ by: 'archived', reason: muted.reason, until: null })
  if (silenced !== null)
    held.push({
      by: silenced.through?.kind ?? 'silence',
      reason: `${silenced.by}: ${silenced.reason}`,
      until: silenced.until,
    })
  if (quiet !== null) held.push({ by: 'another-incident', reason: `${quiet.speaker}: ${quiet.reason}`, until: null })
  return held
}
