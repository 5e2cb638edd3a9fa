import type { Judgement } from '../classify/classify.ts'
import type { Severity } from '../classify/severity.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import { isDataLoss } from '../signals/data-loss.ts'
import { causeKey, incidentId, incidentKey } from '../signals/dedup-key.ts'
import type { OutcomeName } from '../signals/delivery.ts'
import type { Signal } from '../signals/signal.ts'
import type { Applied, createApplyChange } from './apply-change.ts'
import { aboutProject } from './derive-signal.ts'
import { calmBy, type Judge, type Judged, type JudgeOptions } from './judge.ts'

/** The one thing that became of a signal. */
export interface Outcome {
  outcome: OutcomeName
  reason: string
  incident: string | null
  severity: Severity | null
  /** Of our own measuring again: below the threshold for falling of what opened it; null: not known. */
  calm?: boolean | null
}

/** Our own measuring of what is open already: it opens and reopens nothing. */
export interface Again extends JudgeOptions {
  /** The rule that its incident stands on. */
  rule: string
}

/** The mark of an archiving that came before its incident. */
const ARCHIVED = 'archived'

export interface HandleDeps {
  judge: Judge
  apply: ReturnType<typeof createApplyChange>
  incidents: Pick<IncidentStore, 'read' | 'clearedEarly' | 'whenClearedEarly'>
}

/**
 * What happens to a signal that may concern an incident: judged, or applied as what Sentry's people decided.
 */
