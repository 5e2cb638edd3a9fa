import { createHash } from 'node:crypto'
import { moreSevere } from '../classify/severity.ts'
import { TocsinError } from '../errors.ts'
import type { Incident } from '../incidents/incident.ts'
import type { Clock } from '../platform/clock.ts'
import type { BacklogRecord, BacklogStore } from './backlog-store.ts'
import { whatHappened } from './headline.ts'
import { truncate } from './message-words.ts'
import type { Notification, NotificationKind } from './notification.ts'
import type { Message, Notifier, SendResult } from './notifier.ts'

const MOST_TITLE = 500
const MOST_REASON = 1_000

/** News that notes something; what is told beside it only brings up to date what is noted. */
const OPENS: readonly NotificationKind[] = ['open', 'raise', 'step', 'fallback']

/** The backlog entry of an incident's life: `b-<hash>`. */
export function backlogEntryId(incident: string, generation: number): string {
  return `b-${createHash('sha256').update(`${incident}:${generation}`).digest('hex').slice(0, 20)}`
}

/**
 * Notes what can wait, with an owner. What the entry says follows from the incident as it is now, so repeating and
 * reordering are harmless. It closes when the incident is resolved, begins another life, or becomes more severe
 * (then a louder destination has it); it opens again with its incident, unless a person closed it.
 */
export function createBacklogNotifier(deps: { store: BacklogStore; clock: Clock }): Notifier {
  const { store, clock } = deps

  async function note(message: Message): Promise<SendResult> {
    const { incident, notification } = message
    if (incident === null) return { outcome: 'dropped', reason: 'the incident no longer exists' }
    const opens = OPENS.includes(notification.kind)
    const id = backlogEntryId(notification.incident, notification.generation)
    const entry = await store.change(id, record => {
      if (record === null && !opens) return null
      return nextRecord(record, incident, notification, clock.now())
    })
    if (entry === null) return { outcome: 'dropped', reason: 'there is nothing in the backlog about it' }
    const detail = entry.status === 'open' ? 'in the backlog' : `closed in the backlog: ${entry.closedBecause ?? ''}`
    return { outcome: 'sent', reference: { provider: 'backlog', entry: id }, detail }
  }

  return {
    kind: 'backlog',
    pages: false,
    async send(message) {
      try {
        if (message.notification.kind !== 'test') return await note(message)
        await store.check()
        return { outcome: 'sent', reference: null, detail: 'the backlog can be written; a test leaves no entry' }
      } catch (error) {
        const known = error instanceof TocsinError
        const text = known ? error.message : 'the backlog could not be written: is Redis there?'
        const code = known ? error.code.toLowerCase() : 'store_unavailable'
        return { outcome: 'retry', code, message: text, retryAfterMs: null, ambiguous: false }
      }
    },
    pacing: destination => ({ key: `backlog:${destination.id}`, intervalMs: 1, burst: 1_000 }),
    async close() {},
  }
}

/** What the record should be, given the incident as it is. Null: it is so already. */
function nextRecord(
  record: BacklogRecord | null,
  incident: Incident,
  { generation, owedAt }: Pick<Notification, 'generation' | 'owedAt'>,
  now: number,
): BacklogRecord | null {
  const severity = record?.entry.severity ?? incident.severity
  // Paged again within one life, it is the same work: only what began before this life is about an earlier one.
  const isOfThisLife = incident.generation === generation || (record?.entry.createdAt ?? owedAt) >= incident.openedAt
  const over = overBecause(incident, isOfThisLife, severity)
  // Nothing was ever noted, and nothing is left to note.
  if (record === null && over !== null) return null
  const closedByPerson = record?.closedBy === 'person'
  const next: BacklogRecord = {
    ownerPinned: record?.ownerPinned ?? false,
    closedBy: closedByPerson ? 'person' : over === null ? null : (record?.closedBy ?? 'incident'),
    entry: {
      id: backlogEntryId(incident.id, generation),
      incident: incident.id,
      generation,
      title: truncate(whatHappened(incident), MOST_TITLE),
      project: incident.project,
      severity,
      reason: truncate(incident.verdict.reason, MOST_REASON),
      link: incident.links.sentry,
      owner: record?.ownerPinned ? record.entry.owner : (incident.owner ?? record?.entry.owner ?? null),
      status: closedByPerson || over !== null ? 'closed' : 'open',
      closedBecause: closedByPerson ? record.entry.closedBecause : (record?.entry.closedBecause ?? over),
      createdAt: record?.entry.createdAt ?? now,
      updatedAt: record?.entry.updatedAt ?? now,
    },
  }
  if (!closedByPerson && over === null) next.entry.closedBecause = null
  if (record !== null && JSON.stringify(next.entry) === JSON.stringify(record.entry)) return null
  next.entry.updatedAt = now
  return next
}

function overBecause(incident: Incident, isOfThisLife: boolean, severity: Incident['severity']): string | null {
  if (!isOfThisLife) return 'a later life of the incident has begun'
  if (incident.status === 'resolved')
    return incident.resolvedBy === null
      ? 'the incident was resolved'
      : `the incident was resolved by ${incident.resolvedBy}`
  if (moreSevere(incident.severity, severity)) return `the incident was raised to ${incident.severity}`
  return null
}
