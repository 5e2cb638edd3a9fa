/** What the stand-in for Sentry holds: plain data that tests and the sandbox change as they like. */

export interface StandInCounts {
  /** In the last hour. Events without any user have no user context. */
  users: number
  events: number
  /** In the last 5 minutes; absent: a twelfth of the hour, rounded up. */
  recentUsers?: number
  recentEvents?: number
}

export interface StandInIssue extends StandInCounts {
  /** `users` and `events` are those of this environment; null: events without one. Absent: `production`. */
  environment?: string | null
  /** What happens in others, by name. */
  elsewhere?: Record<string, StandInCounts>
  /** Users in each of the 24 hours before the last one. */
  usualUsers?: number
  project?: string
  title?: string
  level?: string
  status?: string
  substatus?: string | null
  /** ms; absent: an hour ago. */
  firstSeen?: number
  lastSeen?: number
  isUnhandled?: boolean
  assignedTo?: { type: 'user' | 'team'; id: string; name: string } | null
  owners?: { type: string; owner: string }[]
  latest?: StandInEvent
}

/** The newest event, in few words. */
export interface StandInEvent {
  id?: string
  environment?: string | null
  release?: string | null
  transaction?: string | null
  handled?: boolean
  errorClass?: string
  message?: string
  frame?: { file: string; function: string; line: number } | null
  tags?: Record<string, string>
  replay?: string | null
}

/** Sessions of the last hour, by Sentry's statuses; they do not overlap. */
export interface StandInSessions {
  healthy: number
  crashed: number
  errored?: number
  abnormal?: number
  environment?: string | null
  release?: string | null
}

export interface StandInProject {
  sessions: StandInSessions[]
  /** Newest first. */
  releases: string[]
  /** Unhandled events in production per minute, newest last: the last one is the minute under way. */
  unhandled: number[]
}

export interface StandInWorld {
  issues: Record<string, StandInIssue>
  projects: Record<string, StandInProject>
  /** Environments that exist; asking for another one by parameter is answered 404, as Sentry does. */
  environments: string[]
  /** What the rate-limit headers say; null: there is room for all. */
  rateLimit: { remaining: number; resetAt: number; concurrentLimit: number } | null
  /** Every answer takes this long, ms. */
  latencyMs: number
}

export function emptyWorld(): StandInWorld {
  return { issues: {}, projects: {}, environments: ['production', 'staging'], rateLimit: null, latencyMs: 0 }
}

export function countsIn(
  issue: StandInIssue,
  environments: readonly (string | null)[],
  seconds: number,
): StandInCounts {
  const own: [string | null, StandInCounts] = [
    issue.environment === undefined ? 'production' : issue.environment,
    issue,
  ]
  const places: [string | null, StandInCounts][] = [own, ...Object.entries(issue.elsewhere ?? {})]
  const sum = { users: 0, events: 0 }
  for (const [environment, counts] of places) {
    if (!environments.includes(environment)) continue
    const recent = seconds < 3600
    sum.users += recent ? (counts.recentUsers ?? Math.ceil(counts.users / 12)) : counts.users
    sum.events += recent ? (counts.recentEvents ?? Math.ceil(counts.events / 12)) : counts.events
  }
  return sum
}
