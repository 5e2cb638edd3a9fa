import type { Destination } from '../deliver/destination.ts'
import type { Notification } from '../deliver/notification.ts'
import type { NotificationStore } from '../deliver/notification-store.ts'
import { oweNotifications } from '../deliver/owe-notifications.ts'
import { wakesNobody } from '../deliver/wakes-nobody.ts'
import { type Action, type Change, causedAt, countsOnceAs, type Decision, type Tell } from '../incidents/change.ts'
import { coverWords } from '../incidents/cover-words.ts'
import { decideChange } from '../incidents/decide-change.ts'
import type { Incident } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Hider } from '../mute/hid-store.ts'
import type { VoiceStore } from '../mute/voice-store.ts'
import type { Voice } from '../mute/who-speaks.ts'
import type { Clock } from '../platform/clock.ts'
import { durationMs } from '../route/duration.ts'
import { escalationsFor, isRoutedOtherwise, missingChoice } from '../route/escalations-for.ts'
import { clockSetBack, jumpTo, type Pages, stepAt, stepsAnew, stepsDue } from '../route/steps-due.ts'
import type { Revision } from '../rules/rules-document.ts'
import { isDataLoss } from '../signals/data-loss.ts'
import { callPeople } from './call-people.ts'
import type { Covers } from './covers.ts'
import type { Inhibitors } from './inhibitors.ts'
import { measureAgainAt } from './measure-again.ts'
import { createOneAtATime } from './one-at-a-time.ts'
import type { StormNews, Storms } from './storms.ts'

export interface ApplyDeps {
  incidents: Pick<IncidentStore, 'read' | 'applied' | 'markDirty' | 'commit' | 'index'>
  notifications: Pick<NotificationStore, 'list' | 'index'>
  voices: Pick<VoiceStore, 'claim'>
  rules(): Revision
  /** That revision, while it is remembered; absent: only the one in force is. */
  rulesAt?(revision: number): Revision | null
  kindOf(destination: string): Destination['kind'] | null
  /** The destination that is the backlog, where there is one. */
  backlog?(): string | null
  pages(kind: Destination['kind']): boolean
  /** Many at once are one post; absent: every incident is told by itself. */
  storms?: Storms
  /** Silences and maintenance windows; absent: nothing matches anything. */
  covers?: Pick<Covers, 'ask' | 'instead'>
  /** Causes that hold back their symptoms; absent: no rule says so. */
  inhibitors?: Inhibitors
  /** Told what keeps an incident quiet, when it begins to: to be counted and listed there. */
  onHidden?(by: Hider, incident: string): Promise<void>
  /** Takes over what is owed: sends it now or queues it. */
  dispatch(incident: string, owed: readonly Notification[], mark: number): void
  /** Told when an incident that may have held others back has ended. */
  onResolved(incident: Incident): Promise<void>
  /** Told after every change that was committed. */
  onChanged(incident: Incident, action: Action, reason: string): void
  /** The same, with what was behind it and what it made owed: for who keeps books. Absent: nobody. */
  onCommitted?(change: Change, next: Incident, action: Action, owed: readonly Notification[]): void
  clock: Clock
}

export interface Applied {
  action: Action
  reason: string
  incident: string | null
  severity: Incident['severity'] | null
  /** True when this signal had been taken in before: what came of it then is told again. */
  repeated: boolean
  /** Ids of the notifications that it made owed; absent: none. */
  owed?: readonly string[]
}

/**
 * Decide, then act: reads the incident, decides purely, commits incident, timeline and what is owed in one atomic
 * step, and starts over when someone else was quicker. Repeating a signal changes nothing and tells the first outcome.
 */
