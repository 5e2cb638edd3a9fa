import type { CrashFree, Measured } from './impact.ts'

/** An answer from outside: the value, or why it could not be had. `empty`: the source answered that it has nothing. */
export type Answer<T> =
  | {
      ok: true
      value: T
      /** What belongs to a whole answer and could not be had, in words. */
      partial?: string
    }
  | {
      ok: false
      reason: string /** false: asking again cannot help until someone acts (no token, scope missing). */
      retry: boolean
    }

/** An issue's numbers over a window, in production. null inside a given answer: no user context (unknown, not zero). */
export interface IssueCounts {
  users: Measured | null
  events: Measured
}

export interface IssueDetails {
  firstSeen: number | null
  lastSeen: number | null
  status: string | null
  substatus: string | null
  level: string | null
  isUnhandled: boolean | null
  project: string | null
  title: string | null
  assignee: { type: 'user' | 'team'; id: string; name: string | null } | null
  /** Owner by Sentry's ownership rules when nobody is assigned. */
  suggestedOwner: { type: 'user' | 'team'; id: string | null; name: string } | null
  permalink: string | null
  /** Environments it was seen in, as far as the API says; null: not said. */
  environments: string[] | null
}

/** Title line, top in-app frame and tags of the newest event: for the page and the post, never for numbers. */
export interface LatestEvent {
  event: string | null
  title: string | null
  environment: string | null
  release: string | null
  transaction: string | null
  handled: boolean | null
  errorClass: string | null
  frame: { file: string | null; function: string | null; line: number | null } | null
  tags: Record<string, string>
  replay: string | null
  at: number | null
}

export interface Question {
  source: string
  /** Nobody waits for the answer: asked only while rate limits leave room beside live questions. */
  background?: boolean
  project: string | null
  /** Names that count as production (rules). */
  production: readonly string[]
}

/**
 * What measuring asks of the outside world. sentry/ implements it; one request in flight per distinct question,
 * answers cached for a short time, never throws: a failure is an Answer with its reason.
 */
export interface ImpactSource {
  /** True when questions can be asked for that source at all (organization and token are set). */
  canAsk(source: string): boolean
  /** Crash-free of the last hour from session counts: production as a whole, and the newest release with its own sample. */
  crashFree(question: Question & { project: string }): Promise<Answer<CrashFree[]>>
  /** Users and events of an issue in production over the last `windowSeconds`. */
  issueCounts(question: Question & { issue: string; windowSeconds: number }): Promise<Answer<IssueCounts>>
  /** Mean users per hour over the 24 hours before the last one, in production. */
  issueBaseline(question: Question & { issue: string }): Promise<Answer<Measured | null>>
  /** Unhandled error events per minute, newest last, at least the last 10 minutes. */
  unhandledSeries(question: Question & { project: string }): Promise<Answer<{ minute: number; count: number }[]>>
  issueDetails(question: { source: string; issue: string; background?: boolean }): Promise<Answer<IssueDetails>>
  latestEvent(question: { source: string; issue: string; background?: boolean }): Promise<Answer<LatestEvent>>
}
