import type { Stage } from '../model/stage.ts'
import { type Scenario, scenario } from '../story.ts'

/** Sentry's API fails, or its clock is not ours. */
export const SENTRY_AWAY: readonly Scenario[] = [
  scenario({
    name: 'sentry-fails-while-users-are-hurt',
    story:
      'Sentry’s API answers 500 for half an hour, and in that time a page breaks for 150. Nobody can count them; the lead should rather hear too early.',
    lasts: 60,
    own: { skewMs: 0 },
    witnesses: ['numbers-missing'],
    play(s) {
      const shop = s.project('shop')
      const page = s.issue(shop, { errorClass: 'ListingError', transaction: '/listing' })
      s.sentryFails([6, 38], { kind: 'status', status: 500 })
      s.hurts(page, 150, [10, 50])
      s.problem('a page is broken', { issues: [page], severity: 'P1', plain: 11 })
      s.problem('Sentry fails', { ofSource: true, severity: ['P1', 'P2', 'none'], incidents: 0 })
    },
  }),
  scenario({
    name: 'sentry-refuses-while-nobody-can-pay',
    story: 'Sentry’s API says 429 to everything, and nobody can pay. The error events say enough: wake somebody.',
    lasts: 40,
    own: { skewMs: 0 },
    witnesses: ['core-flow-failing'],
    play(s) {
      const shop = s.project('shop', { feed: true })
      const pay = s.issue(shop, { errorClass: 'PaymentError', transaction: '/checkout' })
      s.sentryFails([2, 38], { kind: 'status', status: 429 })
      s.hurts(pay, 60, [6, 30])
      s.problem('nobody can pay', { issues: [pay], severity: 'P0', plain: 7 })
      s.problem('Sentry refuses', { ofSource: true, severity: ['P1', 'P2', 'none'], incidents: 0 })
    },
  }),
  scenario({
    name: 'sentry-is-a-login-page',
    story: 'A proxy answers every question with a login page. Small errors go on: known, and nobody is woken.',
    lasts: 40,
    own: { skewMs: 0 },
    play(s) {
      const shop = s.project('shop')
      const small = s.issue(shop, { errorClass: 'TooltipError', transaction: '/tooltip' })
      s.sentryFails([3, 38], { kind: 'html' })
      s.hurts(small, 6, [6, 30])
      s.problem('tooltips fail', { issues: [small], severity: ['P1', 'P2'] })
      s.problem('Sentry is away', { ofSource: true, severity: ['P1', 'P2', 'none'], incidents: 0 })
    },
  }),
  scenario({
    name: 'only-the-alert-says-it',
    story:
      'Every third session crashes, and just then Sentry’s API is away. Its crash-free alert says it all: wake somebody.',
    lasts: 45,
    own: { skewMs: 0 },
    witnesses: ['crash-free', 'crash-free-alert'],
    play(s) {
      const app = s.project('app')
      s.sessions(app, [-60, 10], { perMinute: 40, crashing: 0.002 })
      s.sessions(app, [10, 45], { perMinute: 40, crashing: 0.35 })
      s.watchesCrashFree(app)
      s.sentryFails([8, 45], { kind: 'status', status: 503 })
      s.problem('every third session crashes', { projects: [app], severity: 'P0', plain: 20, notBefore: 10 })
      s.problem('Sentry fails', { ofSource: true, severity: ['P1', 'P2', 'none'], incidents: 0 })
    },
  }),
  ...[180_000, -180_000].map(skewMs =>
    scenario({
      name: skewMs > 0 ? 'sentrys-clock-is-ahead' : 'sentrys-clock-is-behind',
      story:
        'Sentry’s clock and ours are three minutes apart. Payment fails: one page, as fast as ever; and what was fixed is over.',
      lasts: 60,
      own: { skewMs },
      witnesses: ['core-flow-failing'],
      play(s: Stage) {
        const shop = s.project('shop', { feed: true })
        const other = s.project('other')
        const pay = s.issue(shop, { errorClass: 'PaymentError', transaction: '/checkout' })
        const login = s.issue(other, { errorClass: 'LoginError', transaction: '/login' })
        const page = s.issue(other, { errorClass: 'SidebarError', transaction: '/sidebar' })
        s.hurts(pay, 60, [5, 25])
        s.hurts(login, 60, [15, 35])
        s.hurts(page, 10, [4, 20])
        s.resolves(page, 22)
        s.problem('nobody can pay', { issues: [pay], severity: 'P0', plain: 6 })
        s.problem('nobody can sign in', { issues: [login], severity: 'P0', plain: 16 })
        s.problem('a sidebar failed', { issues: [page], severity: 'P2', ends: 'resolved' })
      },
    }),
  ),
]
