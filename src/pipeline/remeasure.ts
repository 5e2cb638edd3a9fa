import { moreSevere } from '../classify/severity.ts'
import type { Incident } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Clock } from '../platform/clock.ts'
import { type Signal, signalSchema } from '../signals/signal.ts'
import type { createApplyChange } from './apply-change.ts'
import { aboutSource, conditionEnded, measuredAgain } from './derive-signal.ts'
import type { createHandleSignal } from './handle-signal.ts'
import type { Judge } from './judge.ts'

export interface RemeasureDeps {
  incidents: IncidentStore
  judge: Judge
  apply: ReturnType<typeof createApplyChange>
  handleSignal: ReturnType<typeof createHandleSignal>
  /** Does what a source's incident is about still hold? null: cannot be told now. */
  conditionHolds(source: string, condition: string, now: number, toldAt: number): boolean | null
  clock: Clock
}

/** Makes an incident's verdict again, with the numbers of now: raises it, takes the doubt away, or finds a condition ended. */
export function createRemeasure(deps: RemeasureDeps) {
  return async function remeasure(id: string): Promise<void> {
    const incident = await deps.incidents.read(id)
    if (incident === null || incident.status === 'resolved') {
      if (incident !== null) await deps.incidents.index(incident)
      return
    }
    const text = await deps.incidents.judgedBy(id)
    if (text === null) return
    const now = deps.clock.now()
    const signal = measuredAgain(signalSchema.parse(JSON.parse(text)), incident.rev, now)
    if (incident.kind === 'source') return remeasureSource(incident, signal, now)
    if (incident.kind === 'project') return remeasureProject(incident, signal, now)
    if (await speakerEnded(incident)) {
      const { own } = await deps.judge(signal)
      // Without numbers nobody knows that it is over: a page too many is better than one that never comes.
      if (own !== null && (own.degraded || !moreSevere(incident.severity, own.severity))) return speakUp(incident, now)
    }
    await deps.handleSignal(signal, true)
  }

  async function speakerEnded(incident: Incident): Promise<boolean> {
    if (incident.quiet === null) return false
    const speaker = await deps.incidents.read(incident.quiet.speaker)
    return speaker === null || speaker.status === 'resolved' || speaker.muted !== null
  }

  /** What is no longer severe needs no page just because the speaker fell silent: only what was measured so again speaks. */
  async function speakUp(incident: Incident, now: number): Promise<void> {
    const reason = `${incident.quiet?.speaker}, which spoke for it, has ended; it is as severe as before`
    await deps.apply(incident.id, { kind: 'speaks', reason, at: now })
  }

  async function remeasureSource(incident: Incident, signal: Signal, now: number): Promise<void> {
    const condition = signal.subject.kind === 'source' ? signal.subject.condition : ''
    if (deps.conditionHolds(incident.source, condition, now, incident.lastSignalAt) === false) {
      const ended = aboutSource(incident.source, condition, incident.title, 'resolve', now)
      await deps.apply(incident.id, {
        kind: 'cleared',
        signal: { ...ended, id: `${ended.id}-${incident.rev}` },
        cause: `source:${condition}`,
      })
    } else await deps.handleSignal(signal, true)
  }

  /** Causes that we measured are cleared by our measuring; a metric alert clears its own. */
  async function remeasureProject(incident: Incident, signal: Signal, now: number): Promise<void> {
    const open = Object.entries(incident.causes).filter(
      ([cause, state]) => cause.startsWith('measured:') && state.clearedAt === null,
    )
    const { own, impact } = await deps.judge(signal)
    const breached = own !== null && own.severity === 'P0'
    // A question without an answer ends nothing, and what a metric alert said holds until it says otherwise.
    if (breached || impact.degraded || open.length === 0) {
      if (await speakerEnded(incident)) return speakUp(incident, now)
      const cause = open[0]?.[0] ?? Object.keys(incident.causes)[0] ?? 'measured:crash-free'
      const verdict = breached ? own : { ...incident.verdict, at: now }
      await deps.apply(incident.id, {
        kind: 'judged',
        signal,
        verdict,
        issueImpact: null,
        projectImpact: impact.project,
        cause,
        suspects: [],
        linked: [],
        again: true,
      })
      return
    }
    for (const [cause] of open) {
      await deps.apply(incident.id, {
        kind: 'cleared',
        signal: conditionEnded(signal, cause, incident.rev, now),
        cause,
      })
    }
  }
}
