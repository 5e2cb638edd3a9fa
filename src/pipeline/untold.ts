import type { Notification } from '../deliver/notification.ts'
import type { Incident } from '../incidents/incident.ts'
import type { Missed } from './find-missed.ts'

/** Told this lately, a list may still show how it was before. */
const SETTLES_MS = 30_000

/**
 * What was decided here may not have reached Sentry: then its list is no news, it only shows how it was before. Pure.
 * `asOf`: when the list was read, by our clock, ms.
 */
export function isUntold(
  { intent }: Pick<Missed, 'intent'>,
  incident: Pick<Incident, 'openedAt' | 'ownerSetAt' | 'lastUnresolvedAt' | 'lastEventAt'>,
  told: readonly Notification[],
  asOf: number,
): boolean {
  if (intent === 'alert' || intent === 'count') return false
  const aboutOwner = intent === 'assign'
  const last = told.findLast(
    ({ write, status }) =>
      write !== null && write.kind !== 'comment' && status !== 'dropped' && (write.kind === 'assign') === aboutOwner,
  )
  if (last === undefined) return false
  const { status, owedAt } = last
  if (status === 'owed' || status === 'sending') return true
  const settledAt = last.settledAt ?? owedAt
  if (status === 'sent') return asOf < settledAt + SETTLES_MS
  // It could not be told for good. Until Sentry is heard of again its list goes on showing what is not so here; but what
  // it shows to be open may hurt somebody.
  if (aboutOwner) return (incident.ownerSetAt ?? 0) <= owedAt
  const heardSince = Math.max(incident.lastUnresolvedAt ?? 0, incident.lastEventAt ?? 0) > settledAt
  return intent !== 'reopen' && last.write?.kind === 'unresolve' && owedAt >= incident.openedAt && !heardSince
}
