import { setTimeout as sleep } from 'node:timers/promises'
import type { Severity } from '../classify/severity.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Clock } from '../platform/clock.ts'
import { type Circuit, probeWaitMs } from './circuit.ts'
import type { CircuitStore } from './circuit-store.ts'
import { type Destination, type DestinationSecret, SENTRY_PREFIX } from './destination.ts'
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
  /** Absent: however long a destination fails, each that is owed there finds out by itself. */
  circuits?: CircuitStore
  /** A destination has begun to fail for long, or works again. */
  onCircuit?(destination: string, what: 'opened' | 'closed', circuit: Circuit): void
  /** Who is told when a destination that something is owed to no longer exists; never `except`. */
  lastResort(severity: Severity, except?: string): string | null
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
/** Slack's and PagerDuty's words for "slower, please". */
const RATE_LIMITED = ['ratelimited', 'http_429', 'rate_limited']
const NOWHERE = 'UNKNOWN_DESTINATION'
/** Incidents about Tocsin itself. */
export const OWN_SOURCE = 'tocsin'

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
    // A test by hand is tried whatever is known: that is how a person finds out that it works again.
    const circuits = notification.kind === 'test' ? undefined : deps.circuits
    // What cannot go there takes no slot: its fallback is told at once.
    let shutMs = circuits === undefined ? 0 : probeWaitMs(circuits.view(notification.destination), deps.clock.now())
    if (place !== null && notifier !== null && shutMs === 0) {
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
    // Only now: who cannot leave yet must not take the one try that is let through.
    if (circuits !== undefined && place !== null && shutMs === 0 && heldMs === null)
      shutMs = await circuits.admit(notification.destination, deps.clock.now())
    const result =
      place === null || notifier === null
        ? noSuchDestination(claimed)
        : shutMs > 0
          ? shut(claimed.destination, shutMs)
          : heldMs === null
            ? await say(claimed, place, notifier)
            : held(heldMs)
    if (shutMs === 0 && heldMs === null) await note(claimed.destination, result)
    const standIn = await standInFor(claimed, place?.destination ?? null, shutMs > 0)
    const rules = shutMs > 0 ? { ...deps.rules(), fallbackAfterMs: 0 } : deps.rules()
    const settled = settle(claimed, result, standIn, rules, deps.clock.now(), deps.random)
    const mine = await deps.notifications.settle(claimed, settled.after, settled.entries, settled.owed)
    if (!mine) return { done: true, owed: [] }
    await Promise.all([settled.after, ...settled.owed].map(item => deps.notifications.index(item)))
    deps.onSettled(settled.after, place?.destination.kind ?? null)
    if (settled.againMs === null) return { done: true, owed: settled.owed }
    const askedMs = result.outcome === 'retry' ? result.retryAfterMs : null
    if (askedMs !== null && heldMs === null && shutMs === 0 && place !== null && notifier !== null)
      await deps.pacing.hold(notifier.pacing(place.destination, place.secret), deps.clock.now(), askedMs)
    // A longer quiet pauses no queue: each that waits must find out in time that its fallback is due.
    const pauseMs = shutMs === 0 && askedMs !== null && askedMs <= LONGEST_WAIT_MS ? askedMs : null
    return { done: false, delayMs: settled.againMs, pauseMs, owed: settled.owed }
  }

  /**
   * What an attempt shows about its destination. That it asks for a pause is no failure, nor is what had nothing to say,
   * or could not be said because of what it says.
   */
  async function note(destination: string, result: SendResult): Promise<void> {
    const { circuits } = deps
    if (circuits === undefined || result.outcome === 'dropped') return
    const asked = result.outcome === 'retry' && RATE_LIMITED.includes(result.code)
    if (asked || (result.outcome === 'permanent' && (result.code === NOWHERE || result.ofItsOwn === true))) return
    const turned =
      result.outcome === 'sent'
        ? await circuits.succeeded(destination)
        : await circuits.failed(destination, result.message, deps.clock.now())
    if (turned !== null) deps.onCircuit?.(destination, turned, circuits.view(destination))
  }

  /** Where the news of a failing destination goes by another way: also when nobody gave it one. */
  async function standInFor(claimed: Notification, destination: Destination | null, isShut: boolean) {
    if (destination === null) return { fallback: deps.lastResort(claimed.severity) }
    if (!isShut || destination.fallback !== null) return destination
    const incident = await deps.incidents.read(claimed.incident)
    if (incident?.source !== OWN_SOURCE) return destination
    return { fallback: deps.lastResort(claimed.severity, destination.id) }
  }

  /** Does an earlier one to the same destination still wait? */
  async function mustLetGo(mine: Notification): Promise<boolean> {
    const all = await deps.notifications.list(mine.incident)
    return all.some(
      one => one.destination === mine.destination && one.seq < mine.seq && !isOver(one) && goesFirst(one, mine),
    )
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
    const news =
      claimed.kind === 'open' || claimed.kind === 'raise' || claimed.kind === 'step' || claimed.kind === 'fallback'
    const held = incident?.quiet?.holds === 'everything' && destination.kind !== 'backlog'
    if (held && news && !claimed.ambiguous)
      return { outcome: 'dropped', reason: `${incident.quiet?.speaker} speaks for it: ${incident.quiet?.reason}` }
    // Silenced while it waited: what is still open speaks afterwards. What a person asked for meanwhile is told.
    const silencedSince = destination.kind === 'backlog' ? null : (incident?.silenced?.since ?? null)
    if (silencedSince !== null && claimed.causedAt < silencedSince && news && !claimed.ambiguous)
      return { outcome: 'dropped', reason: `silenced before it was sent, by ${incident?.silenced?.by}` }
    // A page that would overtake its own resolve wakes someone for nothing. But one that may have arrived already must be
    // closed: its notifier does that.
    if (incident !== null && news && notifier.pages && !claimed.ambiguous) {
      if (incident.status === 'resolved' || incident.generation !== claimed.generation) {
        return { outcome: 'dropped', reason: 'resolved before it was sent' }
      }
      // Whoever answers did so before anybody was called here.
      if ((claimed.kind === 'step' || claimed.kind === 'fallback') && incident.status === 'acknowledged')
        return { outcome: 'dropped', reason: 'acknowledged before it was sent' }
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

/** As the claim decides it: a resolve or an edit takes the place of what it makes needless. */
function goesFirst(one: Notification, mine: Notification): boolean {
  if (one.kind === 'update') return false
  if (mine.kind === 'edit') return one.kind !== 'edit' || one.generation !== mine.generation
  if (mine.kind !== 'resolve' || one.kind === 'resolve') return true
  return one.kind !== 'edit' && (one.status === 'sending' || one.ambiguous) && one.reference === null
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

/** Not even tried: others were not taken there for minutes. */
function shut(destination: string, ms: number): SendResult {
  const message = `${destination} has failed for minutes; one is tried there again in ${Math.ceil(ms / 1000)} s`
  return { outcome: 'retry', code: 'circuit-open', message, retryAfterMs: ms, ambiguous: false }
}

function noSuchDestination(claimed: Notification): SendResult {
  const { destination, write } = claimed
  if (write !== null) {
    const source = destination.slice(SENTRY_PREFIX.length)
    const message = `source "${source}" does not exist (any more), so Sentry cannot be told: make it again under this id and retry, or do it in Sentry by hand`
    return { outcome: 'permanent', code: NOWHERE, message }
  }
  return {
    outcome: 'permanent',
    code: NOWHERE,
    message: `destination "${destination}" does not exist (any more): create it, or change the policy that names it`,
  }
}

export type Deliver = ReturnType<typeof createDelivery>
