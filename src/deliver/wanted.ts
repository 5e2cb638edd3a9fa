import type { SentryWrite } from '../incidents/change.ts'
import type { Destination } from './destination.ts'
import type { Notification, NotificationKind } from './notification.ts'

/** What owing looks at beside the incident and what was decided. */
export interface OweContext {
  /** Every notification the incident ever had, oldest first. */
  earlier: readonly Notification[]
  /** Kind of a destination; null when it no longer exists. */
  kindOf(destination: string): Destination['kind'] | null
  /** The destination that is the backlog; absent or null: there is none. */
  backlog?: string | null
  /** Kinds that may wake someone. */
  pages(kind: Destination['kind']): boolean
  /** When the webhook behind the change was received. */
  causedAt: number
  now: number
}

/** A notification to be owed, before it has a name and a place in the order. */
export interface Wanted {
  destination: string
  /** Of an earlier life; absent: of this one. */
  generation?: number
  kind: NotificationKind
  mention: string | null
  reason: string
  step?: number
  write?: SentryWrite
  notBefore?: number
}
