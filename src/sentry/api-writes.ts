import { z } from 'zod'
import type { SentryWrite } from '../incidents/change.ts'
import type { Person } from '../signals/signal.ts'
import type { Changing } from './api-request.ts'
import { boolean, raw, section, sections, text } from './payload-fields.ts'

/**
 * What is decided here, as Sentry's API takes it: always one issue by its id, never the bulk form, which without ids
 * changes everything (sentry-api-schema, openapi-derefed.json: "Mutate an Issue", "Bulk Mutate").
 */
export interface WriteRequest extends Changing {
  /** Below `issues/{id}/`. */
  path: '' | 'comments/'
}

/** Only what changes is sent. `incidentUrl`: where a comment leads to; null: nowhere. A text: why it cannot be written. */
export function requestOf(write: SentryWrite, incidentUrl: string | null): WriteRequest | string {
  switch (write.kind) {
    case 'resolve':
      return put({ status: 'resolved', ...resolvedIn(write.release) })
    case 'unresolve':
      return put({ status: 'unresolved' })
    case 'archive':
      return put({ status: 'ignored', ...archivedUntil(write.until) })
    case 'assign': {
      const assignedTo = assignee(write.to)
      return assignedTo === null
        ? `Sentry assigns to its own users and teams, and ${write.to?.name ?? 'this'} is neither: assign to one of them`
        : put({ assignedTo })
    }
    case 'comment':
      return { method: 'POST', path: 'comments/', body: { text: commentText(write.text, incidentUrl) } }
  }
}

function put(body: object): WriteRequest {
  return { method: 'PUT', path: '', body }
}

/** "Release forms only for issues of one project": one issue is of one. */
function resolvedIn(release: string | null): object {
  if (release === null) return {}
  return { statusDetails: release === 'next' ? { inNextRelease: true } : { inRelease: release } }
}

type Until = Extract<SentryWrite, { kind: 'archive' }>['until']

function archivedUntil(until: Until): object {
  const substatus = substatusOf(until)
  switch (until.kind) {
    case 'duration':
      return { substatus, ignoreDuration: until.minutes }
    case 'events':
      return {
        substatus,
        ignoreCount: until.count,
        ...(until.windowMinutes === null ? {} : { ignoreWindow: until.windowMinutes }),
      }
    case 'users':
      return {
        substatus,
        ignoreUserCount: until.count,
        ...(until.windowMinutes === null ? {} : { ignoreUserWindow: until.windowMinutes }),
      }
    default:
      return { substatus }
  }
}

function substatusOf({ kind }: Until): string {
  if (kind === 'escalating') return 'archived_until_escalating'
  return kind === 'forever' ? 'archived_forever' : 'archived_until_condition_met'
}

/** `user:12`, `team:34`, or a name that Sentry looks up; '' for nobody; null: nobody that Sentry knows. */
function assignee(to: Person | null): string | null {
  if (to === null) return ''
  if (to.type === 'application') return null
  if (to.id !== null && to.type !== 'unknown') return `${to.type}:${to.id}`
  return to.type === 'team' ? null : (to.name ?? to.id)
}

/** Sentry takes the text as Markdown. Whoever reads it there finds the rest here. */
export function commentText(text: string, incidentUrl: string | null): string {
  // Its database takes neither half a surrogate pair nor NUL.
  const said = text.toWellFormed().replaceAll('\0', '')
  return incidentUrl === null || said.includes(incidentUrl) ? said : `${said}\n\n${incidentUrl}`
}

/** Why the incident as it is now asks for this no more; null: it still does. */
export function overtakenBecause(
  write: SentryWrite,
  incident: { status: string; muted: object | null; owner: Person | null },
): string | null {
  switch (write.kind) {
    case 'resolve':
      return incident.status === 'resolved' ? null : 'it was reopened before Sentry could be told that it was over'
    case 'unresolve':
      return incident.status === 'resolved' ? 'it was resolved before Sentry could be told that it was open' : null
    case 'archive':
      if (incident.status === 'resolved') return 'it was resolved before it could be archived in Sentry'
      return incident.muted === null ? 'it was unresolved before it could be archived in Sentry' : null
    case 'assign':
      return samePerson(write.to, incident.owner) ? null : 'it was assigned to someone else before Sentry could be told'
    case 'comment':
      return null
  }
}

function samePerson(a: Person | null, b: Person | null): boolean {
  if (a === null || b === null) return a === b
  return a.id === b.id && (a.id !== null || a.name === b.name)
}

const stateShape = z.object({
  id: text,
  status: text,
  substatus: text,
  assignedTo: section({ type: text, id: text, name: text }),
  statusDetails: section({ inRelease: text, inNextRelease: boolean }),
})

/** Is the issue (an answer of `issues/{id}/`) as the write wants it? null: the answer does not say. */
export function isSoAlready(write: Exclude<SentryWrite, { kind: 'comment' }>, issue: unknown): boolean | null {
  const { data } = stateShape.safeParse(issue)
  if (data === undefined || data.id === null || data.status === null) return null
  switch (write.kind) {
    case 'resolve':
      return data.status === 'resolved' && isInRelease(write.release, data.statusDetails)
    case 'unresolve':
      return data.status === 'unresolved'
    case 'archive':
      // Of a condition that is counted nobody knows whether it is this one: written again it begins anew, which is no harm.
      if (write.until.kind !== 'forever' && write.until.kind !== 'escalating') return false
      return data.status === 'ignored' && data.substatus === substatusOf(write.until)
    case 'assign': {
      if (write.to === null || data.assignedTo === null) return write.to === null && data.assignedTo === null
      const sameId = write.to.id !== null && write.to.id === data.assignedTo.id
      return sameId || (write.to.id === null && write.to.name === data.assignedTo.name)
    }
  }
}

/** Resolved before, and only now in a release: that must still be told. The next release has a name once it is there. */
function isInRelease(
  release: string | null,
  details: { inRelease: string | null; inNextRelease: boolean | null } | null,
): boolean {
  if (release === null) return true
  if (release === 'next') return details?.inNextRelease === true || (details?.inRelease ?? null) !== null
  return details?.inRelease === release
}

const notesShape = sections({ data: section({ text: raw }) })

/** Is this text among the comments (an answer of `issues/{id}/comments/`)? */
export function isAmongComments(said: string, comments: unknown): boolean {
  const notes = notesShape.safeParse(comments).data ?? []
  return notes.some(({ data }) => data?.text === said)
}

/** What was done, for the delivery log. */
export function writeWords(write: SentryWrite): string {
  switch (write.kind) {
    case 'resolve': {
      if (write.release === null) return 'resolved in Sentry'
      return `resolved in Sentry in ${write.release === 'next' ? 'the next release' : write.release}`
    }
    case 'unresolve':
      return 'unresolved in Sentry'
    case 'archive':
      return `archived in Sentry ${untilWords(write.until)}`
    case 'assign':
      return write.to === null
        ? 'assignment cleared in Sentry'
        : `assigned in Sentry to ${write.to.name ?? write.to.id ?? 'someone'}`
    case 'comment':
      return 'commented in Sentry'
  }
}

function untilWords(until: Until): string {
  const within = 'windowMinutes' in until && until.windowMinutes !== null ? ` in ${until.windowMinutes} minutes` : ''
  switch (until.kind) {
    case 'escalating':
      return 'until it escalates'
    case 'forever':
      return 'for good'
    case 'duration':
      return `for ${until.minutes} minutes`
    case 'events':
      return `until ${until.count} more events${within}`
    case 'users':
      return `until ${until.count} more users are hurt${within}`
  }
}
