import { setTimeout as sleep } from 'node:timers/promises'
import type { Severity } from '../classify/severity.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Clock } from '../platform/clock.ts'
import type { Destination, DestinationSecret } from './destination.ts'
import type { Notification } from './notification.ts'
import { TEST_INCIDENT } from './notification-id.ts'
import type { NotificationStore } from './notification-store.ts'
import type { Notifier, SendResult } from './notifier.ts'
import { LONGEST_WAIT_MS, type PacingStore } from './pacing-store.ts'
import { type SettleRules, settle } from './settle.ts'

export interface DeliverDeps {
  incidents: IncidentStore
  notifications: NotificationStore
  pacing: PacingStore
  notifierOf(kind: Destination['kind']): Notifier
  destinationOf(id: string): { destination: Destination; secret: DestinationSecret } | null
  rules(): SettleRules
  /** Who is told when a destination that something is owed to no longer exists. */
  lastResort(severity: Severity): string | null
  incidentUrl(incident: string): string
  clock: Clock
  random(): number
  onSettled(notification: Notification, kind: Destination['kind'] | null): void
}

export type Delivered =
  | { done: true; owed: Notification[] }
  /** Come back after `delayMs`; `pauseMs`: nothing else may go to that destination before. */
  | { done: false; delayMs: number; pauseMs: number | null; owed: Notification[] }

/** Longer than any notifier's own time limit: while it holds, nobody else sends for this incident and destination. */
const LEASE_MS = 10_000
/** One that must leave first is in the queue already. */
const AFTER_EARLIER_MS = 100

/**
 * Sends one owed notification, once: takes its destination's slot, claims it, says what is true now, writes down how
 * it ended. `now`: only if a slot is free (false: it is not); `wait`: waits for the next slot.
 */
export function createDelivery(deps: DeliverDeps) {
  return async function deliver(notification: Notification, mode: 'now' | 'wait'): Promise<Delivered | 'no-slot'> {
    const { incident: incidentId, id } = notification
    // What cannot leave yet, or has left, takes no slot from what can.
    if (isOver(notification)) return { done: true, owed: [] }
    const earlyMs = notification.notBefore - deps.clock.now()
    if (earlyMs > 0) return { done: false, delayMs: soon(earlyMs), pauseMs: null, owed: [] }
    if (mode === 'wait' && (await mustLetGo(notification)))
      return { done: false, delayMs: AFTER_EARLIER_MS, pauseMs: null, owed: [] }
    const place = deps.destinationOf(notification.destination)
    const notifier = place === null ? null : deps.notifierOf(place.destination.kind)

    let heldMs: number | null = null
    if (place !== null && notifier !== null) {
      const pace = notifier.pacing(place.destination, place.secret)
      if (mode === 'now') {
        if (!(await deps.pacing.take(pace, deps.clock.now()))) return 'no-slot'
      } else {
        const waitMs = await deps.pacing.reserve(pace, deps.clock.now())
        if (waitMs > LONGEST_WAIT_MS) heldMs = waitMs
        else if (waitMs > 0) await sleep(waitMs)
      }
    }

    const claim = await deps.notifications.claim(incidentId, id, deps.clock.now(), LEASE_MS)
    if (!claim.claimed) {
      if (claim.because === 'settled' || claim.because === 'unknown') return { done: true, owed: [] }
      const delayMs = 'waitMs' in claim ? soon(claim.waitMs) : AFTER_EARLIER_MS
      return { done: false, delayMs, pauseMs: null, owed: [] }
    }

    const claimed = claim.notification
    const result =
      place === null || notifier === null
        ? noSuchDestination(claimed)
        : heldMs === null
          ? await say(claimed, place, notifier)
          : held(heldMs)
    const standIn = place?.destination ?? { fallback: deps.lastResort(claimed.severity) }
    const settled = settle(claimed, result, standIn, deps.rules(), deps.clock.now(), deps.random)
    const mine = await deps.notifications.settle(claimed, settled.after, settled.entries, settled.owed)
    if (!mine) return { done: true, owed: [] }
    await Promise.all([settled.after, ...settled.owed].map(item => deps.notifications.index(item)))
    deps.onSettled(settled.after, place?.destination.kind ?? null)
    if (settled.againMs === null) return { done: true, owed: settled.owed }
    const askedMs = result.outcome === 'retry' ? result.retryAfterMs : null
    if (askedMs !== null && heldMs === null && place !== null && notifier !== null)
      await deps.pacing.hold(notifier.pacing(place.destination, place.secret), deps.clock.now(), askedMs)
    // A longer quiet pauses no queue: each that waits must find out in time that its fallback is due.
    const pauseMs = askedMs !== null && askedMs <= LONGEST_WAIT_MS ? askedMs : null
    return { done: false, delayMs: settled.againMs, pauseMs, owed: settled.owed }
  }

  /** Does an earlier one to the same destination still wait? What takes its place (a resolve, an edit) finds out by its claim. */
  async function mustLetGo({ incident, destination, seq, kind }: Notification): Promise<boolean> {
    if (kind === 'resolve' || kind === 'edit') return false
    const all = await deps.notifications.list(incident)
    return all.some(one => one.destination === destination && one.seq < seq && !isOver(one))
  }

  async function say(
    claimed: Notification,
    { destination, secret }: { destination: Destination; secret: DestinationSecret },
    notifier: Notifier,
  ): Promise<SendResult> {
    const test = claimed.incident === TEST_INCIDENT
    const [incident, earlier] = test
      ? [null, []]
      : await Promise.all([deps.incidents.read(claimed.incident), deps.notifications.list(claimed.incident)])
    if (incident === null && !test) return { outcome: 'dropped', reason: 'its incident is gone' }
    const news = claimed.kind === 'open' || claimed.kind === 'raise' || claimed.kind === 'fallback'
    // A page that would overtake its own resolve wakes someone for nothing. But one that may have arrived already must be
    // closed: its notifier does that.
    if (incident !== null && news && notifier.pages && !claimed.ambiguous) {
      if (incident.status === 'resolved' || incident.generation !== claimed.generation) {
        return { outcome: 'dropped', reason: 'resolved before it was sent' }
      }
    }
    const references = earlier
      .filter(
        item =>
          item.destination === claimed.destination && item.generation === claimed.generation && item.id !== claimed.id,
      )
      .map(item => item.reference)
      .filter(reference => reference !== null)
    return notifier.send({
      notification: claimed,
      incident,
      destination,
      secret,
      reference: references.at(-1) ?? null,
      references,
      incidentUrl: test ? null : deps.incidentUrl(claimed.incident),
      now: deps.clock.now(),
    })
  }
}

function isOver({ status }: Notification): boolean {
  return status === 'sent' || status === 'dead' || status === 'dropped'
}

/** Soon enough that nobody waits for us, not so often that we do nothing else. */
function soon(ms: number): number {
  return Math.min(Math.max(ms, 20), 1_000)
}

/** Not even tried: the provider asked for quiet when another was sent there. */
function held(ms: number): SendResult {
  const message = `it takes no more messages for another ${Math.ceil(ms / 1000)} s, as it told an earlier one`
  return { outcome: 'retry', code: 'held', message, retryAfterMs: ms, ambiguous: false }
}

function noSuchDestination(claimed: Notification): SendResult {
  return {
    outcome: 'permanent',
    code: 'UNKNOWN_DESTINATION',
    message: `destination "${claimed.destination}" does not exist (any more): create it, or change the policy that names it`,
  }
}

export type Deliver = ReturnType<typeof createDelivery>
