import type { TimelineEntry } from '../incidents/incident.ts'
import { backoffMs } from './backoff.ts'
import type { Destination } from './destination.ts'
import { NOTHING_TRIED_YET, type Notification } from './notification.ts'
import { notificationId } from './notification-id.ts'
import type { SendResult } from './notifier.ts'

export interface SettleRules {
  /** A failing notification also goes to its fallback after this long, ms; it is tried on. */
  fallbackAfterMs: number
  /** It is given up this long after its first attempt that failed, ms. */
  giveUpAfterMs: number
}

export interface Settled {
  after: Notification
  entries: TimelineEntry[]
  /** What is owed instead. */
  owed: Notification[]
  /** Try again after this long, ms; null: it has ended. */
  againMs: number | null
}

/** What an attempt makes of a notification: sent, tried again later, or a dead letter with its fallback owed. Pure. */
export function settle(
  claimed: Notification,
  result: SendResult,
  destination: Pick<Destination, 'fallback'> | null,
  rules: SettleRules,
  now: number,
  random: () => number,
): Settled {
  const free = { ...claimed, leaseUntil: null }
  const note = (what: TimelineEntry['what'], reason: string): TimelineEntry => ({
    at: now,
    what,
    severity: claimed.severity,
    reason,
    by: null,
    signal: null,
    notification: claimed.id,
  })
  switch (result.outcome) {
    case 'sent':
      return {
        after: { ...free, status: 'sent', settledAt: now, reference: result.reference, error: null, ambiguous: false },
        entries: [note('notified', `${claimed.kind} → ${claimed.destination}: ${result.detail}`)],
        owed: [],
        againMs: null,
      }
    case 'dropped':
      return {
        after: { ...free, status: 'dropped', settledAt: now, reason: result.reason },
        entries:
          claimed.kind === 'edit' || claimed.kind === 'update'
            ? []
            : [note('dropped', `${claimed.kind} → ${claimed.destination}: ${result.reason}`)],
        owed: [],
        againMs: null,
      }
    case 'permanent': {
      const tried = { ...free, reference: result.reference ?? claimed.reference }
      return dead(claimed, tried, { code: result.code, message: result.message }, destination, note, now)
    }
    case 'retry': {
      const error = { code: result.code, message: result.message }
      // Perhaps it was accepted: whatever becomes of it now, a resolve must find it.
      const tried: Notification = {
        ...free,
        ambiguous: claimed.ambiguous || result.ambiguous,
        reference: result.reference ?? claimed.reference,
      }
      const again = backoffMs(claimed.attempts, result.retryAfterMs, random)
      // Waiting for a slot, or for a process that runs at all, is no failure: time runs from the first attempt that failed.
      const firstFailedAt = claimed.firstFailedAt ?? now
      if (now + again - firstFailedAt > rules.giveUpAfterMs) {
        const message = `given up after ${claimed.attempts} attempts: ${result.message}`
        return dead(claimed, tried, { code: result.code, message }, destination, note, now)
      }
      // Asked to wait beyond the moment when the fallback is due: then nothing is gained by waiting for it.
      const nextTryAt = result.retryAfterMs === null ? now : now + again
      const late = nextTryAt - firstFailedAt >= rules.fallbackAfterMs && !claimed.fellBack
      const owed = late ? fallbackFor(claimed, destination, result.message, now) : []
      const first = claimed.attempts === 1 || owed.length > 0
      return {
        after: {
          ...tried,
          status: 'owed',
          notBefore: now + again,
          firstFailedAt,
          error,
          fellBack: claimed.fellBack || owed.length > 0,
        },
        entries: first
          ? [note('delivery-failed', `${claimed.kind} → ${claimed.destination}: ${result.message}; tried again`)]
          : [],
        owed,
        againMs: again,
      }
    }
  }
}

function dead(
  claimed: Notification,
  free: Notification,
  error: { code: string; message: string },
  destination: Pick<Destination, 'fallback'> | null,
  note: (what: TimelineEntry['what'], reason: string) => TimelineEntry,
  now: number,
): Settled {
  const owed = claimed.fellBack ? [] : fallbackFor(claimed, destination, error.message, now)
  return {
    after: {
      ...free,
      status: 'dead',
      settledAt: now,
      error,
      reason: error.message,
      fellBack: claimed.fellBack || owed.length > 0,
    },
    entries: [note('delivery-failed', `${claimed.kind} → ${claimed.destination}: ${error.message}; needs a person`)],
    owed,
    againMs: null,
  }
}

/** The same news by another way. Edits and resolves have no other way: nobody was told there. A fallback falls back no further. */
function fallbackFor(
  failed: Notification,
  destination: Pick<Destination, 'fallback'> | null,
  why: string,
  now: number,
): Notification[] {
  const to = destination?.fallback ?? null
  const isNews = failed.kind === 'open' || failed.kind === 'raise' || failed.kind === 'step'
  if (to === null || !isNews) return []
  return [
    {
      ...failed,
      ...NOTHING_TRIED_YET,
      id: notificationId(failed.incident, failed.seq, failed.step, to, `fallback:${failed.id}`),
      seq: failed.seq + 0.5,
      kind: 'fallback',
      destination: to,
      mention: 'here',
      reason: `${failed.destination} could not be told: ${why}`,
      owedAt: now,
      instead: failed.id,
    },
  ]
}
