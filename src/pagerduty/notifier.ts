import { fingerprint, withoutSecret } from '../deliver/fingerprint.ts'
import type { ProviderReference } from '../deliver/notification.ts'
import type { Message, Notifier, SendResult } from '../deliver/notifier.ts'
import type { Incident } from '../incidents/incident.ts'
import { pagerdutyDedupKey } from './dedup-key.ts'
import { acknowledgeEvent, type PagerdutyEvent, resolveEvent, testEvent, triggerEvent } from './event.ts'
import { eventsEndpoint } from './events-endpoint.ts'
import { readAnswer } from './read-answer.ts'
import { createEventSender } from './send-event.ts'

type PagerdutyReference = ProviderReference & { provider: 'pagerduty' }

/**
 * "Approximately 120 calls/minute per integration key", over a sliding minute (developer-docs 05-Rate-Limits).
 * The worst minute here is 20 + 96: room for the second event that a test sends.
 */
const PACING = { intervalMs: 625, burst: 20 }

/**
 * Pages through PagerDuty's Events API v2. Trigger and resolve are idempotent by dedup key while the alert is open, so
 * every failure that may have been accepted is simply sent again. `timeoutMs` bounds each request.
 */
export function createPagerdutyNotifier(options: { timeoutMs: number }): Notifier {
  const sender = createEventSender(options)

  /** Sends one event; null when PagerDuty took it. */
  async function tell(message: Message, event: PagerdutyEvent): Promise<SendResult | null> {
    const endpoint = eventsEndpoint(message.destination.kind === 'pagerduty' ? message.destination.url : '')
    if (!endpoint.ok) return permanent('bad_url', endpoint.message)
    const meaning = readAnswer(await sender.send(event, endpoint), message.now)
    if (meaning.kind === 'accepted') return null
    const said = withoutSecret(meaning.message, event.routing_key)
    if (meaning.kind === 'permanent') return permanent(meaning.code, said)
    const { code, retryAfterMs, ambiguous } = meaning
    return { outcome: 'retry', code, message: said, retryAfterMs, ambiguous }
  }

  async function trigger(message: Message, routingKey: string): Promise<SendResult> {
    const { incident, notification, incidentUrl } = message
    if (incident === null) return { outcome: 'dropped', reason: 'the incident no longer exists' }
    const dedupKey = pagerdutyDedupKey({ key: incident.key, generation: notification.generation })
    const reference: PagerdutyReference = { provider: 'pagerduty', dedupKey, routingKeyId: fingerprint(routingKey) }
    const stale = staleBecause(message)
    if (stale !== null) {
      // A trigger after its resolve would open a new alert that nobody closes. But an earlier attempt may have been
      // taken without our knowing: so close it here.
      const failure = notification.ambiguous ? await tell(message, resolveEvent(routingKey, dedupKey)) : null
      return failure === null ? { outcome: 'dropped', reason: stale } : perhapsTaken(failure)
    }
    const event = triggerEvent({ incident, notification, routingKey, dedupKey, incidentUrl })
    const failure = await tell(message, event)
    return failure === null
      ? { outcome: 'sent', reference, detail: `PagerDuty took the page as ${dedupKey}` }
      : perhapsTaken(failure)

    /** This attempt or an earlier one may have been taken: then a resolve must find it, also when this is given up. */
    function perhapsTaken(failure: SendResult): SendResult {
      if (failure.outcome === 'retry' && (failure.ambiguous || notification.ambiguous)) return { ...failure, reference }
      if (failure.outcome === 'permanent' && notification.ambiguous) return { ...failure, reference }
      return failure
    }
  }

  async function resolve(message: Message, routingKey: string): Promise<SendResult> {
    const { incident, notification } = message
    // Its alert is still wanted: closing it now would leave an open incident that nobody is paged for. But an earlier
    // attempt may have closed it already: only saying it again makes it certain that the next page opens it anew.
    const wanted =
      incident !== null && incident.status !== 'resolved' && incident.generation === notification.generation
    if (wanted && !notification.ambiguous)
      return { outcome: 'dropped', reason: 'it was reopened before PagerDuty could be told that it was over' }
    return followUp(message, routingKey, 'resolve')
  }

  /** Somebody answers for it, so nobody else is called. Who said so in PagerDuty itself need not be told to it. */
  async function acknowledge(message: Message, routingKey: string): Promise<SendResult> {
    const { incident, notification, destination } = message
    const stale = staleBecause(message)
    if (stale !== null) return { outcome: 'dropped', reason: stale }
    if (incident === null || !isQuieted(incident) || incident.generation !== notification.generation)
      return { outcome: 'dropped', reason: 'nobody answers for it any more' }
    const by = incident.acknowledgedBy
    if (by?.via === 'pagerduty' && by.at === destination.id)
      return { outcome: 'dropped', reason: 'it was acknowledged there' }
    return followUp(message, routingKey, 'acknowledge')
  }

  /**
   * A trigger of an open alert adds to it and notifies nobody (developer-docs 02-Trigger-Events). Under another key it
   * would be a new one.
   */
  async function update(message: Message, routingKey: string): Promise<SendResult> {
    const { incident, notification, incidentUrl } = message
    if (incident === null) return { outcome: 'dropped', reason: 'the incident no longer exists' }
    const stale = staleBecause(message)
    if (stale !== null) return { outcome: 'dropped', reason: stale }
    const dedupKey = pagerdutyDedupKey({ key: incident.key, generation: notification.generation })
    const reference = distinctReferences(message).find(
      one => one.routingKeyId === fingerprint(routingKey) && one.dedupKey === dedupKey,
    )
    if (reference === undefined) return { outcome: 'dropped', reason: 'PagerDuty has no alert under this routing key' }
    const failure = await tell(message, triggerEvent({ incident, notification, routingKey, dedupKey, incidentUrl }))
    return failure ?? { outcome: 'sent', reference, detail: `PagerDuty took more about ${dedupKey}` }
  }

  /** Follow-ups count only under the routing key that triggered (developer-docs 02-Trigger-Events). */
  async function followUp(
    message: Message,
    routingKey: string,
    action: 'acknowledge' | 'resolve',
  ): Promise<SendResult> {
    const eventOf = action === 'resolve' ? resolveEvent : acknowledgeEvent
    const references = distinctReferences(message)
    if (references.length === 0) return { outcome: 'dropped', reason: 'PagerDuty was never paged for it' }
    const rotated = references.filter(one => one.routingKeyId !== fingerprint(routingKey))
    const open = references.filter(one => !rotated.includes(one))
    const failures = await Promise.all(open.map(one => tell(message, eventOf(routingKey, one.dedupKey))))
    const failure = failures.find(one => one !== null)
    if (failure !== undefined) return failure
    const stuck = rotated[0]
    if (stuck !== undefined) {
      const refused = permanent(
        'routing_key_rotated',
        `the routing key of ${message.destination.id} was changed after the page was sent, and PagerDuty takes ${action === 'resolve' ? 'a resolve' : 'an acknowledgement'} only under the key that triggered: ${action === 'resolve' ? 'close' : 'acknowledge'} alert ${stuck.dedupKey} by hand`,
      )
      return { ...refused, ofItsOwn: true }
    }
    const reference = references.at(-1) ?? null
    return { outcome: 'sent', reference, detail: `PagerDuty took the ${action} of ${references.length} alert(s)` }
  }

  /** A page that resolves itself at once: the way is proven and nobody stays paged. */
  async function test(message: Message, routingKey: string): Promise<SendResult> {
    const { notification } = message
    const dedupKey = `tocsin:test:${notification.id}`.slice(0, 255)
    const failure = await tell(message, testEvent({ notification, routingKey, dedupKey }))
    if (failure !== null) return failure
    const reference: PagerdutyReference = { provider: 'pagerduty', dedupKey, routingKeyId: fingerprint(routingKey) }
    const unresolved = await tell(message, resolveEvent(routingKey, dedupKey))
    return unresolved ?? { outcome: 'sent', reference, detail: 'PagerDuty took a test page and its resolve' }
  }

  return {
    kind: 'pagerduty',
    pages: true,
    async send(message) {
      try {
        if (message.destination.kind !== 'pagerduty')
          return permanent('wrong_kind', `${message.destination.id} is not a PagerDuty destination`)
        const routingKey = message.secret.routingKey ?? ''
        if (routingKey === '')
          return permanent('routing_key_missing', `set the integration key of destination ${message.destination.id}`)
        const { kind } = message.notification
        if (kind === 'edit')
          return { outcome: 'dropped', reason: 'PagerDuty is not edited: its alert speaks for itself' }
        if (kind === 'thread' || kind === 'write')
          return { outcome: 'dropped', reason: 'PagerDuty is told of pages only: its alert speaks for itself' }
        if (kind === 'test') return await test(message, routingKey)
        if (kind === 'update') return await update(message, routingKey)
        if (kind === 'acknowledge') return await acknowledge(message, routingKey)
        return kind === 'resolve' ? await resolve(message, routingKey) : await trigger(message, routingKey)
      } catch (error) {
        const what = error instanceof Error ? error.message : 'unknown'
        const said = withoutSecret(what, message.secret.routingKey ?? '')
        return { outcome: 'retry', code: 'internal', message: said, retryAfterMs: null, ambiguous: true }
      }
    },
    pacing(_destination, secret) {
      return { key: `pagerduty:${fingerprint(secret.routingKey ?? '')}`, ...PACING }
    },
    async close() {
      sender.close()
    },
  }
}

