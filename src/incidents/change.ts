import type { Verdict } from '../classify/verdict.ts'
import type { IssueImpact, ProjectImpact } from '../measure/impact.ts'
import type { Signal } from '../signals/signal.ts'
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
  /** The incident that spoke for this one has ended. */
  | { kind: 'speaks'; reason: string; at: number }

export type Judged = Extract<Change, { kind: 'judged' }>
export type Cleared = Extract<Change, { kind: 'cleared' }>

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
  | 'none'

export interface Decision {
  action: Action
  reason: string
  /** The incident as it is to be; null: leave it as it is. */
  next: Incident | null
  entries: TimelineEntry[]
  /** What people were told is no longer how it is: messages are brought up to date. */
  material: boolean
}
