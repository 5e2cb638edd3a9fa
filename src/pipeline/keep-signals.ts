import type { Destination } from '../deliver/destination.ts'
import type { Notification } from '../deliver/notification.ts'
import type { Action, Change } from '../incidents/change.ts'
import type { Incident } from '../incidents/incident.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { Signal } from '../signals/signal.ts'
import { type Kept, type KeptChange, type Recorded, toLine } from '../whatif/kept-signal.ts'
import type { KeptStore } from '../whatif/kept-store.ts'
import type { Again, createHandleSignal, Outcome } from './handle-signal.ts'
import type { Judge, Judged } from './judge.ts'

export interface KeepDeps {
  store: KeptStore
  /** How long they are kept, ms. */
  keepMs(): number
  kindOf(destination: string): Destination['kind'] | null
  pages(kind: Destination['kind']): boolean
  /** Told of each signal that was judged, once it is over. May not throw. */
  onJudged(kept: Kept): void
  /** How many were kept, or could not be. */
  onKept(outcome: 'kept' | 'no-room' | 'failed', count: number): void
  clock: Clock
  log: Log
}

/** Waiting to be written: beyond it they are counted and let go. Memory is bounded when Redis is slow. */
const MOST_WAITING = 5_000
const LINES_AT_ONCE = 500
/** Of our own measuring again, what grew by less since it was last kept says nothing new. */
const GREW = 1.5
const MOST_MEASURED = 10_000

/** What time alone brings and tells nobody: kept all the same where others are told, or nobody is, from then on. */
const TURNS: readonly Action[] = ['resolve', 'silence', 'speak', 'mark']

interface InHand {
  judged: Judged | null
  changes: KeptChange[]
}

/**
 * Keeps what reached the incidents, for judging it again under other rules. It stands beside the way of an alert, never in
 * it: nothing waits for it, and what cannot be kept is counted and said, nothing else.
 */
export function createKeepSignals(deps: KeepDeps) {
  const { clock, log } = deps
  const inHand = new Map<string, InHand>()
  const usersKept = new Map<string, number>()
  let waiting: string[] = []
  let writing: Promise<void> = Promise.resolve()

  function keep(kept: Kept): void {
    if (waiting.length >= MOST_WAITING) deps.onKept('no-room', 1)
    else waiting.push(toLine(kept))
  }

  /** A mistake in here is none of the caller's. */
  function apart(work: () => void): void {
    try {
      work()
    } catch (error) {
      deps.onKept('failed', 1)
      log.warn({ err: error }, 'a judged signal could not be kept for replays')
    }
  }

  function changeOf(next: Incident, action: Action, owed: readonly Notification[]): KeptChange {
    const told = owed.flatMap(({ kind: what, destination, mention }) => {
      if (what !== 'open' && what !== 'raise' && what !== 'step') return []
      const kind = deps.kindOf(destination)
      return [{ destination, mention, kind, pages: kind !== null && deps.pages(kind) }]
    })
    const held = next.quiet?.reason ?? next.muted?.reason ?? next.silenced?.reason ?? null
    const { id: incident, severity, status } = next
    const silenced = next.silenced !== null
    return {
      incident,
      action,
      severity,
      status,
      routes: next.escalations.map(({ route }) => route),
      told,
      held,
      silenced,
    }
  }

  function settled(signal: Signal, again: Again | null, outcome: Outcome, { judged, changes }: InHand): void {
    if (signal.intent === 'nothing' || signal.intent === 'attach') return
    // It was taken in before, and kept then.
    if (changes.length === 0 && outcome.outcome !== 'nothing-to-do') return
    if (again !== null && !saysSomethingNew(changes, judged)) return
    const kept: Kept = {
      at: clock.now(),
      signal: judged?.signal ?? signal,
      again: again?.rule ?? null,
      recorded: judged === null ? null : recordedOf(judged),
      act: null,
      revision: judged?.own?.revision ?? null,
      own: inShort(judged?.own ?? null),
      project: inShort(judged?.project?.verdict ?? null),
      changes,
    }
    keep(kept)
    if (judged !== null) deps.onJudged(kept)
  }

  function saysSomethingNew(changes: readonly KeptChange[], judged: Judged | null): boolean {
    if (changes.some(({ action, told }) => told.length > 0 || (action !== 'attach' && action !== 'none'))) return true
    const incident = changes[0]?.incident
    const users = judged?.impact.issue?.users?.value ?? null
    if (incident === undefined || users === null) return false
    const before = usersKept.get(incident) ?? 0
    if (users < 1 || users < before * GREW) return false
    usersKept.set(incident, users)
    // The oldest are first in a Map.
    if (usersKept.size > MOST_MEASURED) usersKept.delete(usersKept.keys().next().value ?? '')
    return true
  }

  async function write(): Promise<void> {
    const now = clock.now()
    while (waiting.length > 0) {
      const lines = waiting.slice(0, LINES_AT_ONCE)
      waiting = waiting.slice(LINES_AT_ONCE)
      try {
        const kept = await deps.store.append(lines, now, deps.keepMs())
        deps.onKept('kept', kept)
        if (kept < lines.length) deps.onKept('no-room', lines.length - kept)
      } catch (error) {
        deps.onKept('failed', lines.length)
        log.warn({ err: error, signals: lines.length }, 'judged signals could not be kept for replays')
      }
    }
    await deps.store
      .pack(now)
      .catch(error => log.warn({ err: error }, 'signals kept for replays could not be packed; tried again'))
  }

  return {
    /** The judge, and what it found remembered until its signal is over. */
    judge(judge: Judge): Judge {
      return async (told, options) => {
        const judged = await judge(told, options)
        const hand = inHand.get(told.id)
        if (hand !== undefined) hand.judged = judged
        return judged
      }
    },
    handleSignal(handle: ReturnType<typeof createHandleSignal>): typeof handle {
      return async (signal, again = null) => {
        const hand: InHand = { judged: null, changes: [] }
        inHand.set(signal.id, hand)
        try {
          const outcome = await handle(signal, again)
          apart(() => settled(signal, again, outcome, hand))
          return outcome
        } finally {
          inHand.delete(signal.id)
        }
      }
    },
    onCommitted(change: Change, next: Incident, action: Action, owed: readonly Notification[]): void {
      apart(() => {
        const made = changeOf(next, action, owed)
        const hand = 'signal' in change ? inHand.get(change.signal.id) : undefined
        if (hand !== undefined) return void hand.changes.push(made)
        const act =
          change.kind === 'act' ? { incident: next.id, id: change.id, act: change.act, actor: change.actor } : null
        if (act === null && made.told.length === 0 && !TURNS.includes(action)) return
        const nothing = { signal: null, again: null, recorded: null, revision: null, own: null, project: null }
        keep({ at: clock.now(), ...nothing, act, changes: [made] })
      })
    },
    /** Writes what has gathered. Never throws. */
    flush(): Promise<void> {
      writing = writing.then(write, write)
      return writing
    },
  }
}

function inShort(verdict: Judged['own']): Kept['own'] {
  return verdict === null ? null : { severity: verdict.severity, rule: verdict.rule }
}

const MOST_SUSPECTS = 5

function recordedOf({ impact, archived, project, suspects }: Judged): Recorded {
  const named = (project?.suspects ?? suspects).filter(({ coreFlow }) => coreFlow !== null)
  return {
    impact,
    projectDegraded: project?.impact.degraded ?? impact.degraded,
    archived,
    suspects: named.slice(0, MOST_SUSPECTS).map(one => ({ ...one, title: '', link: null })),
  }
}
