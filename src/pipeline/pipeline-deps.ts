import type { AuditTrail } from '../access/audit-trail.ts'
import type { Destination } from '../deliver/destination.ts'
import type { Notification } from '../deliver/notification.ts'
import type { Notifier } from '../deliver/notifier.ts'
import type { Action } from '../incidents/change.ts'
import type { Incident } from '../incidents/incident.ts'
import type { ImpactSource } from '../measure/impact-source.ts'
import type { Survey } from '../measure/survey.ts'
import type { Hider } from '../mute/hid-store.ts'
import type { PagerdutyApi } from '../pagerduty/api-client.ts'
import type { TellAgain } from '../pagerduty/tell-again.ts'
import type { Clock } from '../platform/clock.ts'
import type { DestinationQueues } from '../platform/destination-queues.ts'
import type { LaneQueue } from '../platform/lane-queues.ts'
import type { Log } from '../platform/logger.ts'
import type { Revision } from '../rules/rules-document.ts'
import type { Delivery, DeliveryRecord } from '../signals/delivery.ts'
import type { Stores } from '../stores.ts'
import type { Parsed } from './handle-delivery.ts'
import type { HearSlackDeps } from './hear-slack.ts'
import type { Ended } from './reconcile-round.ts'
import type { Ailment } from './watchdog.ts'

/** What the pipeline is given: stores, providers, and who wants to know what happened. */
export interface PipelineDeps {
  stores: Stores
  /** The revision in force, from memory. */
  rules(): Revision
  parse(delivery: Delivery): Parsed
  ask: ImpactSource & Survey
  notifiers: readonly Notifier[]
  /** Who did what, for good. */
  trail: Pick<AuditTrail, 'begin'>
  /** What Slack is asked, and whom it tells, beside posts. */
  slack: Pick<HearSlackDeps, 'nameOf' | 'answer'>
  pagerduty: {
    /** Null without a token: then PagerDuty is not asked anything. */
    api: PagerdutyApi | null
    again: TellAgain
    /** What a lost webhook or event had left apart was put right. */
    onMended(what: string): void
  }
  alerts: LaneQueue
  errors: LaneQueue
  enqueue: DestinationQueues['enqueue']
  publicUrl(): string
  /** Since when webhooks have been taken without a gap, ms. */
  doorOpenSince(): number
  /** Sources whose Sentry is asked what its webhooks did not tell. */
  polled(): readonly { id: string; organization: string | null }[]
  conditionHolds(source: string, condition: string, now: number, toldAt: number): boolean | null
  onHandled(record: DeliveryRecord): void
  onChanged(incident: Incident, action: Action, reason: string): void
  onSettled(notification: Notification, kind: Destination['kind'] | null): void
  onRepaired(count: number): void
  onMeasuredAgain(count: number): void
  /** An incident is kept quiet, for the first time by that. */
  onMuted(by: Hider['kind']): void
  /** An escalation had stopped, and was mended. */
  onEscalationRepaired(what: Ailment): void
  /** Once a minute: did every escalation advance by itself? */
  onEscalationsLooked(healthy: boolean): Promise<void>
  onPolled(source: string, outcome: Ended['how']): void
  onMissed(source: string, what: string): void
  /** Judged signals were kept for replays, or could not be; or the shadow failed at one. */
  onKept(outcome: 'kept' | 'no-room' | 'failed' | 'shadow-failed', count: number): void
  clock: Clock
  random(): number
  log: Log
}
