import { durationMs } from '../route/duration.ts'
import type { createApplyChange } from './apply-change.ts'
import { createFeedMissed } from './feed-missed.ts'
import type { createFindSubject } from './find-subject.ts'
import type { createHandleSignal } from './handle-signal.ts'
import { createJoinMonitor } from './join-monitor.ts'
import type { Judge } from './judge.ts'
import { createListFound } from './list-found.ts'
import { createLookAtProjects } from './look-at-projects.ts'
import type { PipelineDeps } from './pipeline-deps.ts'
import { createReconcile } from './reconcile.ts'
import { createReconcileRound } from './reconcile-round.ts'
import { createTellGap } from './tell-gap.ts'

/** What Sentry's webhooks did not tell, asked of Sentry itself: straight-line wiring of the poll and its rounds. */
export function createReconcileSentry(
  deps: PipelineDeps,
  parts: {
    judge: Judge
    apply: ReturnType<typeof createApplyChange>
    handleSignal: ReturnType<typeof createHandleSignal>
    findSubject: ReturnType<typeof createFindSubject>
    skewMs(source: string): number
  },
) {
  const { stores, rules, clock, log } = deps
  const { judge, apply, handleSignal, findSubject, skewMs } = parts
  const production = () => rules().document.production
  const { aliases, incidents, notifications, polls } = stores
  return createReconcile({
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
}
