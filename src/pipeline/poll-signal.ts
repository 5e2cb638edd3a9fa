import { NO_FACTS } from '../signals/no-facts.ts'
import type { Signal } from '../signals/signal.ts'
import type { Found, Missed } from './find-missed.ts'

/**
 * What a list of Sentry's shows, as a signal. It tells a state, as of the moment it was read: no event, so that no window
 * counts it. `rev`: of the incident it was held against (0: none). What repeats after a crash has the same id, and what
 * happens once more to the same incident has another.
 */
export function pollSignal(
  source: { id: string; organization: string | null },
  { issue, asOf }: Found,
  { what, intent }: Pick<Missed, 'what' | 'intent'>,
  rev: number,
  now: number,
): Signal {
  return {
    version: 1,
    id: `poll-${what}-${issue.issue}-${rev}`,
    source: source.id,
    delivery: null,
    origin: 'poll',
    resource: 'poll',
    action: what,
    intent,
    subject: { kind: 'issue', issue: issue.issue },
    at: asOf,
    receivedAt: now,
    actor: null,
    facts: {
      ...NO_FACTS,
      organization: source.organization,
      project: issue.project,
      projectId: issue.projectId,
      issue: issue.issue,
      shortId: issue.shortId,
      title: issue.title,
      culprit: issue.culprit,
      level: issue.level,
      handled: issue.isUnhandled === null ? null : !issue.isUnhandled,
      errorClass: issue.errorClass,
      firstSeen: issue.firstSeen,
      lastSeen: issue.lastSeen,
      status: issue.status,
      substatus: issue.substatus,
      category: issue.category,
      resolvedInRelease: issue.resolvedInRelease,
      assignee: issue.assignee,
      links: { ...NO_FACTS.links, issue: issue.link },
    },
    metric: null,
    settings: {},
  }
}
