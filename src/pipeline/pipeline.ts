import { createDelivery } from '../deliver/deliver-notification.ts'
import type { Destination } from '../deliver/destination.ts'
import { lastResort } from '../deliver/last-resort.ts'
import type { Notification } from '../deliver/notification.ts'
import type { Notifier } from '../deliver/notifier.ts'
import type { Action } from '../incidents/change.ts'
import type { Incident } from '../incidents/incident.ts'
import type { ImpactSource } from '../measure/impact-source.ts'
import type { Survey } from '../measure/survey.ts'
import type { Clock } from '../platform/clock.ts'
import type { DestinationQueues } from '../platform/destination-queues.ts'
import type { LaneQueue } from '../platform/lane-queues.ts'
import type { Log } from '../platform/logger.ts'
import { durationMs } from '../route/duration.ts'
import type { Revision } from '../rules/rules-document.ts'
import type { Delivery, DeliveryRecord } from '../signals/delivery.ts'
import { maskBody } from '../signals/mask.ts'
import { dedupeWindowMs } from '../signals/signal-id.ts'
import type { Stores } from '../stores.ts'
import { createApplyChange } from './apply-change.ts'
import { aboutSource } from './derive-signal.ts'
import { createDispatch } from './dispatch.ts'
import { createFeedMissed } from './feed-missed.ts'
import { createFindSubject } from './find-subject.ts'
import { createHandleDelivery, type Parsed } from './handle-delivery.ts'
import { createHandleErrors } from './handle-errors.ts'
import { createHandleSignal } from './handle-signal.ts'
import { createJoinMonitor } from './join-monitor.ts'
import { createJudge } from './judge.ts'
import { createJudgeAsChosen } from './judge-as-chosen.ts'
import { createLaneWork } from './lane-work.ts'
import { createLinkIssue } from './link-issue.ts'
import { createListFound } from './list-found.ts'
import { createLookAtProjects } from './look-at-projects.ts'
import { createReconcile } from './reconcile.ts'
import { createReconcileRound, type Ended } from './reconcile-round.ts'
import { createRemeasure } from './remeasure.ts'
import { createTellGap } from './tell-gap.ts'
import { createWatch } from './watch.ts'

export interface PipelineDeps {
  stores: Stores
  /** The revision in force, from memory. */
  rules(): Revision
  parse(delivery: Delivery): Parsed
  ask: ImpactSource & Survey
  notifiers: readonly Notifier[]
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
  onPolled(source: string, outcome: Ended['how']): void
  onMissed(source: string, what: string): void
  clock: Clock
  random(): number
  log: Log
}

export type Pipeline = ReturnType<typeof createPipeline>

/**
 * The service on one page: a delivery is read (sentry), told apart from its repeats, measured (measure), judged
 * (classify), made or joined to an incident (incidents), held back or not (mute), routed (route), and what is owed
 * leaves (deliver).
 */
