import type { Clock } from '../src/platform/clock.ts'
import { type SentryStandIn, startSentryStandIn } from '../src/sandbox/sentry-stand-in.ts'
import type { StandInProject } from '../src/sandbox/sentry-world.ts'
import { MINUTE } from './model/happening.ts'
import { changesOf, viewIssue } from './model/issue-view.ts'
import { sessionsIn, unhandledSeries } from './model/readings.ts'
import type { Playing } from './playing.ts'

/** Sentry as its API shows it: the stand-in's world, made to follow what happens in the scenarios that play on it. */
export interface SentryView {
  standIn: SentryStandIn
  /** Brings its world to that moment, by our clock. */
  follow(now: number): void
}

export const TOKEN = 'sntrys_of_the_simulator_0123456789'

export async function startSentryView(
  scenarios: readonly Playing[],
  clock: Clock,
  skewMs: number,
): Promise<SentryView> {
  const standIn = await startSentryStandIn({ token: TOKEN, clock: { now: () => clock.now() + skewMs } })
  const { world } = standIn
  const followers = scenarios.flatMap(playing => followersOf(playing, skewMs))

  /** Each looks only when something of it changes. */
  function followersOf({ lived, script, zero }: Playing, skew: number): ((now: number) => void)[] {
    const toSentry = (at: number) => zero + at + skew
    const ofIssues = lived.map(({ issue, failures, life }) => {
      const changes = changesOf(failures, life)
      let next = -1
      return (now: number) => {
        const at = now - zero
        if (next >= 0 && (changes[next] ?? Number.POSITIVE_INFINITY) > at) return
        next = Math.max(next, 0)
        while ((changes[next] ?? Number.POSITIVE_INFINITY) <= at) next += 1
        const view = viewIssue(issue, failures, life, at, toSentry)
        if (view !== null) world.issues[issue.id] = view
      }
    })
    const ofProjects = script.projects.map(project => (now: number) => {
      const at = now - zero
      world.projects[project.slug] = { id: project.id, ...projectAt(project, at, toSentry(0)) }
    })
    return [...ofIssues, ...ofProjects]
  }

  return {
    standIn,
    follow(now) {
      for (const follow of followers) follow(now)
    },
  }
}

function projectAt(project: Playing['script']['projects'][number], at: number, sentryZero: number): StandInProject {
  const sessions = sessionsIn(project, at)
    .filter(sum => sum.sessions > 0)
    .map(({ release, environment, sessions: all, crashed }) => ({
      healthy: all - crashed,
      crashed,
      release,
      environment,
    }))
  const releases = project.releases.filter(release => release.at <= at).map(release => release.version)
  return { sessions, releases: releases.reverse(), unhandled: unhandledSeries(project, at, 15, sentryZero % MINUTE) }
}
