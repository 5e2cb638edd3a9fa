import { hexId } from '../../src/sandbox/samples/envelope.ts'
import type { StandInCounts, StandInIssue } from '../../src/sandbox/sentry-world.ts'
import { type Failure, HOUR, type Issue, MINUTE } from './happening.ts'
import { type IssueLife, stateAt } from './issue-life.ts'

/**
 * An issue as Sentry's API would show it at a moment; null: it does not exist yet. `failures` in the order Sentry got
 * them; `toSentry` turns the scenario's time into Sentry's.
 */
export function viewIssue(
  issue: Issue,
  failures: readonly Failure[],
  life: IssueLife,
  at: number,
  toSentry: (at: number) => number,
): StandInIssue | null {
  const state = stateAt(life, at)
  if (state === null || !(life.firstSeen <= at)) return null
  const got = failures.slice(0, countUntil(failures, at))
  const last = got.at(-1)
  const environments = [...new Set(got.map(failure => failure.environment))]
  const main = mainOf(environments)
  const elsewhere = Object.fromEntries(
    environments
      .filter((name): name is string => name !== null && name !== main)
      .map(name => [name, countsOf(got, name, at, toSentry)]),
  )
  const seen = got.length === 0 ? life.firstSeen : Math.max(...got.slice(-200).map(failure => failure.happened))
  return {
    ...countsOf(got, main, at, toSentry),
    environment: main,
    elsewhere,
    usualUsers: issue.usual?.users ?? 0,
    project: issue.project.slug,
    title: titleOf(issue),
    level: issue.level,
    status: state.status,
    substatus: state.substatus,
    firstSeen: toSentry(life.firstSeen),
    lastSeen: toSentry(seen),
    isUnhandled: issue.kind === 'error' && (last === undefined || !last.handled),
    assignedTo: state.assignee === null ? null : { type: 'user', id: '77', name: state.assignee },
    latest: {
      id: hexId('judge', issue.id, got.length),
      environment: last?.environment ?? null,
      release: last?.release ?? null,
      transaction: issue.transaction,
      handled: last?.handled ?? false,
      errorClass: issue.errorClass,
      message: issue.message,
      tags: last?.tags ?? {},
    },
    ...resolutionOf(state.inRelease),
    ...(issue.kind === 'error' ? {} : categoryOf(issue.kind)),
  }
}

export function titleOf(issue: Issue): string {
  return `${issue.errorClass}: ${issue.message}`
}

/** Moments at which the view changes, besides those of its states. */
export function changesOf(failures: readonly Failure[], life: IssueLife): number[] {
  const moments = failures.flatMap(({ at, happened }) => [at, happened + 5 * MINUTE + 1, happened + HOUR + 1])
  return [...moments, ...life.states.map(state => state.at)].filter(Number.isFinite).sort((a, b) => a - b)
}

/** Events without an environment may be its only ones. */
function mainOf(environments: readonly (string | null)[]): string | null {
  const [first] = environments
  return first === undefined || environments.includes('production') ? 'production' : first
}

type Counts = StandInCounts & { lastSeen?: number }

function countsOf(
  got: readonly Failure[],
  environment: string | null,
  at: number,
  toSentry: (at: number) => number,
): Counts {
  const [hour, recent] = [new Set<string>(), new Set<string>()]
  const counts = { events: 0, recentEvents: 0 }
  let seen = Number.NEGATIVE_INFINITY
  for (const failure of got) {
    if (failure.environment !== environment) continue
    seen = Math.max(seen, failure.happened)
    const age = at - failure.happened
    if (age > HOUR) continue
    counts.events += 1
    if (failure.user !== null) hour.add(failure.user)
    if (age > 5 * MINUTE) continue
    counts.recentEvents += 1
    if (failure.user !== null) recent.add(failure.user)
  }
  return {
    ...counts,
    users: hour.size,
    recentUsers: recent.size,
    ...(Number.isFinite(seen) ? { lastSeen: toSentry(seen) } : {}),
  }
}

function resolutionOf(inRelease: string | null): object {
  if (inRelease === null) return {}
  return { statusDetails: inRelease === 'next' ? { inNextRelease: true } : { inRelease } }
}

/** As Sentry's newer, wider categories name them. */
export function categoryOf(kind: Issue['kind']): { issueType: string; issueCategory: string } {
  switch (kind) {
    case 'cron':
      return { issueType: 'monitor_check_in_failure', issueCategory: 'outage' }
    case 'uptime':
      return { issueType: 'uptime_domain_failure', issueCategory: 'outage' }
    case 'feedback':
      return { issueType: 'feedback', issueCategory: 'feedback' }
    case 'error':
      return { issueType: 'error', issueCategory: 'error' }
  }
}

/** How many of them, sorted by `at`, had come by then. */
export function countUntil(sorted: readonly { at: number }[], at: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle]?.at ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low
}
