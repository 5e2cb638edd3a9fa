import { createHash } from 'node:crypto'

/** What the stand-in for Sentry holds: plain data that tests and the sandbox change as they like. */

export interface StandInCounts {
  /** In the last hour. Events without any user have no user context. */
  users: number
  events: number
  /** In the last 5 minutes; absent: a twelfth of the hour, rounded up. */
  recentUsers?: number
  recentEvents?: number
  /** When it was last seen in this environment, ms; absent: when the issue was. */
  lastSeen?: number
}

export interface StandInIssue extends StandInCounts {
  /** false: it answers when it is asked for by its id, and is in no list: as if it had not happened yet. */
  listed?: boolean
  /** `users` and `events` are those of this environment; null: events without one. Absent: `production`. */
  environment?: string | null
  /** What happens in others, by name. */
  elsewhere?: Record<string, StandInCounts>
  /** Users in each of the 24 hours before the last one. */
  usualUsers?: number
  project?: string
  title?: string
  culprit?: string
  level?: string
  status?: string
  substatus?: string | null
  /** As Sentry writes it, e.g. `{ inRelease: 'v2.4.1' }`. */
  statusDetails?: Record<string, unknown>
  /** Absent: `error`. */
  issueCategory?: string
  issueType?: string
  /** ms; absent: an hour ago, or when it was last seen if that is longer ago. */
  firstSeen?: number
  /** ms, in its own environment; absent: now, whenever it is asked. */
  lastSeen?: number
  isUnhandled?: boolean
  assignedTo?: { type: 'user' | 'team'; id: string; name: string } | null
  /** Oldest first. `at`: ms. */
  comments?: { id: string; text: string; at: number }[]
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
  /** Absent: a number made from its slug. */
  id?: string
  /** false: it answers when it is asked for by name; of all projects at once nothing is said of its sessions and events. */
  listed?: boolean
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
  /** What the rate-limit headers say, the same for every endpoint; `limit` absent: 40. null: there is room for all. */
  rateLimit: { remaining: number; resetAt: number; concurrentLimit: number; limit?: number } | null
  /** Every answer takes this long, ms. */
  latencyMs: number
  /** Paths below the organization that answer 500 while the others are well. */
  failing: string[]
  /** Installed apps: which installation belongs to which. */
  installations: { uuid: string; app: string }[]
  /** How far Sentry's clock is ahead of ours: its dates, and what it takes for now. */
  clockSkewMs: number
}

export function emptyWorld(): StandInWorld {
  const environments = ['production', 'staging']
  return {
    ...{ issues: {}, projects: {}, environments, rateLimit: null, latencyMs: 0, failing: [], clockSkewMs: 0 },
    installations: [],
  }
}

export function projectOf(issue: StandInIssue): string {
  return issue.project ?? 'shop'
}

/** Every project there is, those that only an issue mentions too. */
export function projectSlugs(world: StandInWorld): string[] {
  return [...new Set([...Object.keys(world.projects), ...Object.values(world.issues).map(projectOf)])]
}

/** Stable: the same slug has the same one in every world. */
export function projectId(world: StandInWorld, slug: string): string {
  const made = 4_500_000 + (createHash('md5').update(slug).digest().readUInt32BE() % 400_000)
  return world.projects[slug]?.id ?? String(made)
}

/** Where it was seen, and when last; null: events without an environment. */
export function placesOf(
  issue: StandInIssue,
  now: number,
): { environment: string | null; counts: StandInCounts; lastSeen: number }[] {
  const lastSeen = issue.lastSeen ?? now
  const own = {
    environment: issue.environment === undefined ? 'production' : issue.environment,
    counts: issue,
    lastSeen,
  }
  const others = Object.entries(issue.elsewhere ?? {}).map(([environment, counts]) => ({
    environment,
    counts,
    lastSeen: counts.lastSeen ?? lastSeen,
  }))
  return [own, ...others]
}

export function countsIn(
  issue: StandInIssue,
  environments: readonly (string | null)[],
  seconds: number,
): StandInCounts {
  const sum = { users: 0, events: 0 }
  for (const { environment, counts } of placesOf(issue, 0)) {
    if (!environments.includes(environment)) continue
    const recent = seconds < 3600
    sum.users += recent ? (counts.recentUsers ?? Math.ceil(counts.users / 12)) : counts.users
    sum.events += recent ? (counts.recentEvents ?? Math.ceil(counts.events / 12)) : counts.events
  }
  return sum
}
