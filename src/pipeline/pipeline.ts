import type { Destination } from '../deliver/destination.ts'
import { durationMs } from '../route/duration.ts'
import type { Delivery } from '../signals/delivery.ts'
import { maskBody } from '../signals/mask.ts'
import { dedupeWindowMs } from '../signals/signal-id.ts'
import { createShadowRun } from '../whatif/shadow-run.ts'
import { createAnnounceEnds } from './announce-ends.ts'
import { createApplyChange } from './apply-change.ts'
import { createCovers } from './covers.ts'
import { aboutSource } from './derive-signal.ts'
import { createEscalate } from './escalate.ts'
import { createFindSubject } from './find-subject.ts'
import { createHandleDelivery } from './handle-delivery.ts'
import { createHandleErrors } from './handle-errors.ts'
import { createHandleSignal } from './handle-signal.ts'
import { createHearPeople } from './hear-people.ts'
import { createInhibitors } from './inhibitors.ts'
import { createJudge } from './judge.ts'
import { createJudgeAsChosen } from './judge-as-chosen.ts'
import { createKeepSignals } from './keep-signals.ts'
import { createLaneWork } from './lane-work.ts'
import { createLinkIssue } from './link-issue.ts'
import { createLookAtMutes } from './look-at-mutes.ts'
import { createOpenFlow, flowWorld } from './open-flow.ts'
import { createOweNotice } from './owe-notice.ts'
import type { PipelineDeps } from './pipeline-deps.ts'
import { quarantineEntry } from './quarantine-entry.ts'
import { createReconcilePagerduty } from './reconcile-pagerduty.ts'
import { createReconcileSentry } from './reconcile-sentry.ts'
import { createRemeasure } from './remeasure.ts'
import { createReplayApart } from './replay-apart.ts'
import { createSilenceBreadth } from './silence-breadth.ts'
import { createStorms } from './storms.ts'
import { createTellCircuit, failingDestination } from './tell-circuit.ts'
import { createTellPeople } from './tell-people.ts'
import { createWatch } from './watch.ts'
import { createWatchdog } from './watchdog.ts'

export type Pipeline = ReturnType<typeof createPipeline>

/**
 * The service on one page: a delivery is read (sentry), told apart from its repeats, measured (measure), judged
 * (classify), made or joined to an incident (incidents), held back or not (mute), routed (route), and what is owed
 * leaves (deliver).
 */
export function createPipeline(deps: PipelineDeps) {
  const { stores, rules, clock, log } = deps
  const { notifierOf, dispatch, sendAgain } = createTellPeople(deps, (destination, what, circuit) =>
    tellCircuit(destination, what, circuit),
  )
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

  const { actOn, pagerdutyWords, handleWord } = createHearPeople(deps, { apply, kindOf })

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

  const reconcile = createReconcileSentry(deps, { judge, apply, handleSignal, findSubject, skewMs })

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
