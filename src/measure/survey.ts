import type { Facts, Person } from '../signals/signal.ts'
import type { Answer } from './impact-source.ts'

/**
 * What can be seen without any webhook: issues by last seen, sessions and unhandled events of every project at once.
 * sentry/ implements it; it never throws, asks within what rate limits leave beside live questions, and a failure is an
 * Answer with its reason. Times are ms by Sentry's clock, unless said otherwise.
 */
export interface Survey {
  canAsk(source: string): boolean
  /** One page of issues, newest last seen first, whatever their status. */
  listIssues(question: ListQuestion): Promise<Answer<IssuePage>>
  /** Names of the environments that exist in the organization. */
  environments(source: string): Promise<Answer<string[]>>
  /** The projects the source may see, ids beside slugs. */
  projects(source: string): Promise<Answer<ListedProject[]>>
  /** Sessions of the last hour in production, of every project, one question for all. */
  sessions(question: { source: string; production: readonly string[] }): Promise<Answer<ProjectSessions[]>>
  /** Unhandled error events in production over the last `minutes`, by project slug (or id); projects without any are left out. */
  unhandled(question: {
    source: string
    production: readonly string[]
    minutes: number
  }): Promise<Answer<{ project: string; events: number }[]>>
  /** Unhandled issues of a project that had events in production in the last hour, the most users first, at most 20. */
  crashingIssues(question: {
    source: string
    project: string
    production: readonly string[]
  }): Promise<Answer<ListedIssue[]>>
}

export interface ListQuestion {
  source: string
  /** Slug or id; null: every project. */
  project: string | null
  /** Names that exist; empty: whatever the environment, none included. */
  environments: readonly string[]
  /** Only issues with events in this span; null: the last hour. */
  span: { from: number; to: number } | null
  /** As the page before gave it; null: the first page. */
  cursor: string | null
  /** Just these, whatever else is asked and whenever they were seen; one page, at most 50. Who is gone is left out. */
  issues?: readonly string[]
}

export interface IssuePage {
  issues: ListedIssue[]
  /** null: the last page (Sentry's `results="false"`). */
  next: string | null
  /** When Sentry answered, by its own clock; our own where it did not say. The state of the issues is not newer. */
  at: number
}

export interface ListedIssue {
  issue: string
  shortId: string | null
  title: string
  culprit: string | null
  level: Facts['level']
  errorClass: string | null
  status: string | null
  substatus: string | null
  project: string | null
  projectId: string | null
  category: Facts['category']
  firstSeen: number | null
  lastSeen: number | null
  isUnhandled: boolean | null
  assignee: Person | null
  /** Named by its resolution, else null; `next`: in whatever comes after the release that runs. */
  resolvedInRelease: string | null
  link: string | null
  /** Users and events as the list shows them: a hint where to look, never a measurement. */
  users: number | null
  events: number | null
}

export interface ListedProject {
  id: string
  slug: string
}

export interface ProjectSessions {
  /** Slug where known, else the id. */
  project: string
  production: { sessions: number; crashed: number }
  /** By release, production only; sessions without a release are left out. */
  releases: { release: string; sessions: number; crashed: number }[]
}