export function createHandleSignal({ judge, apply, incidents }: HandleDeps) {
  return async function handleSignal(signal: Signal, again: Again | null = null): Promise<Outcome> {
    const key = incidentKey(signal.source, signal.subject)
    if (key === null || signal.intent === 'nothing') {
      return {
        outcome: 'nothing-to-do',
        reason: `${signal.resource}.${signal.action} carries no alert`,
        incident: null,
        severity: null,
      }
    }
    const id = incidentId(key)
    switch (signal.intent) {
      case 'alert':
      case 'reopen':
      case 'count':
        return applyJudged(await judge(signal, again ?? {}), id, again)
      case 'resolve':
        return told(await clear(id, signal))
      case 'mute':
        return told(await mute(id, signal))
      case 'assign':
        return told(await apply(id, { kind: 'assigned', signal }))
      case 'attach':
        return attachFeedback(signal)
    }
  }

  /** Order is Sentry's, not that of arrival: a resolve may overtake the alert whose judging waits for numbers. */
  async function clear(id: string, signal: Signal): Promise<Applied> {
    const change = { kind: 'cleared' as const, signal, cause: causeKey(signal) }
    const applied = await apply(id, change)
    if (applied.incident !== null) return applied
    await incidents.clearedEarly(id, change.cause, signal.at)
    // Opened in between: then it is there to be cleared.
    return (await incidents.read(id)) === null ? applied : apply(id, change)
  }

  /** The same for archiving: what was archived before it was judged opens nothing. */
  async function mute(id: string, signal: Signal): Promise<Applied> {
    const change = { kind: 'muted' as const, signal }
    const applied = await apply(id, change)
    if (applied.incident !== null || signal.subject.kind !== 'issue') return applied
    await incidents.clearedEarly(id, ARCHIVED, signal.at)
    return (await incidents.read(id)) === null ? applied : apply(id, change)
  }

  async function isOpen(id: string): Promise<boolean> {
    const found = await incidents.read(id)
    return found !== null && found.status !== 'resolved'
  }

  async function isOver(id: string, signal: Signal): Promise<boolean> {
    const cleared = await incidents.whenClearedEarly(id, causeKey(signal))
    return cleared !== null && signal.at <= cleared && (await incidents.read(id)) === null
  }

  /**
   * Archived with nobody told of it: its events go on and say nothing new until Sentry says that it is unresolved or
   * escalates. Lost data is told all the same.
   */
  async function isArchived(id: string, { signal, archived }: Judged): Promise<boolean> {
    if (signal.subject.kind !== 'issue') return false
    const mark = await incidents.whenClearedEarly(id, ARCHIVED)
    const told = signal.intent === 'reopen' || isDataLoss(signal.facts.tags)
    if (!archived && mark === null) return false
    if (told && (mark === null || signal.at > mark)) return false
    return !(await isOpen(id))
  }

  /** The project's incident first: judged together, it speaks and names the issue. */
  async function applyJudged(judged: Judged, id: string, again: Again | null): Promise<Outcome> {
    const { signal, own, impact, project } = judged
    // Our own looking at a project names no alert that it could be cleared by: what was measured holds it open.
    const cause =
      own !== null && signal.origin === 'monitor' && signal.subject.kind === 'project' && signal.metric === null
        ? measuredCause(own)
        : causeKey(signal)
    if (own === null) return { outcome: 'nothing-to-do', reason: 'nothing is breached', incident: null, severity: null }
    const linked: string[] = []
    let about = ''
    if (project !== null) {
      const derived = aboutProject(signal, project.name, project.verdict)
      const projectId = incidentId(incidentKey(derived.source, derived.subject) ?? '')
      // What measuring again finds out about the project is news of now, unless that is open already.
      const known = again !== null && (await isOpen(projectId))
      const applied = await apply(projectId, {
        kind: 'judged',
        signal: again !== null && !known ? { ...derived, at: signal.receivedAt } : derived,
        verdict: project.verdict,
        issueImpact: null,
        projectImpact: project.impact.project,
        cause: measuredCause(project.verdict),
        suspects: project.suspects,
        linked: [id],
        again: known,
      })
      if (applied.incident !== null) {
        linked.push(applied.incident)
        about = `; project incident ${applied.incident}: ${applied.reason}`
      }
    }
    // Only itself: what it showed about its project goes on.
    const over = (await isOver(id, signal))
      ? 'resolved in Sentry before it was judged'
      : again === null && (await isArchived(id, judged))
        ? 'archived in Sentry'
        : null
    if (over !== null) return { outcome: 'nothing-to-do', reason: `${over}${about}`, incident: null, severity: null }
    const applied = await apply(id, {
      kind: 'judged',
      signal,
      verdict: own,
      issueImpact: signal.subject.kind === 'issue' ? impact.issue : null,
      projectImpact: signal.subject.kind === 'issue' ? null : impact.project,
      cause,
      suspects: judged.suspects,
      linked,
      again: again !== null,
      calm: again === null ? null : calmBy(again.rule, judged),
    })
    const outcome = told(applied)
    // A resolve that found nothing while this was being opened has left its mark by now.
    const early = applied.action === 'open' ? await incidents.whenClearedEarly(id, causeKey(signal)) : null
    if (early !== null && signal.at <= early) {
      const resolve: Signal = { ...signal, id: `early-${signal.id}`, intent: 'resolve', at: early }
      await apply(id, { kind: 'cleared', signal: resolve, cause: causeKey(signal) })
    }
    const calm = again === null ? {} : { calm: calmBy(again.rule, judged) }
    return { ...outcome, ...calm, reason: `${outcome.reason}${about}` }
  }

  /** Feedback belongs to the issue it was given on; where that is not said, to the issue it came as. */
  async function attachFeedback(signal: Signal): Promise<Outcome> {
    const on = signal.facts.feedbackOn ?? signal.facts.issue
    if (on === null)
      return { outcome: 'nothing-to-do', reason: 'user feedback on no issue we know', incident: null, severity: null }
    const key = incidentKey(signal.source, { kind: 'issue', issue: on })
    return told(await apply(incidentId(key ?? ''), { kind: 'feedback', signal }))
  }
}

/** What we measured ourselves, as a cause that our own measuring clears again. */
export function measuredCause(verdict: Pick<Judgement, 'evidence'>): string {
  return verdict.evidence.some(one => one.field.startsWith('crash-free')) ? 'measured:crash-free' : 'measured:spike'
}

const OUTCOME_OF: Record<Applied['action'], OutcomeName> = {
  open: 'opened',
  reopen: 'opened',
  raise: 'raised',
  attach: 'attached',
  'clear-cause': 'attached',
  resolve: 'resolved',
  mute: 'attached',
  assign: 'attached',
  feedback: 'attached',
  speak: 'attached',
  acknowledge: 'attached',
  unacknowledge: 'attached',
  lower: 'attached',
  step: 'attached',
  remind: 'attached',
  silence: 'attached',
  mark: 'attached',
  none: 'nothing-to-do',
}

function told(applied: Applied): Outcome {
  return {
    outcome: OUTCOME_OF[applied.action],
    reason: applied.reason,
    incident: applied.incident,
    severity: applied.severity,
  }
}