export function createPipeline(deps: PipelineDeps) {
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
    lastResort: severity =>
      lastResort(
        stores.destinations.all().map(item => item.destination),
        severity,
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
  const apply = createApplyChange({
    incidents: stores.incidents,
    notifications: stores.notifications,
    voices: stores.voices,
    rules,
    kindOf: id => stores.destinations.get(id)?.destination.kind ?? null,
    pages: kind => notifierOf(kind).pages,
    dispatch: dispatch.dispatch,
    async onResolved(incident) {
      if (incident.project === null) return
      const waiting = await stores.voices.release(incident.source, incident.project, incident.id)
      for (const id of waiting) await remeasure(id)
    },
    onChanged: deps.onChanged,
    clock,
  })
  const measureAndJudge = createJudge({
    windows: stores.windows,
    ask: deps.ask,
    survey: deps.ask,
    incidents: stores.incidents,
    rules,
    doorOpenSince: deps.doorOpenSince,
    clock,
  })
  const judge = createJudgeAsChosen(measureAndJudge, stores.incidents)
  const handleSignal = createHandleSignal({ judge, apply, incidents: stores.incidents })
  const skewMs = (source: string) => stores.sourceHealth.skewMs(source) ?? 0
  const remeasure = createRemeasure({
    incidents: stores.incidents,
    judge,
    apply,
    handleSignal,
    conditionHolds: deps.conditionHolds,
    rules,
    skewMs,
    clock,
  })
  const findSubject = createFindSubject(stores.aliases, () => rules().document.production)
  const handleDelivery = createHandleDelivery({
    parse: deps.parse,
    claimFirst: (signal, id) => stores.deliveries.claimFirst(signal.id, id, dedupeWindowMs(signal.resource)),
    quarantine: entry => stores.quarantine.put(entry),
    record: (record, signal, delivery) => stores.deliveries.recordWithSignal(record, signal, maskBody(delivery)),
    findSubject,
    handleSignal,
    onHandled: deps.onHandled,
    clock,
  })
  const handleErrors = createHandleErrors({
    parse: deps.parse,
    windows: stores.windows,
    rules,
    quarantine: entry => stores.quarantine.put(entry),
    recordMany: records => stores.deliveries.recordMany(records),
    handleSignal,
    onHandled: deps.onHandled,
    clock,
  })

  const production = () => rules().document.production
  const { aliases, incidents, notifications, polls } = stores
  const reconcile = createReconcile({
    survey: deps.ask,
    polls,
    round: createReconcileRound({
      polls,
      incidents,
      aliases,
      lists: createListFound(deps.ask, clock),
      feed: createFeedMissed({
        ...deps,
        polls,
        incidents,
        production,
        activeMs: () => durationMs(rules().document.settings.watchActive),
        findSubject,
        joinMonitor: createJoinMonitor({ aliases, incidents }),
        handleSignal,
      }),
      gaps: createTellGap({ ...deps, polls, incidents, notifications, judge, apply }),
      production,
      onMissed: deps.onMissed,
      clock,
      log,
    }),
    lookAtProjects: createLookAtProjects({
      survey: deps.ask,
      incidents,
      rules,
      projectsOf: source => stores.sources.get(source)?.projects ?? [],
      handleSignal,
      skewMs,
      clock,
    }),
    sources: deps.polled,
    everyMs: () => durationMs(rules().document.settings.pollEvery),
    onPolled: deps.onPolled,
    clock,
    random: deps.random,
    log,
  })

  const whatLanesShare = {
    quarantine: stores.quarantine.put,
    record: stores.deliveries.record,
    toEntry: quarantineEntry,
    now: clock.now,
    random: deps.random,
    log,
  }
  const alertWork = createLaneWork({
    ...whatLanesShare,
    handle: handleDelivery,
    retry: (delivery, delayMs) => deps.alerts.add([delivery], { delayMs }),
  })
  const errorWork = createLaneWork({
    ...whatLanesShare,
    handle: delivery => handleErrors([delivery]),
    retry: (delivery, delayMs) => deps.errors.add([delivery], { delayMs }),
  })

  return {
    handleAlerts: alertWork,
    /** All at once; when that fails, each by itself, so that one of them cannot hold up the others. */
    async handleErrors(deliveries: readonly Delivery[]): Promise<void> {
      await handleErrors(deliveries).catch(error => {
        log.warn(
          { err: error, deliveries: deliveries.length },
          'a group of error events failed; each is handled by itself',
        )
        return errorWork(deliveries)
      })
    },
    turn: dispatch.turn,
    dispatchNow: dispatch.dispatch,
    /** Something is wrong with a source itself; told once per condition while it lasts. */
    sourceTrouble: (source: string, condition: string, title: string) =>
      handleSignal(aboutSource(source, condition, title, 'alert', clock.now())),
    /** Issues linked from Sentry's sidebar. */
    linkIssue: createLinkIssue({ incidents: stores.incidents, apply, handleSignal, findSubject }),
    /** What Sentry's webhooks did not tell, asked of Sentry itself. */
    reconcile,
    remeasure,
    watch: createWatch({
      incidents: stores.incidents,
      dispatch,
      remeasure,
      clock,
      log,
      onRepaired: deps.onRepaired,
      onMeasuredAgain: deps.onMeasuredAgain,
    }),
    idle: dispatch.idle,
  }
}

/** What a person reads when a delivery could not be: whole, but masked. */
export function quarantineEntry(
  delivery: Delivery,
  reason: string,
  problems: { path: string; message: string }[] = [],
) {
  const { id, source, resource, receivedAt, encoding } = delivery
  return { id, source, resource, receivedAt, reason, problems, body: maskBody(delivery), encoding }
}
