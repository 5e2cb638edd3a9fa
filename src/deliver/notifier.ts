import type { Incident } from '../incidents/incident.ts'
import type { Destination, DestinationSecret } from './destination.ts'
import type { Notification, ProviderReference } from './notification.ts'

/** What came of one attempt. Never thrown: a notifier answers. */
export type SendResult =
  | { outcome: 'sent'; reference: ProviderReference | null; detail: string }
  /** Worth another try. `retryAfterMs` when the provider said how long. `ambiguous`: it may have been accepted. */
  | {
      outcome: 'retry'
      code: string
      message: string
      retryAfterMs: number | null
      ambiguous: boolean
      /** Under what it would be found if it was accepted: a resolve must reach it all the same. */
      reference?: ProviderReference | null
    }
  /** No retry can help: wrong key, unknown channel, malformed. `reference`: an earlier attempt may have been accepted. */
  | {
      outcome: 'permanent'
      code: string
      message: string
      reference?: ProviderReference | null
      /** It is the message that cannot be taken: another may be, and the destination does not fail by that. */
      ofItsOwn?: boolean
    }
  /** There is nothing to say any more, e.g. an edit of a message that never was. */
  | { outcome: 'dropped'; reason: string }

export interface Message {
  notification: Notification
  /** As it is now: what is said is true when it is said. Null for tests sent by hand. */
  incident: Incident | null
  destination: Destination
  secret: DestinationSecret
  /** The newest reference this incident and generation has at this destination: edit and resolve go there. */
  reference: ProviderReference | null
  /** Every reference of this incident there, oldest first, when a resolve must reach all of them. */
  references: readonly ProviderReference[]
  /** Public address of the incident, for people and PagerDuty; null for tests. */
  incidentUrl: string | null
  now: number
}

/**
 * Code that speaks to one provider. Promises: at most one bounded request per call that could notify someone
 * (plus a look-up when the last attempt was ambiguous), never throws, never logs or returns a secret.
 */
export interface Notifier {
  readonly kind: Destination['kind']
  send(message: Message): Promise<SendResult>
  /**
   * What must be paced together, and how: PagerDuty counts per routing key, Slack per channel.
   * `intervalMs` between two messages, `burst` how many may leave at once after a rest.
   */
  pacing(destination: Destination, secret: DestinationSecret): { key: string; intervalMs: number; burst: number }
  /** True when a message from it may wake someone: pages are what an incident that is spoken for holds back. */
  readonly pages: boolean
  /** Frees sockets. */
  close(): Promise<void>
}
