import { moreSevere } from '../classify/severity.ts'
import type { Incident } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Clock } from '../platform/clock.ts'
import { durationMs } from '../route/duration.ts'
import type { Revision } from '../rules/rules-document.ts'
import { type Signal, signalSchema } from '../signals/signal.ts'
import type { createApplyChange } from './apply-change.ts'
import { aboutSource, calmedDown, conditionEnded, measuredAgain } from './derive-signal.ts'
import { whenFaded } from './fade.ts'
import { type createHandleSignal, measuredCause } from './handle-signal.ts'
import type { Judge } from './judge.ts'

export interface RemeasureDeps {
  incidents: IncidentStore
  judge: Judge
  apply: ReturnType<typeof createApplyChange>
  handleSignal: ReturnType<typeof createHandleSignal>
  /** Does what a source's incident is about still hold? null: cannot be told now. */
  conditionHolds(source: string, condition: string, now: number, toldAt: number): boolean | null
  rules(): Revision
  /** How far Sentry's clock is ahead of ours, ms. */
  skewMs(source: string): number
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
    if (incident.kind === 'issue') return remeasureIssue(incident, signal, now)
    await deps.handleSignal(signal, { rule: incident.verdict.rule, background: false, project: true })
  }

  /** An issue that spreads is raised; one that has been calm for long fades, if its policy says so. */
  async function remeasureIssue(incident: Incident, signal: Signal, now: number): Promise<void> {
    // What nobody doubts can wait until live questions leave room; its project is looked at by itself.
    const doubted = incident.verdict.degraded
    const { calm } = await deps.handleSignal(signal, {
      rule: incident.verdict.rule,
      background: !doubted,
      project: doubted,
      baseline: incident.impact.production?.baselineUsers ?? null,
    })
    if (calm !== true || incident.muted !== null) return
    const after = await deps.incidents.read(incident.id)
    const faded = after === null ? null : whenFaded(after, now)
    if (after === null || faded === null) return
    await deps.apply(incident.id, {
      kind: 'faded',
      signal: calmedDown(signal, after.rev, now, sentryTime(incident, now)),
      ...faded,
    })
  }

  function sentryTime({ source }: Incident, now: number): number {
    return now + deps.skewMs(source)
  }

  async function speakerEnded(incident: Incident): Promise<boolean> {
    if (incident.quiet === null) return false
    const speaker = await deps.incidents.read(incident.quiet.speaker)
    // Lowered by a person, it speaks of its storm as of less than it is.
    const speaksOfLess = speaker !== null && isOfStorm(incident) && moreSevere(incident.severity, speaker.severity)
    if (speaker === null || speaker.status === 'resolved' || speaksOfLess) return true
    // Archived, or kept quiet: nobody is told of it any more, nor of those it spoke for.
    return speaker.muted !== null || speaker.silenced !== null
  }

  /** An inhibition rule says for itself how much more severe its targets may be. */
  function isOfStorm({ quiet }: Incident): boolean {
    return quiet?.holds === 'everything' && quiet.rule === undefined
  }

  /** What is no longer severe needs no page just because the speaker fell silent: only what was measured so again speaks. */
  async function speakUp(incident: Incident, now: number): Promise<void> {
    const reason = `${incident.quiet?.speaker} speaks for it no more; it is as severe as before`
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
    } else await deps.handleSignal(signal, { rule: incident.verdict.rule, background: false, project: true })
  }

  /**
   * Causes that we measured are cleared by our measuring, from the threshold for falling down. A metric alert clears its
   * own; when its resolve does not come, our own measuring is believed once it has found the matter over for a while.
   */
  async function remeasureProject(incident: Incident, signal: Signal, now: number): Promise<void> {
    const { settings, severityRules } = deps.rules().document
    const open = Object.entries(incident.causes).filter(([, state]) => state.clearedAt === null)
    const measured = open.filter(([cause]) => cause.startsWith('measured:'))
    const judged = await deps.judge(signal)
    const { own, impact } = judged
    // A ceiling chosen in Sentry changes who is told, not whether it is over.
    const breached = own !== null && (own.measured ?? own.severity) === 'P0'
    const hasFalling = severityRules.some(({ id, until }) => id === incident.verdict.rule && until !== null)
    // A threshold for falling is known to be passed whatever else could not be had. Without one, not breached is over for
    // what we measured, and that takes every answer; it says nothing about an alert.
    const fallen = judged.calm(incident.verdict.rule)
    const calm = hasFalling ? (fallen === 'unknown' ? null : fallen) : impact.degraded ? null : !breached
    const overFor = calm === true && hasFalling ? now - (incident.calmSince ?? now) : 0
    const forgotten = overFor >= durationMs(settings.alertOverAfter)
    // What that rule does not speak of ends only when nothing is missing.
    const spokenOf = ([cause]: (typeof open)[number]) => !impact.degraded || cause === measuredCause(incident.verdict)
    const ended = calm !== true || breached ? [] : (forgotten ? open : measured).filter(spokenOf)
    // A question without an answer ends nothing.
    if (ended.length < open.length || open.length === 0) {
      if (ended.length === 0 && (await speakerEnded(incident))) return speakUp(incident, now)
      const cause =
        open.find(one => !ended.includes(one))?.[0] ?? Object.keys(incident.causes)[0] ?? 'measured:crash-free'
      await deps.apply(incident.id, {
        kind: 'judged',
        signal,
        verdict: breached ? own : { ...incident.verdict, at: now },
        issueImpact: null,
        projectImpact: impact.project,
        cause,
        suspects: judged.suspects,
        linked: [],
        again: true,
        calm: calm === true && !breached,
      })
    }
    for (const [cause] of ended) {
      await deps.apply(incident.id, {
        kind: 'cleared',
        signal: conditionEnded(signal, cause, incident.rev, now, sentryTime(incident, now)),
        cause,
      })
    }
  }
}