export function createApplyChange(deps: ApplyDeps) {
  const oneAtATime = createOneAtATime()
  const pages: Pages = destination => {
    const kind = deps.kindOf(destination)
    return kind !== null && deps.pages(kind)
  }
  const steps = {
    stepsDue: (incident: Incident, now: number) => stepsDue(incident, now, pages),
    jumpTo: (incident: Incident, step: number | null, now: number, why?: string) =>
      jumpTo(incident, step, now, pages, why),
    stepAt,
    setBack: clockSetBack,
  }
  return applyAndTell

  async function applyAndTell(id: string, change: Change): Promise<Applied> {
    const news: StormNews[] = []
    const freed: string[] = []
    const applied = await oneAtATime(id, () => apply(id, change, news, freed))
    // Whoever is told of a storm has a turn of their own: waiting for it within this one could wait for ever.
    for (const one of news) await deps.storms?.tell(one, applyAndTell, deps.clock.now())
    for (const one of freed) await speakUp(one, id)
    return applied
  }

  /** Whom that one held back speaks now, once; it is no longer listed there only when it does. */
  async function speakUp(id: string, speaker: string): Promise<void> {
    const held = await deps.incidents.read(id)
    if (held !== null && (await deps.inhibitors?.isFree(held)) === true) {
      const reason = `${held.quiet?.speaker} no longer speaks for it, and it is still open`
      await applyAndTell(id, { kind: 'speaks', reason, at: deps.clock.now() })
    }
    await deps.inhibitors?.released(speaker, id)
  }

  async function apply(id: string, change: Change, news: StormNews[], freed: string[]): Promise<Applied> {
    for (;;) {
      const now = deps.clock.now()
      const before = await deps.incidents.read(id)
      const { document } = deps.rules()
      const flapWindowMs = durationMs(document.settings.flapWindow)
      const meant = (await deps.covers?.instead(before, change, now)) ?? change
      const decision = decideChange(before, meant, { flapWindowMs, now, ...steps })
      if (decision.next === null) {
        const name = countsOnceAs(change)
        const outcome = name === null ? null : await deps.incidents.applied(id, name)
        if (outcome !== null) return tellAgain(id, outcome, news)
        return {
          action: 'none',
          reason: decision.reason,
          incident: before?.id ?? null,
          severity: before?.severity ?? null,
          repeated: false,
        }
      }
      const heard: StormNews[] = []
      // Independent of each other, and each a round trip that a page waits for; the mark is there before the commit.
      const [completed, earlier, mark] = await Promise.all([
        complete(decision, decision.next, change, now, heard, before),
        before === null ? [] : deps.notifications.list(id),
        deps.incidents.markDirty(id),
      ])
      const context = {
        earlier,
        kindOf: deps.kindOf,
        pages: deps.pages,
        backlog: deps.backlog?.() ?? null,
        causedAt: causedAt(change, now),
        now,
      }
      let next = completed
      const said = { ...decision, tell: callPeople(toTell(decision, next), document.people) }
      let owed = oweNotifications(next, said, context)
      if (wakesNobody(next, owed, context)) {
        next = { ...next, generation: next.generation + 1 }
        owed = oweNotifications(next, said, context)
      }
      const onceAs = countsOnceAs(change)
      const answer: Applied = {
        action: decision.action,
        reason: decision.reason,
        incident: next.id,
        severity: next.severity,
        repeated: false,
        ...(change.kind === 'act' ? { owed: owed.map(item => item.id) } : {}),
      }
      const result = await deps.incidents.commit({
        expected: before?.rev ?? 0,
        next,
        entries: decision.entries.concat(
          missingEntry(decision.action, next, document, now),
          quietEntry(before, next, now),
          meant.kind === 'covered' ? [] : coverEntry(before, next, now),
        ),
        owed,
        signal: onceAs === null ? null : { id: onceAs, outcome: JSON.stringify(answer), ...forget(change) },
        judgedBy: change.kind === 'judged' && !change.again ? JSON.stringify(change.signal) : null,
      })
      if (!result.committed) {
        if (result.because === 'stale') continue
        return tellAgain(id, result.outcome, news)
      }
      news.push(...heard)
      const indexed = Promise.all([deps.incidents.index(next), ...owed.map(item => deps.notifications.index(item))])
      deps.dispatch(id, owed, mark)
      deps.onChanged(next, decision.action, decision.reason)
      deps.onCommitted?.(change, next, decision.action, owed)
      await indexed
      await hidden(before, next)
      freed.push(...((await deps.inhibitors?.committed(next)) ?? []))
      if (decision.action === 'resolve') await deps.onResolved(next)
      return answer
    }
  }

  /**
   * A crash after the commit may have left something owed and the indexes behind: both are made good, as they are now.
   * What is still owed is dispatched again, by its own ids.
   */
  async function tellAgain(id: string, outcome: string, news: StormNews[]): Promise<Applied> {
    const mark = await deps.incidents.markDirty(id)
    const [incident, all] = await Promise.all([deps.incidents.read(id), deps.notifications.list(id)])
    const indexed = Promise.all([
      ...(incident === null ? [] : [deps.incidents.index(incident)]),
      ...all.map(item => deps.notifications.index(item)),
    ])
    deps.dispatch(
      id,
      all.filter(item => item.status === 'owed'),
      mark,
    )
    await indexed
    if (incident?.quiet?.holds === 'everything' && incident.quiet.rule === undefined)
      news.push(...((await deps.storms?.repeat(incident)) ?? []))
    const answer: Applied = { ...(JSON.parse(outcome) as Applied), repeated: true }
    if (answer.action === 'resolve' && incident?.status === 'resolved') await deps.onResolved(incident)
    return answer
  }

  async function hidden(before: Incident | null, next: Incident): Promise<void> {
    const [was, is] = [before?.silenced?.through, next.silenced?.through]
    if (is !== undefined && was?.id !== is.id) await deps.onHidden?.(is, next.id)
    const rule = next.quiet?.rule
    if (rule !== undefined && before?.quiet?.rule?.id !== rule.id)
      await deps.onHidden?.({ kind: 'inhibition', id: rule.id }, next.id)
  }

  /** Adds to what was decided: who must know (routes), whether another incident speaks for it, when to look again. */
  async function complete(
    decision: Decision,
    decided: Incident,
    change: Change,
    now: number,
    heard: StormNews[],
    before: Incident | null,
  ): Promise<Incident> {
    // Who must know is said by the revision that judged it, also when another was published in between.
    const judgedBy = change.kind === 'judged' ? deps.rulesAt?.(change.verdict.revision) : null
    const { document } = judgedBy ?? deps.rules()
    const next = { ...decided }
    // Lowered by a person: who is told of such things goes on with it, and nobody who is told of worse.
    const rerouted =
      decision.action === 'lower' ||
      (decision.action === 'speak' && (isUntold(before) || isRoutedOtherwise(next, document)))
    if (isRouted(decision.action) || rerouted) {
      const routed = escalationsFor(next, document, now)
      next.escalations = routed.escalations
    } else if (decision.action === 'speak') next.escalations = stepsAnew(next, now)
    const speaksUp =
      decision.action === 'open' ||
      decision.action === 'raise' ||
      decision.action === 'reopen' ||
      decision.action === 'speak'
    if (speaksUp && next.muted === null) {
      // A person's own silence of it stays; what matches it is asked anew, as it may be another incident by now.
      if (deps.covers !== undefined && (next.silenced === null || next.silenced.through !== undefined))
        next.silenced = sinceThen(await deps.covers.ask(next, now), next.silenced)
      const inhibited =
        next.silenced === null ? ((await deps.inhibitors?.quietBecause(before, next, now)) ?? null) : null
      next.quiet = inhibited
      // Nobody else is held back by one that is not told itself.
      if (next.silenced === null && inhibited === null) next.quiet = await quietBecause(next, change, now)
      const storm = next.silenced === null && next.quiet === null ? await deps.storms?.ask(next, now) : null
      if (storm) {
        next.quiet = storm.quiet
        heard.push(storm.news)
      }
    }
    if (change.kind === 'judged') {
      if (change.again) next.remeasured = decided.remeasured + 1
      else if (!change.verdict.degraded || decided.remeasureAt === null) next.remeasured = 0
    }
    // A doubt about an incident whose own verdict stands is looked into all the same.
    const doubted = next.verdict.degraded || (change.kind === 'judged' && change.verdict.degraded)
    // Signals that keep coming do not put off what is due.
    const due = measureAgainAt(next, document, now, doubted)
    const again = change.kind === 'judged' && change.again
    const waits = again ? null : decided.remeasureAt
    if (due === null) next.remeasureAt = change.kind === 'judged' ? null : waits
    else next.remeasureAt = waits === null ? due : Math.min(due, waits)
    next.stepAt = stepAt(next)
    return next
  }

  /** A page is asked for only where one would be sent: posts are held back by storms alone, backlog entries never. */
  async function quietBecause(incident: Incident, change: Change, now: number): Promise<Incident['quiet']> {
    const { project } = incident
    const wantsPage = incident.escalations.some(escalation =>
      escalation.steps[0]?.targets.some(target => {
        const kind = deps.kindOf(target.destination)
        return kind !== null && deps.pages(kind)
      }),
    )
    if (!wantsPage || project === null || (incident.kind !== 'issue' && incident.kind !== 'project')) return null
    const answer = await deps.voices.claim(
      incident.source,
      project,
      incident.id,
      voiceOf(incident, change),
      now,
      maySpeak,
    )
    return answer.speaks ? null : { speaker: answer.speaker, reason: answer.reason, since: now }
  }

  /** One that is over speaks for nobody, nor does one that was archived or silenced: nobody is told of it any more. */
  async function maySpeak(id: string): Promise<boolean> {
    const found = await deps.incidents.read(id)
    return found !== null && found.status !== 'resolved' && found.muted === null && found.silenced === null
  }
}