/** Acknowledged there, it calls nobody: because somebody answers, or because people put it away. */
function isQuieted({ status, muted, silenced }: Incident): boolean {
  return status === 'acknowledged' || (status === 'triggered' && (muted !== null || silenced !== null))
}

function permanent(code: string, message: string): SendResult & { outcome: 'permanent' } {
  return { outcome: 'permanent', code, message }
}

/** Why a trigger must not be sent any more; null: it still holds. */
function staleBecause({ incident, notification }: Message): string | null {
  if (incident === null) return null
  if (incident.generation !== notification.generation) return 'a later life of the incident has begun'
  // Each step is told because nobody answered: now somebody does. Perhaps it was taken already: then it is repeated.
  if (notification.kind === 'step' && incident.status === 'acknowledged' && !notification.ambiguous)
    return 'somebody answers for it by now'
  return incident.status === 'resolved' ? 'it was resolved before PagerDuty could be told' : null
}

function distinctReferences(message: Message): PagerdutyReference[] {
  const all = message.reference === null ? message.references : [...message.references, message.reference]
  const byKey = new Map<string, PagerdutyReference>()
  for (const one of all) if (one.provider === 'pagerduty') byKey.set(`${one.routingKeyId} ${one.dedupKey}`, one)
  return [...byKey.values()]
}
