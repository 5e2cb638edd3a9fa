import type { Incident } from '../incidents/incident.ts'
import { SETTLING_MS } from '../incidents/reopens.ts'
import type { ListedIssue } from '../measure/survey.ts'
import type { Facts, Intent, Person } from '../signals/signal.ts'

/** An issue as a list of Sentry's shows it. */
export interface Found {
  issue: ListedIssue
  /** Listed in production; false: only elsewhere; null: not known. */
  inProduction: boolean | null
  /** The state is not older than this moment, by Sentry's clock, ms. */
  asOf: number
}

/** What the list knows and our incident does not. */
export type What =
  | 'created'
  | 'regressed'
  | 'escalating'
  | 'unresolved'
  | 'unarchived'
  | 'resolved'
  | 'archived'
  | 'assigned'
  | 'spreading'
  | 'active'

export interface Missed {
  what: What
  intent: Extract<Intent, 'alert' | 'reopen' | 'count' | 'resolve' | 'mute' | 'assign'>
  reason: string
}

export interface Watching {
  /** Since when this source has been polled, by Sentry's clock, ms. */
  since: number
  /** The first round ever: what has come back may have done so long before anybody watched. */
  first: boolean
  /** Under which its cause stands in the incident, see `causeKey`. */
  cause: string
}

const HOUR_MS = 3_600_000
/** Its own alert names its monitor, the issue alone does not: that alert goes first. */
const METRIC_WAIT_MS = 300_000
/** An issue that nobody alerted us to is looked at from here on: half of what makes a P1 as shipped. A hint, no measure. */
const MANY_USERS = 50

/** Kinds whose creation Sentry tells by webhook (sentry-docs, issues webhook: error, outage, feedback). */
const ANNOUNCED: readonly Facts['category'][] = ['error', 'cron', 'uptime']

/**
 * What Sentry's list shows of an issue that our incident (null: there is none) does not know; null: nothing, or nothing
 * that asks anything of anybody. Pure. Whatever is newer than the list is left alone: its webhook has told it.
 */
export function findMissed(found: Found, incident: Incident | null, watching: Watching): Missed | null {
  const { issue } = found
  if (issue.category === 'feedback') return null
  if (incident === null) return issue.status === 'unresolved' ? newProblem(found, watching) : null
  const changed = incident.status === 'resolved' ? sinceItsEnd(found, incident) : whileOpen(found, incident, watching)
  return changed ?? assigned(found, incident)
}

/** Found in Sentry and unknown here, and already over: to be counted, not to be told. */
export function cameAndWent({ issue }: Found, incident: Incident | null, since: number): boolean {
  if (incident !== null || issue.firstSeen === null || !ANNOUNCED.includes(issue.category)) return false
  return issue.firstSeen >= since && (issue.status === 'resolved' || issue.status === 'ignored')
}

/** Is it one whose creation a webhook should have told? Then many of them say that no webhook comes. */
export function isAnnounced(issue: ListedIssue): boolean {
  return ANNOUNCED.includes(issue.category)
}

function newProblem({ issue, inProduction, asOf }: Found, { since, first }: Watching): Missed | null {
  const { category, firstSeen, substatus } = issue
  if (category === 'metric' && (firstSeen === null || asOf - firstSeen < METRIC_WAIT_MS)) return null
  const told = ANNOUNCED.includes(category) || category === 'metric'
  if (told && firstSeen !== null && firstSeen >= since - HOUR_MS)
    return { what: 'created', intent: 'reopen', reason: 'new in Sentry, and no webhook told of it' }
  const back = comeBack(substatus)
  if (back !== null) {
    const reason = `${back} in Sentry, and no webhook told of it`
    return first ? { what: back, intent: 'count', reason } : { what: back, intent: 'reopen', reason }
  }
  if (inProduction === false || (issue.users ?? 0) <= MANY_USERS) return null
  return { what: 'spreading', intent: 'count', reason: `hurts about ${issue.users} users, and nobody alerted us` }
}