function voiceOf(incident: Incident, change: Change): Voice {
  if (incident.kind === 'project') {
    const named = change.kind === 'judged' ? change.suspects : incident.suspects
    return { as: 'project', covers: named.map(suspect => suspect.coreFlow).filter(flow => flow !== null) }
  }
  return { as: 'issue', flow: incident.coreFlow, dataLoss: isDataLoss(incident.tags) }
}

/**
 * Silenced since before its escalation began, so that nobody was told by it: who must know is asked when it first speaks,
 * as what goes to a channel by day may page by night.
 */
function isUntold(before: Incident | null): boolean {
  const since = before?.silenced?.since
  return since !== undefined && before?.escalations.every(({ startedAt }) => since <= startedAt) === true
}

/** Who must know is found out anew; an incident that only speaks keeps its escalation. */
function isRouted(action: Action): boolean {
  return action === 'open' || action === 'raise' || action === 'reopen'
}

function missingEntry(action: Action, next: Incident, document: Revision['document'], now: number) {
  const reason = isRouted(action) || action === 'speak' ? missingChoice(next, document) : null
  if (reason === null) return []
  return [{ at: now, what: 'chosen' as const, severity: null, reason, by: null, signal: null, notification: null }]
}

/** Our own looking again is named after the revision it looked at, and repeated by nobody for long. */
function forget(change: Change): { forMs?: number } {
  return change.kind === 'judged' && change.again ? { forMs: 600_000 } : {}
}

