import type { OperatorMarks } from '../classify/read-fields.ts'
import type { Destination } from '../deliver/destination.ts'
import type { Notification } from '../deliver/notification.ts'
import type { Change } from '../incidents/change.ts'
import type { Incident } from '../incidents/incident.ts'
import type { SilenceStore } from '../mute/silence-store.ts'
import type { RulesDocument } from '../rules/rules-document.ts'
import type { Signal } from '../signals/signal.ts'
import type { DryFlow, Happened, JudgedSignal, Told } from '../whatif/dry-flow.ts'
import { createDueSteps } from '../whatif/due-steps.ts'
import { type Beneath, createIncidentsInMemory } from '../whatif/incidents-in-memory.ts'
import { createMutesInMemory, type MutesBeneath } from '../whatif/mutes-in-memory.ts'
import { createApplyChange } from './apply-change.ts'
import { type Covers, createCovers } from './covers.ts'
import { createHandleSignal, type Outcome } from './handle-signal.ts'
import { createInhibitors } from './inhibitors.ts'
import type { Judge } from './judge.ts'
import { createJudgeAsChosen } from './judge-as-chosen.ts'
import { createStorms } from './storms.ts'

type Handle = (signal: Signal) => Promise<Outcome>

export interface DryFlowDeps {
  rules: { number: number; document: RulesDocument }
  kindOf(destination: string): Destination['kind'] | null
  pages(kind: Destination['kind']): boolean
  backlog: string | null
  /** Silences and maintenance windows keep quiet as they would, or as that says of an incident; null: none does. */
  silences: Pick<SilenceStore, 'current'> | ((incident: string) => Incident['silenced']) | null
  /** Things as they stand, read and never written; null: as if nothing had ever happened. */
  beneath: (Beneath & MutesBeneath) | null
  /** Whom a signal hurts and how bad that is, by those rules; told the time of the flow. */
  judge(now: () => number): Judge
  /** An error event only counts, unless it makes a threshold fall: asked first, where impact is measured. Absent: judged. */
  countFirst?(signal: Signal, now: () => number, handle: Handle): Promise<Outcome>
}

/**
 * The pipeline over stores that forget: decided, judged, routed and told by the very functions that do it in earnest, and
 * nothing of it is kept or sent. Its clock stands wherever the last thing happened.
 */
export function createDryFlow(deps: DryFlowDeps): DryFlow {
  const { number, document } = deps.rules
  const rules = () => ({ number, at: 0, author: '', message: '', document })
  let now = 0
  const clock = { now: () => now }
  let events: Happened[] = []
  let why = ''
  let last: JudgedSignal | null = null
  const due = createDueSteps()
  const memory = createIncidentsInMemory(deps.beneath, ({ id, stepAt }) => due.set(id, stepAt))
  const mutes = createMutesInMemory(deps.beneath)
  const { kindOf, pages } = deps
  const storms = createStorms({ storms: mutes.storms, incidents: memory.incidents, rules, kindOf })

  function coversOf(silences: NonNullable<DryFlowDeps['silences']>): Pick<Covers, 'ask' | 'instead'> {
    if (typeof silences !== 'function') return createCovers({ silences, rules })
    return { ask: async ({ id }) => silences(id), instead: async (_, change) => change }
  }

  function toldBy(owed: readonly Notification[]): Told[] {
    return owed.flatMap(({ destination, mention, step, kind: what, reason }) => {
      if (what !== 'open' && what !== 'raise' && what !== 'step') return []
      const kind = kindOf(destination)
      return [{ destination, kind, pages: kind !== null && pages(kind), mention, what, step, reason }]
    })
  }

  const apply: ReturnType<typeof createApplyChange> = createApplyChange({
    incidents: memory.incidents,
    notifications: memory.notifications,
    voices: mutes.voices,
    rules,
    kindOf,
    backlog: () => deps.backlog,
    pages,
    storms,
    inhibitors: createInhibitors({ inhibitors: mutes.inhibitors, incidents: memory.incidents, rules }),
    ...(deps.silences === null ? {} : { covers: coversOf(deps.silences) }),
    dispatch() {},
    async onResolved(incident: Incident) {
      const freed = await storms.ended(incident)
      const waiting =
        incident.project === null ? [] : await mutes.voices.release(incident.source, incident.project, incident.id)
      const reason = `${incident.id}, which spoke for it, has ended; it is as severe as before`
      for (const id of [...freed, ...waiting]) await apply(id, { kind: 'speaks', reason, at: now })
    },
    onChanged(_incident, _action, reason) {
      why = reason
    },
    onCommitted(_change: Change, incident, action, owed) {
      events.push({ at: now, action, reason: why, incident, told: toldBy(owed) })
    },
    clock,
  })
  let marks: OperatorMarks = {}
  const measured = deps.judge(clock.now)
  const judged = createJudgeAsChosen(async (signal, options) => {
    marks = (await options?.marks?.()) ?? {}
    return measured(signal, options)
  }, memory.incidents)
  const handleSignal = createHandleSignal({
    async judge(signal, options) {
      const found = await judged(signal, options)
      last = { ...found, marks }
      return found
    },
    apply,
    incidents: memory.incidents,
  })

  function take(): Happened[] {
    const taken = events
    events = []
    return taken
  }

  return {
    async signal(signal, at, again = null) {
      now = Math.max(now, at)
      if (signal.intent === 'count' && deps.countFirst !== undefined)
        return deps.countFirst(signal, clock.now, one => handleSignal(one))
      return handleSignal(signal, again === null ? null : { rule: again })
    },
    async act(incident, act, actor, id, at) {
      now = Math.max(now, at)
      await apply(incident, { kind: 'act', id, act, actor, at: now })
    },
    async cover(incident, cover, at) {
      now = Math.max(now, at)
      await apply(incident, { kind: 'covered', cover, at: now })
    },
    async step(by, passes = () => true) {
      for (let next = due.next(by); next !== null; next = due.next(by)) {
        if (!passes(next.incident)) continue
        now = Math.max(now, next.at)
        await apply(next.incident, { kind: 'due', at: now })
        return take()
      }
      return null
    },
    happened: take,
    judged: () => last,
    incident: memory.incidents.read,
  }
}
