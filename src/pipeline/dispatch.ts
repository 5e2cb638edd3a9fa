import { rank } from '../classify/severity.ts'
import type { Deliver } from '../deliver/deliver-notification.ts'
import type { Notification } from '../deliver/notification.ts'
import type { NotificationStore } from '../deliver/notification-store.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Log } from '../platform/logger.ts'

export interface DispatchDeps {
  deliver: Deliver
  incidents: IncidentStore
  notifications: NotificationStore
  /** Queues it for its destination; 1 leaves first. */
  enqueue(
    destination: string,
    item: { incident: string; notification: string },
    options: { priority: number; delayMs: number },
  ): Promise<void>
  log: Log
}

export interface Dispatch {
  /** Takes over what is owed; returns at once. `mark`: the incident's mark, taken back when nothing is owed any more. */
  dispatch(incident: string, owed: readonly Notification[], mark: number): void
  /** One that was queued has its turn. */
  turn(item: {
    incident: string
    notification: string
  }): Promise<{ again: 'no' } | { again: 'later'; delayMs: number; pauseDestinationMs?: number }>
  /** Dispatches whatever a crash left owed; how many incidents it found with something owed. */
  sweep(): Promise<number>
  /** Resolves when everything in hand has settled or is queued. */
  idle(): Promise<void>
}

/**
 * An item that this process queued is queued again after so many sweeps: harmless while it waits there (its id is the
 * job's), and the cure when its last turn swallowed it.
 */
const SWEEPS_IN_QUEUE = 6
/** What still waits is queued again, and so remembered anew, long before. */
const FORGOTTEN_AFTER_SWEEPS = 3 * SWEEPS_IN_QUEUE

/**
 * A notification leaves at once when its destination's slot is free; else it waits in that destination's queue, the
 * most severe first. Every failure ends in the queue or as a dead letter, never in silence.
 */
export function createDispatch(deps: DispatchDeps): Dispatch {
  const inHand = new Set<Promise<void>>()
  const inHandIds = new Set<string>()
  /** What this process put in a queue and that waits there, with the number of the sweep it was queued at. */
  const queuedAt = new Map<string, number>()
  let sweeps = 0
  let seenAtLastSweep = new Map<string, number>()

  function track(work: Promise<void>): void {
    inHand.add(work)
    void work.finally(() => inHand.delete(work))
  }

  async function queue(item: Notification, delayMs: number): Promise<void> {
    await deps.enqueue(
      item.destination,
      { incident: item.incident, notification: item.id },
      { priority: rank(item.severity) + 1, delayMs },
    )
    queuedAt.set(item.id, sweeps)
  }

  async function sendOrQueue(item: Notification): Promise<void> {
    inHandIds.add(item.id)
    try {
      const delivered = await deps.deliver(item, 'now')
      if (delivered === 'no-slot') return await queue(item, 0)
      if (!delivered.done) await queue(item, delivered.delayMs)
      for (const next of delivered.owed) await sendOrQueue(next)
    } catch (error) {
      // The store failed in between: the incident keeps its mark and the sweep finds what is owed.
      deps.log.warn(
        { err: error, incident: item.incident, notification: item.id },
        'a notification could not be sent or queued; the sweep will',
      )
    } finally {
      inHandIds.delete(item.id)
    }
  }

  async function tidy(incident: string, mark: number): Promise<void> {
    const all = await deps.notifications.list(incident)
    if (!all.some(item => item.status === 'owed' || item.status === 'sending'))
      await deps.incidents.tidy(incident, mark)
  }

  /** Destinations side by side, within one of them in order. */
  async function sendAll(incident: string, owed: readonly Notification[], mark: number): Promise<void> {
    const byDestination = new Map<string, Notification[]>()
    for (const item of owed) byDestination.set(item.destination, [...(byDestination.get(item.destination) ?? []), item])
    await Promise.all(
      [...byDestination.values()].map(async items => {
        for (const item of items) await sendOrQueue(item)
      }),
    )
    // A mark that stays costs the next sweep one look, no more.
    await tidy(incident, mark).catch(() => {})
  }

  return {
    dispatch(incident, owed, mark) {
      track(sendAll(incident, owed, mark))
    },
    async turn({ incident, notification }) {
      const item = await deps.notifications.read(incident, notification)
      if (item === null) return { again: 'no' }
      const delivered = await deps.deliver(item, 'wait')
      if (delivered === 'no-slot') return { again: 'later', delayMs: 100 }
      for (const next of delivered.owed) await sendOrQueue(next)
      if (delivered.done) {
        queuedAt.delete(notification)
        return { again: 'no' }
      }
      return {
        again: 'later',
        delayMs: delivered.delayMs,
        ...(delivered.pauseMs === null ? {} : { pauseDestinationMs: delivered.pauseMs }),
      }
    },
    async sweep() {
      const dirty = await deps.incidents.dirty()
      let found = 0
      sweeps += 1
      for (const { id, mark } of dirty) {
        const open = (await deps.notifications.list(id)).filter(
          item => item.status === 'owed' || item.status === 'sending',
        )
        const idle = open.filter(item => !inHandIds.has(item.id))
        const lost = idle.filter(item => !queuedAt.has(item.id))
        const waiting = idle.filter(item => sweeps - (queuedAt.get(item.id) ?? sweeps) >= SWEEPS_IN_QUEUE)
        if (lost.length > 0) found += 1
        for (const item of [...lost, ...waiting]) await queue(item, 0)
        // A mark is set before its commit: only one that did not move since the last sweep has its commit behind it.
        if (seenAtLastSweep.get(id) !== mark) continue
        const incident = await deps.incidents.read(id)
        if (incident !== null) await deps.incidents.index(incident)
        await Promise.all(open.map(item => deps.notifications.index(item)))
        if (open.length === 0) await deps.incidents.tidy(id, mark)
      }
      seenAtLastSweep = new Map(dirty.map(({ id, mark }) => [id, mark]))
      // Another process may have worked off what this one queued.
      for (const [id, at] of queuedAt) if (sweeps - at > FORGOTTEN_AFTER_SWEEPS) queuedAt.delete(id)
      return found
    },
    async idle() {
      while (inHand.size > 0) await Promise.all(inHand)
    },
  }
}
