import { fingerprint, withoutSecret } from '../deliver/fingerprint.ts'
import type { ProviderReference } from '../deliver/notification.ts'
import { acknowledgeEvent, resolveEvent } from './event.ts'
import { eventsEndpoint } from './events-endpoint.ts'
import { readAnswer } from './read-answer.ts'
import { createEventSender } from './send-event.ts'

export interface TellAgain {
  /** Null: PagerDuty took it; else why not. `rotated`: it can no longer be said with the routing key there is now. */
  tell(
    action: 'acknowledge' | 'resolve',
    place: { url: string; routingKey: string },
    reference: ProviderReference & { provider: 'pagerduty' },
    now: number,
  ): Promise<{ reason: string; rotated: boolean } | null>
  close(): void
}

/** Says once more what PagerDuty was told and did not keep. Both are idempotent, and dropped where nothing is open. */
export function createTellAgain(options: { timeoutMs: number }): TellAgain {
  const sender = createEventSender(options)
  return {
    async tell(action, { url, routingKey }, { dedupKey, routingKeyId }, now) {
      if (fingerprint(routingKey) !== routingKeyId)
        return { reason: 'the routing key was changed after the page was sent', rotated: true }
      const endpoint = eventsEndpoint(url)
      if (!endpoint.ok) return { reason: endpoint.message, rotated: false }
      const event = (action === 'resolve' ? resolveEvent : acknowledgeEvent)(routingKey, dedupKey)
      const meaning = readAnswer(await sender.send(event, endpoint), now)
      return meaning.kind === 'accepted' ? null : { reason: withoutSecret(meaning.message, routingKey), rotated: false }
    },
    close: () => sender.close(),
  }
}