/** Asked anew, the same one keeps it quiet: since then, not since now. */
function sinceThen(is: Incident['silenced'], was: Incident['silenced']): Incident['silenced'] {
  return is !== null && was !== null && is.through?.id === was.through?.id ? { ...is, since: was.since } : is
}

/** What would speak, and is silenced by something else, has nothing to say; and nobody is called while it is silenced. */
function toTell({ action, tell = [] }: Decision, { silenced }: Incident): readonly Tell[] {
  if (silenced === null) return tell
  if (action === 'speak') return []
  return action === 'reopen' ? tell.map(one => (one.to === 'posts' ? { ...one, call: [] } : one)) : tell
}

function coverEntry(before: Incident | null, next: Incident, now: number) {
  const { silenced } = next
  if (silenced?.through === undefined || before?.silenced?.through?.id === silenced.through.id) return []
  const until = new Date(silenced.until).toISOString()
  return [
    {
      at: now,
      what: 'silenced' as const,
      severity: next.severity,
      reason: `not told: ${coverWords(silenced)} keeps it quiet until ${until}: ${silenced.reason}`,
      by: silenced.by,
      signal: null,
      notification: null,
    },
  ]
}

function quietEntry(before: Incident | null, next: Incident, now: number) {
  if (next.quiet === null || before?.quiet?.speaker === next.quiet.speaker) return []
  return [
    {
      at: now,
      what: 'quiet' as const,
      severity: next.severity,
      reason: `not ${next.quiet.holds === 'everything' ? 'told' : 'paged'}: ${next.quiet.reason} (${next.quiet.speaker})`,
      by: null,
      signal: null,
      notification: null,
    },
  ]
}
