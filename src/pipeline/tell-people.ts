import type { Circuit } from '../deliver/circuit.ts'
import { createDelivery } from '../deliver/deliver-notification.ts'
import type { Destination } from '../deliver/destination.ts'
import { lastResort } from '../deliver/last-resort.ts'
import type { Notification } from '../deliver/notification.ts'
import type { Notifier } from '../deliver/notifier.ts'
import { durationMs } from '../route/duration.ts'
import { createDispatch } from './dispatch.ts'
import type { PipelineDeps } from './pipeline-deps.ts'

/** What is owed leaves: claimed, sent, settled, and by which way what failed is tried again. */
export function createTellPeople(
  deps: PipelineDeps,
  onCircuit: (destination: string, what: 'opened' | 'closed', circuit: Circuit) => void,
) {
  const { stores, rules, clock, log } = deps
  const notifierOf = (kind: Destination['kind']): Notifier => {
    const found = deps.notifiers.find(notifier => notifier.kind === kind)
    if (found === undefined) throw new Error(`no notifier for ${kind}`)
    return found
  }

  const deliver = createDelivery({
    incidents: stores.incidents,
    notifications: stores.notifications,
    pacing: stores.pacing,
    notifierOf,
    destinationOf: id => stores.destinations.get(id),
    circuits: stores.circuits,
    onCircuit,
    lastResort: (severity, except) =>
      lastResort(
        stores.destinations.all().map(item => item.destination),
        severity,
        except,
      ),
    rules: () => {
      const { settings } = rules().document
      return { fallbackAfterMs: durationMs(settings.fallbackAfter), giveUpAfterMs: durationMs(settings.giveUpAfter) }
    },
    incidentUrl: id => `${deps.publicUrl()}/incidents/${id}`,
    clock,
    random: deps.random,
    onSettled: deps.onSettled,
  })
  const dispatch = createDispatch({
    deliver,
    incidents: stores.incidents,
    notifications: stores.notifications,
    enqueue: deps.enqueue,
    log,
  })
  /** Marked first: what a crash leaves owed is found. */
  async function sendAgain({ incident, id }: Notification, reason: string): Promise<boolean> {
    const mark = await stores.incidents.markDirty(incident)
    const again = await stores.notifications.sendAgain(incident, id, clock.now(), reason)
    if (!again.retried) return false
    await stores.notifications.index(again.notification)
    dispatch.dispatch(incident, [again.notification], mark)
    return true
  }

  return { notifierOf, dispatch, sendAgain }
}
