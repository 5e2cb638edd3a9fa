import type { AuditTrail } from '../access/audit-trail.ts'
import { createDelivery } from '../deliver/deliver-notification.ts'
import type { Destination } from '../deliver/destination.ts'
import { lastResort } from '../deliver/last-resort.ts'
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
import { durationMs } from '../route/duration.ts'
import type { Revision } from '../rules/rules-document.ts'
import type { Delivery, DeliveryRecord } from '../signals/delivery.ts'
import { maskBody } from '../signals/mask.ts'
import { dedupeWindowMs } from '../signals/signal-id.ts'
import type { Stores } from '../stores.ts'
import { createShadowRun } from '../whatif/shadow-run.ts'
import { createActOn } from './act-on.ts'
import { createAnnounceEnds } from './announce-ends.ts'
import { createApplyChange } from './apply-change.ts'
import { createAuditActs } from './audit-acts.ts'
import { createCovers } from './covers.ts'
import { aboutSource } from './derive-signal.ts'
import { createDispatch } from './dispatch.ts'
import { createEscalate } from './escalate.ts'
import { createFeedMissed } from './feed-missed.ts'
import { createFindSubject } from './find-subject.ts'
import { createHandleDelivery, type Parsed } from './handle-delivery.ts'
import { createHandleErrors } from './handle-errors.ts'
import { createHandleSignal } from './handle-signal.ts'
import { createHandleWord, type HandleWordDeps } from './handle-word.ts'
import { createHearSlack, type HearSlackDeps } from './hear-slack.ts'
import { createInhibitors } from './inhibitors.ts'
import { createJoinMonitor } from './join-monitor.ts'
import { createJudge } from './judge.ts'
import { createJudgeAsChosen } from './judge-as-chosen.ts'
import { createKeepSignals } from './keep-signals.ts'
import { createLaneWork } from './lane-work.ts'
import { createLinkIssue } from './link-issue.ts'
import { createListFound } from './list-found.ts'
import { createLookAtMutes } from './look-at-mutes.ts'
import { createLookAtProjects } from './look-at-projects.ts'
import { createOpenFlow, flowWorld } from './open-flow.ts'
import { createOweNotice } from './owe-notice.ts'
import { createPagerdutyWord } from './pagerduty-word.ts'
import { createReconcile } from './reconcile.ts'
import { createReconcilePagerduty } from './reconcile-pagerduty.ts'
import { createReconcileRound, type Ended } from './reconcile-round.ts'
import { createRemeasure } from './remeasure.ts'
import { createReplayApart } from './replay-apart.ts'
import { createSilenceBreadth } from './silence-breadth.ts'
import { createStorms } from './storms.ts'
import { createTellCircuit, failingDestination } from './tell-circuit.ts'
import { createTellGap } from './tell-gap.ts'
import { createWatch } from './watch.ts'
import { type Ailment, createWatchdog } from './watchdog.ts'

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

