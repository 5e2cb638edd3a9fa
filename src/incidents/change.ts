import { z } from 'zod'
import type { Verdict } from '../classify/verdict.ts'
import type { IssueImpact, ProjectImpact } from '../measure/impact.ts'
import { personSchema, type Signal } from '../signals/signal.ts'
import { type Act, type Actor, archiveUntilSchema } from './act.ts'
import type { Incident, Suspect, TimelineEntry } from './incident.ts'

/** What may happen to an incident. */
export type Change =
  /** It was measured and judged: opens, raises, reopens or attaches. */
  | {
      kind: 'judged'
      signal: Signal
      verdict: Verdict
      issueImpact: IssueImpact | null
      projectImpact: ProjectImpact | null
      /** What holds it open, e.g. `issue:42`, `metric:7`, `measured:crash-free`. */
      cause: string
      suspects: Suspect[]
      linked: string[]
      /** A measuring again of our own: tells nothing new by itself, reopens nothing. */
      again: boolean
      /** Measured below the threshold for falling of what opened it; null: not known, or not looked at. */
      calm?: boolean | null
    }
  /** A cause has cleared; the incident resolves when all have. */
  | { kind: 'cleared'; signal: Signal; cause: string }
  | { kind: 'muted'; signal: Signal }
  | { kind: 'assigned'; signal: Signal }
  | { kind: 'feedback'; signal: Signal }
  /** Someone linked an issue to it in Sentry; `incident`: that issue's own, where it is another one. */
  | { kind: 'linked'; signal: Signal; note: string | null; incident: string | null }
  /** It has been calm for as long as its policy waits: resolves by itself. */
  | { kind: 'faded'; signal: Signal; tell: 'posts' | 'everything'; reason: string }
  /** A person decided something; `id` names the deciding, so that it counts once. `at`: ms, our clock. */
  | { kind: 'act'; id: string; act: Act; actor: Actor; at: number }
  /** A time that was waited for has come: a step, a reminder, the end of a silence. */
  | { kind: 'due'; at: number }
  /** It speaks for these others of a storm, `total` in all; `common`: what they have in common, e.g. "of project web". */
  | { kind: 'gathers'; members: Suspect[]; total: number; common: string; at: number }
  /** It is one of a storm of that severity and core flow, for which `speaker` speaks. */
  | {
      kind: 'hushed'
      speaker: string
      severity: Incident['severity']
      flow: string | null
      reason: string
      at: number
    }
  /** The incident that spoke for this one has ended. */
  | { kind: 'speaks'; reason: string; at: number }
  /** A silence or a maintenance window matches it from now on; `cover` null: none does any more. */
  | { kind: 'covered'; cover: Incident['silenced']; at: number }

/** Changes that a signal brought. */
export type Signalled = Extract<Change, { signal: Signal }>
export type Judged = Extract<Change, { kind: 'judged' }>
export type Cleared = Extract<Change, { kind: 'cleared' }>
export type Acted = Extract<Change, { kind: 'act' }>

export type Action =
  | 'open'
  | 'raise'
  | 'reopen'
  | 'attach'
  | 'resolve'
  | 'clear-cause'
  | 'mute'
  | 'assign'
  | 'feedback'
  | 'speak'
  | 'acknowledge'
  | 'unacknowledge'
  | 'lower'
  | 'step'
  | 'remind'
  | 'silence'
  | 'mark'
  | 'none'

/** What must be told beside what the action itself asks for. */
export type Tell =
  /** A target of a step. */
  | { to: 'target'; destination: string; mention: string | null; step: number; reason: string }
  /** Every page that is open in this life: somebody answers for it. `except`: the destination that said so itself. */
  | { to: 'pages'; say: 'acknowledge'; reason: string; except?: string | null }
  /** Every page that is open in this life says more than it did; nobody is woken by that. */
  | { to: 'pages'; say: 'update'; reason: string }
  /** A line in the thread of every post of this life. `orPost`: where there is none, one is posted for it. `call`: people who are to see it. */
  | { to: 'posts'; say: 'thread'; reason: string; mention?: string | null; orPost?: true; call?: readonly Actor[] }
  /** The backlog, where there is one: work for a later day. */
  | { to: 'backlog'; reason: string }
  /** Sentry itself: what was decided is written back. */
  | { to: 'sentry'; write: SentryWrite; reason: string }

export const sentryWriteSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('resolve'), release: z.string().nullable() }),
  z.object({ kind: z.literal('unresolve') }),
  z.object({ kind: z.literal('archive'), until: archiveUntilSchema }),
  z.object({ kind: z.literal('assign'), to: personSchema.nullable() }),
  z.object({ kind: z.literal('comment'), text: z.string() }),
])
/** One change of an issue in Sentry. */
export type SentryWrite = z.infer<typeof sentryWriteSchema>

export interface Decision {
  action: Action
  reason: string
  /** The incident as it is to be; null: leave it as it is. */
  next: Incident | null
  entries: TimelineEntry[]
  /** What people were told is no longer how it is: messages are brought up to date. */
  material: boolean
  /** Absent: nothing else. */
  tell?: readonly Tell[]
}

/** The name under which a change counts once at its incident; null: it repeats without harm. */
export function countsOnceAs(change: Change): string | null {
  if (change.kind === 'act') return `act-${change.id}`
  return 'signal' in change ? change.signal.id : null
}

/** When what is behind a change reached us, ms: time to page counts from here. */
export function causedAt(change: Change, now: number): number {
  return 'signal' in change ? change.signal.receivedAt : now
}
