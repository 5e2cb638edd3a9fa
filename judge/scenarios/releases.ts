import { MINUTE } from '../model/happening.ts'
import { type Scenario, scenario } from '../story.ts'

/** Releases that crash, projects that fail as a whole. */
export const RELEASES: readonly Scenario[] = [
  scenario({
    name: 'a-bad-deploy',
    story: 'Release 2.0 breaks thirty pages and every fourth session crashes. One cause: one page, not thirty.',
    lasts: 70,
    witnesses: ['crash-free'],
    play(s) {
      const app = s.project('app')
      s.releases(app, -600, 'app@1.9')
      s.releases(app, 10, 'app@2.0')
      s.sessions(app, [-60, 10], { perMinute: 40, crashing: 0.005, release: 'app@1.9' })
      s.sessions(app, [10, 70], { perMinute: 40, crashing: 0.25, release: 'app@2.0' })
      const issues = Array.from({ length: 30 }, (_, n) =>
        s.issue(app, { errorClass: `Broken${n}`, transaction: `/page/${n}` }),
      )
      for (const [n, issue] of issues.entries()) s.hurts(issue, 20 + n, [10 + n / 4, 60])
      s.watchesCrashFree(app)
      s.problem('release 2.0 crashes', { issues, projects: [app], severity: 'P0', plain: 15, notBefore: 10 })
    },
  }),
  scenario({
    name: 'a-canary-crashes',
    story:
      'One session in ten runs the new release, and three in ten of those crash; overall the rate looks well. Stop the rollout: wake somebody.',
    lasts: 80,
    witnesses: ['crash-free-monitored', 'crash-free-release'],
    play(s) {
      const app = s.project('app')
      s.releases(app, -600, 'app@5.0')
      s.releases(app, 8, 'app@5.1')
      s.sessions(app, [-60, 80], { perMinute: 80, crashing: 0.002, release: 'app@5.0' })
      s.sessions(app, [8, 80], { perMinute: 8, crashing: 0.3, release: 'app@5.1' })
      const crash = s.issue(app, { errorClass: 'NativeCrash', transaction: 'main' })
      s.hurts(crash, 90, [9, 78])
      const label = { issues: [crash], projects: [app], plain: 34, notBefore: 8 } as const
      s.problem('the canary crashes', { ...label, severity: 'P0' })
    },
  }),
  scenario({
    name: 'rolled-back',
    story:
      'A release crashes for half an hour and is rolled back; nothing crashes any more. One page, and it closes without anybody’s doing although the hour’s rate is still red for a while.',
    lasts: 110,
    witnesses: ['crash-free'],
    play(s) {
      const app = s.project('app')
      s.releases(app, -600, 'app@3.0')
      s.releases(app, 10, 'app@3.1')
      s.sessions(app, [-60, 10], { perMinute: 50, crashing: 0.002, release: 'app@3.0' })
      s.sessions(app, [10, 40], { perMinute: 50, crashing: 0.3, release: 'app@3.1' })
      s.sessions(app, [40, 110], { perMinute: 50, crashing: 0, release: 'app@3.0' })
      const crash = s.issue(app, { errorClass: 'StartupCrash', transaction: 'launch' })
      s.hurts(crash, 80, [10, 40])
      s.resolves(crash, 55)
      s.watchesCrashFree(app)
      const label = { issues: [crash], projects: [app], plain: 15, notBefore: 10 } as const
      s.problem('release 3.1 crashes', { ...label, severity: 'P0', ends: 'resolved' })
    },
  }),
  scenario({
    name: 'crashes-nobody-alerts-on',
    story:
      'Every eighth session crashes, and nobody ever set up an alert or a webhook for that project. Users do not care why: wake somebody.',
    lasts: 70,
    witnesses: ['crash-free', 'crash-free-monitored'],
    play(s) {
      const app = s.project('app', { alerts: [], issueWebhooks: false })
      s.sessions(app, [-60, 10], { perMinute: 40, crashing: 0.002 })
      s.sessions(app, [10, 70], { perMinute: 40, crashing: 0.125 })
      const crash = s.issue(app, { errorClass: 'NativeCrash', transaction: 'main', usual: { users: 3, days: 20 } })
      s.hurts(crash, 200, [10, 68])
      const label = { issues: [crash], projects: [app], plain: 35, notBefore: 10 } as const
      s.problem('one session in eight crashes', { ...label, severity: 'P0' })
    },
  }),
  scenario({
    name: 'three-sessions-at-night',
    story: 'Three people are up, and one of them crashes: 66 percent crash-free. One person, no page.',
    lasts: 60,
    witnesses: ['least-sessions'],
    play(s) {
      const app = s.project('app')
      s.sessions(app, [-60, 60], { perMinute: 0.05, crashing: 0.34 })
      const crash = s.issue(app, { errorClass: 'NightCrash', transaction: 'main' })
      s.once(crash, 10)
      s.once(crash, 31)
      s.problem('one person crashes', { issues: [crash], severity: 'P2' })
    },
  }),
  scenario({
    name: 'a-quiet-evening-dips',
    story:
      'A hundred and twenty sessions an hour and nine of them crash: too few to say anything about the release. The same day.',
    lasts: 70,
    witnesses: ['least-sessions'],
    play(s) {
      const app = s.project('app')
      s.sessions(app, [-60, 70], { perMinute: 2, crashing: 0.075 })
      const crash = s.issue(app, { errorClass: 'EveningCrash', transaction: 'main' })
      s.hurts(crash, 10, [3, 65])
      s.problem('a few crash', { issues: [crash], severity: 'P2' })
    },
  }),
  scenario({
    name: 'exactly-95-percent',
    story:
      'One session in twenty has crashed for as long as anybody remembers: 95 percent on the dot, which is not below.',
    lasts: 60,
    witnesses: ['strictness'],
    play(s) {
      const app = s.project('app')
      s.sessions(app, [-60, 300], { perMinute: 100, crashing: 0.05 })
      const crash = s.issue(app, { errorClass: 'OldCrash', transaction: 'main', usual: { users: 40, days: 60 } })
      s.spreads(crash, [40, 40], [-60, 58])
      s.watchesCrashFree(app)
      const label = { issues: [crash], projects: [app] } as const
      s.problem('it crashes as ever', { ...label, severity: ['P2', 'P3', 'none'] })
    },
  }),
  scenario({
    name: 'from-slow-to-crashing',
    story:
      'A page fails for 130 people, the lead hears of it; then the same fault crashes the whole app. Now somebody is to be woken, once.',
    lasts: 110,
    witnesses: ['crash-free'],
    play(s) {
      const app = s.project('app')
      s.sessions(app, [-60, 50], { perMinute: 30, crashing: 0.004 })
      s.sessions(app, [50, 110], { perMinute: 30, crashing: 0.4 })
      const fault = s.issue(app, { errorClass: 'OutOfMemory', transaction: '/feed' })
      s.hurts(fault, 130, [3, 48])
      s.hurts(fault, 600, [50, 105])
      const label = { issues: [fault], projects: [app], plain: 60, notBefore: 50 } as const
      s.problem('the app runs out of memory', { ...label, severity: 'P0' })
    },
  }),
  scenario({
    name: 'everything-fails-at-once',
    story:
      'The database is gone: fifty different errors in five minutes, six hundred a minute. One cause: one page that names the suspects.',
    lasts: 40,
    witnesses: ['unhandled-spike'],
    play(s) {
      const api = s.project('api')
      const issues = Array.from({ length: 50 }, (_, n) =>
        s.issue(api, {
          errorClass: 'ConnectionRefused',
          message: `in query ${n}`,
          transaction: `/api/v1/resource/${n}`,
        }),
      )
      for (const issue of issues) s.hurts(issue, 75, [6, 12])
      s.problem('the database is gone', { issues, projects: [api], severity: 'P0', plain: 7.5, notBefore: 6 })
    },
  }),
  scenario({
    name: 'a-spike-in-the-feed',
    story: 'Seven hundred unhandled errors a minute in a project that sends every one of them.',
    lasts: 25,
    witnesses: ['unhandled-spike'],
    play(s) {
      const api = s.project('api', { feed: true })
      const fault = s.issue(api, { errorClass: 'NullReference', transaction: '/api/search' })
      s.fails(fault, 2_450, [6, 9.5])
      const label = { issues: [fault], projects: [api], plain: 7.5, notBefore: 6 } as const
      s.problem('the search service fails', { ...label, severity: 'P0' })
    },
  }),
  scenario({
    name: 'a-spike-of-an-old-issue',
    story:
      'An old, small issue breaks out: eight hundred unhandled errors a minute, and Sentry sends not one webhook. Wake somebody all the same.',
    lasts: 40,
    witnesses: ['unhandled-spike'],
    play(s) {
      const api = s.project('api')
      const fault = s.issue(api, {
        errorClass: 'PoolExhausted',
        transaction: '/api/cart',
        usual: { users: 2, days: 40 },
      })
      s.hurts(fault, 2, [-50, -5])
      s.hurts(fault, 4_800, [8, 14])
      const label = { issues: [fault], projects: [api], plain: 9.5, notBefore: 8 } as const
      s.problem('the pool is exhausted', { ...label, severity: 'P0' })
    },
  }),
  scenario({
    name: 'exactly-500-a-minute',
    story:
      'A retry loop of a few clients makes exactly five hundred errors a minute: as many as are still bearable, by the table.',
    lasts: 30,
    witnesses: ['strictness'],
    play(s) {
      const api = s.project('api', { feed: true })
      const loop = s.issue(api, { errorClass: 'RetryLoop', transaction: '/api/poll' })
      // Evenly, so that every minute on the clock has as many.
      for (let n = 0; n < 2_000; n += 1) s.once(loop, 6 + (n * 120) / MINUTE, { user: `client-${n % 20}` })
      s.problem('a retry loop', { issues: [loop], severity: ['P2', 'P3'] })
    },
  }),
  scenario({
    name: 'comes-and-goes',
    story:
      'A worker pool breaks down every six minutes for two: a spike, gone, a spike again. It is one problem and one page, not four.',
    lasts: 45,
    play(s) {
      const api = s.project('api', { alerts: [], issueWebhooks: false })
      const fault = s.issue(api, { errorClass: 'WorkerDied', transaction: '/api/render', usual: { users: 1, days: 9 } })
      for (const minute of [5, 11, 17, 23]) s.hurts(fault, 1_300, [minute, minute + 2])
      s.watchesUnhandled(api)
      const label = { issues: [fault], projects: [api], plain: 6.5, notBefore: 5 } as const
      s.problem('workers die and return', { ...label, severity: 'P0', lives: 1 })
    },
  }),
]