/** PagerDuty repeats for up to 48 hours (developer-docs webhooks: retries); nobody else for longer. */
const WORDS_REPEATED_MS = 48 * 3_600_000

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
    circuits: stores.circuits,
    onCircuit: (destination, what, circuit) => tellCircuit(destination, what, circuit),
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
  const kindOf = (id: string) => stores.destinations.get(id)?.destination.kind ?? null
  const covers = createCovers({ silences: stores.silences, rules })
  const storms = createStorms({ storms: stores.storms, incidents: stores.incidents, rules, kindOf, covers })
  const inhibitors = createInhibitors({ inhibitors: stores.inhibitors, incidents: stores.incidents, rules })
  const apply = createApplyChange({
    covers,
    inhibitors,
    async onHidden(by, incident) {
      if (await stores.hid.add(by, incident, clock.now())) deps.onMuted(by.kind)
    },
    incidents: stores.incidents,
    notifications: stores.notifications,
    voices: stores.voices,
    rules,
    rulesAt: number => stores.rules.recent(number),
    storms,
    kindOf,
    pages: kind => notifierOf(kind).pages,
    backlog: () =>
      stores.destinations.all().find(({ destination }) => destination.kind === 'backlog')?.destination.id ?? null,
    dispatch: dispatch.dispatch,
    async onResolved(incident) {
      // The first that is still as severe speaks at once; the others are looked at in their turn, and join it.
      const [first, ...rest] = await storms.ended(incident)
      for (const id of rest) await stores.incidents.hasten(id, clock.now())
      if (first !== undefined) await remeasure(first)
      if (incident.project === null) return
      const waiting = await stores.voices.release(incident.source, incident.project, incident.id)
      for (const id of waiting) await remeasure(id)
    },
    onChanged: deps.onChanged,
    onCommitted: (change, next, action, owed) => keeping.onCommitted(change, next, action, owed),
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
  const pages = (kind: Destination['kind']) => notifierOf(kind).pages
  const openFlow = createOpenFlow({ ...deps, pages })
  const shadow = createShadowRun({
    store: stores.shadow,
    openFlow,
    published() {
      const { number, document } = rules()
      return { name: `revision ${number}`, number, document }
    },
    now: clock.now,
    onFailed(error) {
      deps.onKept('shadow-failed', 1)
      log.warn({ err: error }, 'the shadow rules failed; what is published goes on as ever')
    },
  })
  const keeping = createKeepSignals({
    store: stores.kept,
    keepMs: () => durationMs(rules().document.settings.keepSignals),
    kindOf,
    pages,
    onJudged: shadow.sees,
    onKept: deps.onKept,
    clock,
    log,
  })
  const judge = keeping.judge(createJudgeAsChosen(measureAndJudge, stores.incidents))
  const handleSignal = keeping.handleSignal(createHandleSignal({ judge, apply, incidents: stores.incidents }))
  const telling = new Set<Promise<unknown>>()
  const tellCircuit = createTellCircuit({
    handleSignal,
    track(work) {
      telling.add(work)
      void work.finally(() => telling.delete(work))
    },
    clock,
    log,
  })
  const skewMs = (source: string) => stores.sourceHealth.skewMs(source) ?? 0
  const remeasure = createRemeasure({
    incidents: stores.incidents,
    judge,
    apply,
    handleSignal,
    conditionHolds(source, condition, now, toldAt) {
      const destination = failingDestination(source, condition)
      return destination === null
        ? deps.conditionHolds(source, condition, now, toldAt)
        : stores.circuits.view(destination).openedAt !== null
    },
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

  const said = createAuditActs({ apply, incidents: stores.incidents, trail: deps.trail })
  const actOn = createActOn({ incidents: stores.incidents, notifications: stores.notifications, apply: said, clock })
  const incidentUrl = (id: string) => `${deps.publicUrl()}/incidents/${id}`
  const pagerdutyWords = createPagerdutyWord({
    ...{ links: stores.pagerdutyLinks, api: deps.pagerduty.api, kindOf, apply: said, incidentUrl },
    people: () => rules().document.people,
    ...{ incidents: stores.incidents, notifications: stores.notifications },
  })
  /** What people said elsewhere, by who tells it. */
  const hear: HandleWordDeps['hear'] = {
    pagerduty: pagerdutyWords.hear,
    slack: createHearSlack({ ...deps.slack, actOn, people: () => rules().document.people }),
  }
  const handleWord = createHandleWord({
    hear,
    claimFirst: (name, id) => stores.deliveries.claimFirst(name, id, WORDS_REPEATED_MS),
    quarantine: (delivery, reason, problems) => stores.quarantine.put(quarantineEntry(delivery, reason, problems)),
    record: (record, delivery) => stores.deliveries.recordWithSignal(record, null, maskBody(delivery)),
    onHandled: deps.onHandled,
    clock,
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

  const lookAtMutes = createLookAtMutes({
    covers,
    inhibitors,
    incidents: stores.incidents,
    announce: createAnnounceEnds({
      silences: stores.silences.current,
      notice: createOweNotice({ ...stores, dispatch: dispatch.dispatch, clock }),
      rules,
      kindOf,
    }),
    apply,
    rules,
    clock,
    log,
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
        notifications,
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
    handle: delivery => (delivery.via === undefined ? handleDelivery(delivery) : handleWord(delivery)),
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
    /** What a person decided about an incident. */
    actOn,
    turn: dispatch.turn,
    /** Open incidents are held against silences, maintenance windows and inhibitions as they are now. */
    lookAtMutes,
    /** What a silence would have hidden. */
    silenceBreadth: createSilenceBreadth({
      incidents: stores.incidents,
      notifications: stores.notifications,
      wakes(destination) {
        const kind = kindOf(destination)
        if (kind !== null && notifierOf(kind).pages) return 'page'
        return kind === 'slack' ? 'post' : null
      },
      clock,
    }),
    dispatchNow: dispatch.dispatch,
    /** Something is wrong with a source itself; told once per condition while it lasts. */
    sourceTrouble: (source: string, condition: string, title: string) =>
      handleSignal(aboutSource(source, condition, title, 'alert', clock.now())),
    /** Issues linked from Sentry's sidebar. */
    linkIssue: createLinkIssue({ incidents: stores.incidents, apply, handleSignal, findSubject }),
    /** What PagerDuty's webhooks did not tell, and what it did not keep of what it was told. */
    reconcilePagerduty: createReconcilePagerduty({
      ...deps.pagerduty,
      links: stores.pagerdutyLinks,
      words: pagerdutyWords,
      incidents: stores.incidents,
      notifications: stores.notifications,
      sendAgain,
      destinationOf: id => stores.destinations.get(id),
      clock,
      log,
    }),
    /** What Sentry's webhooks did not tell, asked of Sentry itself. */
    reconcile,
    remeasure,
    /** Flows that are only thought through. */
    openFlow,
    /** Signals of the last days judged again, in a thread of its own. */
    replay: createReplayApart({ kept: stores.kept, world: () => flowWorld(stores, pages) }),
    /** Rules that run beside the published ones. */
    shadow,
    /** Writes down what was kept for replays, and what the shadow found. Never throws. */
    async keep(): Promise<void> {
      await Promise.all([keeping.flush(), shadow.flush()])
    },
    watch: createWatch({
      incidents: stores.incidents,
      dispatch,
      remeasure,
      escalate: createEscalate({ incidents: stores.incidents, apply, clock, log }),
      watchdog: createWatchdog({
        incidents: stores.incidents,
        apply,
        onRepaired: deps.onEscalationRepaired,
        onLooked: deps.onEscalationsLooked,
        clock,
        log,
      }),
      clock,
      log,
      onRepaired: deps.onRepaired,
      onMeasuredAgain: deps.onMeasuredAgain,
    }),
    async idle() {
      await dispatch.idle()
      for (; telling.size > 0; await dispatch.idle()) await Promise.all(telling)
    },
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