function sinceItsEnd({ issue, asOf }: Found, incident: Incident): Missed | null {
  const end = incident.resolvedAt ?? 0
  // A project's conditions end and come back by their alerts and our own measuring; other monitors we cannot measure.
  if ((incident.kind !== 'issue' && incident.kind !== 'metric') || asOf <= end) return null
  if (issue.status === 'resolved' && incident.faded !== null)
    return { what: 'resolved', intent: 'resolve', reason: 'resolved in Sentry, after it had been calm' }
  if (issue.status !== 'unresolved' || issue.lastSeen === null || issue.lastSeen <= end) return null
  // Nobody resolved it, so to be unresolved and to have events says nothing: how many it hurts does.
  if (incident.faded !== null) return { what: 'active', intent: 'count', reason: 'has events again after it was calm' }
  const back = comeBack(issue.substatus)
  if (back !== null) return { what: back, intent: 'reopen', reason: `${back} in Sentry since it was resolved` }
  if (issue.lastSeen <= end + SETTLING_MS) return null
  return { what: 'unresolved', intent: 'reopen', reason: 'unresolved in Sentry, with events since it was resolved' }
}

function whileOpen({ issue, inProduction, asOf }: Found, incident: Incident, { cause }: Watching): Missed | null {
  if (incident.lastUnresolvedAt !== null && incident.lastUnresolvedAt > asOf) return null
  switch (issue.status) {
    case 'resolved': {
      const known = incident.causes[cause]
      // Of a monitor's incident only what holds it open can clear, and only what it did before the list was made.
      if (incident.kind !== 'issue' && (known === undefined || known.clearedAt !== null || known.since > asOf))
        return null
      if (incident.kind !== 'issue' && known !== undefined && isOfEarlierLife(issue, incident, known.since)) return null
      return { what: 'resolved', intent: 'resolve', reason: 'resolved in Sentry' }
    }
    case 'ignored':
      if (incident.muted !== null || incident.kind !== 'issue') return null
      return { what: 'archived', intent: 'mute', reason: 'archived in Sentry' }
    case 'unresolved':
      if (incident.muted !== null)
        return incident.muted.since < asOf
          ? { what: 'unarchived', intent: 'reopen', reason: 'no longer archived in Sentry' }
          : null
      if (inProduction === true && onlySeenElsewhere(incident))
        return { what: 'active', intent: 'alert', reason: 'seen in production now' }
      return null
    default:
      return null
  }
}

/**
 * One issue serves all lives of its monitor. An alert may be here before its issue shows the new life: then the list
 * still tells of the end of the one before.
 */
function isOfEarlierLife({ lastSeen }: ListedIssue, incident: Incident, since: number): boolean {
  if (lastSeen === null || lastSeen >= since - METRIC_WAIT_MS) return false
  // Set to unresolved by hand it has no event of this life.
  return incident.lastUnresolvedAt === null || incident.lastUnresolvedAt < since
}

function assigned({ issue, asOf }: Found, incident: Incident): Missed | null {
  if (incident.kind !== 'issue' || incident.status === 'resolved') return null
  if (incident.ownerSetAt !== null && incident.ownerSetAt >= asOf) return null
  if (sameOwner(issue.assignee, incident.owner)) return null
  const who = issue.assignee === null ? 'nobody' : (issue.assignee.name ?? issue.assignee.id ?? 'someone')
  return { what: 'assigned', intent: 'assign', reason: `assigned to ${who} in Sentry` }
}

/** Webhooks and lists may name the kind of owner differently; an id without a kind is still the same id. */
function sameOwner(is: Person | null, was: Person | null): boolean {
  if (is === null || was === null) return is === was
  const kinds = is.type === 'unknown' || was.type === 'unknown' || is.type === was.type
  return kinds && (is.id === null || was.id === null || is.id === was.id)
}

function onlySeenElsewhere(incident: Incident): boolean {
  const places = Object.keys(incident.impact)
  return incident.kind === 'issue' && places.length > 0 && !places.includes('production')
}

function comeBack(substatus: string | null): 'regressed' | 'escalating' | null {
  return substatus === 'regressed' || substatus === 'escalating' ? substatus : null
}
