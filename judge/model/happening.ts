import type { Fault } from '../../src/sandbox/stand-in-fault.ts'

/** What happens to users and to Sentry in a scenario, as plain data. Times are ms since the scenario's start. */

/** One failure of one user (or of nobody in particular), as an SDK reports it. */
export interface Failure {
  /** When Sentry gets it. */
  at: number
  /** When it happened; earlier than `at` when a device was offline. */
  happened: number
  /** null: without user context. */
  user: string | null
  /** null: the SDK names none. */
  environment: string | null
  release: string | null
  handled: boolean
  tags: Record<string, string>
}

/** What people, or Sentry itself, do with an issue. */
export type Act =
  | { at: number; does: 'resolve'; inRelease: string | null }
  | { at: number; does: 'archive' | 'unarchive' | 'escalate' }
  | { at: number; does: 'assign'; to: string }

export interface Issue {
  id: string
  project: Project
  errorClass: string
  message: string
  transaction: string
  level: string
  /** Each user's usual hour before all this: an issue that has been there for long. */
  usual: { users: number; days: number } | null
  /** An issue of a monitor or a form instead of an error. */
  kind: 'error' | 'cron' | 'uptime' | 'feedback'
  /** The issue that the feedback was given on. */
  feedbackOn: string | null
  failures: Failure[]
  acts: Act[]
}

/** Sessions that start in each minute of a span. */
export interface SessionFlow {
  from: number
  to: number
  perMinute: number
  /** Share of them that crash, 0 to 1. */
  crashing: number
  release: string | null
  environment: string
}

/** An alert in Sentry that names our integration as its action. */
export interface AlertRule {
  name: string
  /** `seen-by`: more than so many users in an hour; `every`: whatever event comes. */
  when: { on: 'new' } | { on: 'every' } | { on: 'seen-by'; users: number }
  /** Minutes in which it fires once for an issue. */
  frequency: number
  settings?: { name: string; value: string }[]
}

/** A metric monitor in Sentry. */
export interface Monitor {
  rule: string
  name: string
  aggregate: string
  query: string
  windowMinutes: number
  direction: 'above' | 'below'
  critical: number
  warning: number | null
  /** What it reads at that time; null: nothing to read. */
  read(at: number): number | null
  said(value: number): string
  /** It opens a metric issue besides, and a broad alert tells of that too. */
  opensIssue: string | null
}

export interface Project {
  slug: string
  /** Numeric id, as Sentry's events carry it. */
  id: string
  /** `error.created` comes for each of its events. */
  feed: boolean
  /** The "issue" box is ticked, and its webhooks come. */
  issueWebhooks: boolean
  alerts: AlertRule[]
  issues: Issue[]
  sessions: SessionFlow[]
  releases: { at: number; version: string }[]
  monitors: Monitor[]
}

/** What goes wrong between Sentry and us, within a span. */
export interface Trouble {
  from: number
  to: number
  /** Share of webhooks that never arrive. */
  dropped?: number
  /** Share of webhooks that arrive twice. */
  doubled?: number
  /** Webhooks are late by up to so many ms, each by itself: their order is lost. */
  late?: number
  /** Only these resource and action names, e.g. `issue.resolved`. */
  only?: readonly string[]
}

export interface Outage {
  from: number
  to: number
  fault: Fault
}

/** Something that is posted as it stands. */
export interface RawPost {
  at: number
  resource: string
  body: string
  /** Signed with a secret that nobody gave out. */
  forged: boolean
}

export const MINUTE = 60_000
export const HOUR = 3_600_000
