import type { Severity } from '../../src/classify/severity.ts'
import type { Fault } from '../../src/sandbox/stand-in-fault.ts'
import type { Problem } from '../story.ts'
import type { AlertRule, Issue, Outage, Project, RawPost, Trouble } from './happening.ts'

/** The words a scenario is told in. Times are minutes since its start; before it, minus minutes. */
export interface Stage {
  project(name: string, options?: { feed?: boolean; alerts?: AlertRule[]; issueWebhooks?: boolean }): Project
  issue(
    project: Project,
    traits?: Partial<
      Pick<Issue, 'errorClass' | 'message' | 'transaction' | 'level' | 'usual' | 'kind' | 'feedbackOn' | 'id'>
    >,
  ): Issue
  /** So many different users meet it, at moments by chance within the span. */
  hurts(issue: Issue, users: number, span: Span, how?: How): void
  /** New users an hour go steadily from one number to another. */
  spreads(issue: Issue, perHour: [from: number, to: number], span: Span, how?: How): void
  /** Failures without any user to name. */
  fails(issue: Issue, events: number, span: Span, how?: How): void
  once(issue: Issue, at: number, how?: How & { user?: string | null; happenedAgo?: number }): void
  resolves(issue: Issue, at: number, inRelease?: string): void
  archives(issue: Issue, at: number): void
  unarchives(issue: Issue, at: number): void
  /** Sentry finds an archived or old issue to be worse than it forecast. */
  escalates(issue: Issue, at: number): void
  assigns(issue: Issue, at: number, to: string): void
  sessions(
    project: Project,
    span: Span,
    flow: { perMinute: number; crashing: number; release?: string; environment?: string },
  ): void
  releases(project: Project, at: number, version: string): void
  /** "Crash-free session rate below so many percent in an hour". */
  watchesCrashFree(project: Project, below?: number): string
  /** "More than so many unhandled errors in a minute". */
  watchesUnhandled(project: Project, above?: number): string
  /** Any other monitor: what it reads from each of these minutes on. */
  watches(
    project: Project,
    name: string,
    limits: { warning?: number; critical: number; opensIssue?: boolean },
    reads: [at: number, value: number][],
  ): string
  trouble(span: Span, trouble: Omit<Trouble, 'from' | 'to' | 'late'> & { lateBySeconds?: number }): void
  sentryFails(span: Span, fault: Fault): void
  restart(at: number): void
  posts(at: number, resource: string, body: string, forged?: boolean): void
  problem(name: string, label: Label): void
}

export type Span = [from: number, to: number]

export interface How {
  environment?: string | null
  release?: string | null
  handled?: boolean
  tags?: Record<string, string>
  /** Events of each user. */
  each?: number
}

export interface Label {
  issues?: readonly Issue[]
  projects?: readonly Project[]
  monitors?: readonly string[]
  ofSource?: boolean
  severity: Severity | 'none' | readonly (Severity | 'none')[]
  plain?: number
  notBefore?: number
  within?: number
  pages?: number
  mayPage?: boolean
  incidents?: number
  lives?: number
  ends?: 'open' | 'resolved'
}

/** Everything a scenario laid down. */
export interface Script {
  projects: Project[]
  troubles: Trouble[]
  outages: Outage[]
  restarts: number[]
  posts: RawPost[]
  problems: Problem[]
}
