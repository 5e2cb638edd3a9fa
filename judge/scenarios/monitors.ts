import { type Scenario, scenario } from '../story.ts'

/** Metric alerts, crons, uptime, feedback, and what whoever wrote an alert chose in Sentry's screen. */
export const MONITORS: readonly Scenario[] = [
  scenario({
    name: 'a-metric-rises-and-falls',
    story: 'Response times get bad, then very bad, then well again. The lead hears once; it closes itself.',
    lasts: 60,
    witnesses: ['metric-critical'],
    play(s) {
      const api = s.project('api')
      const rule = s.watches(api, 'p95', { warning: 1_000, critical: 2_000 }, [
        [0, 300],
        [10, 1_400],
        [20, 2_900],
        [40, 250],
      ])
      s.problem('the API is slow', { monitors: [rule], severity: 'P1', plain: 20, ends: 'resolved' })
    },
  }),
  scenario({
    name: 'a-metric-and-its-issue',
    story:
      'A metric monitor alerts, and Sentry opens a metric issue for the very same and alerts of that, too. One problem.',
    lasts: 40,
    witnesses: ['metric-critical'],
    play(s) {
      const api = s.project('api')
      const rule = s.watches(api, 'queue age', { critical: 900, opensIssue: true }, [
        [0, 100],
        [8, 1_700],
      ])
      s.problem('a queue grows', { projects: [], monitors: [rule], severity: 'P1', plain: 8, incidents: 1 })
    },
  }),
  scenario({
    name: 'a-metric-warns',
    story: 'Response times get somewhat worse and stay so. The same day.',
    lasts: 30,
    play(s) {
      const api = s.project('api')
      const reads: [number, number][] = [
        [0, 100],
        [8, 900],
      ]
      const rule = s.watches(api, 'p95', { warning: 800, critical: 5_000 }, reads)
      s.problem('the API is a little slow', { monitors: [rule], severity: 'P2' })
    },
  }),
  scenario({
    name: 'a-metric-flaps',
    story:
      'A queue trembles around its limit, over it and under it every few minutes. The lead hears of it once, not four times.',
    lasts: 50,
    witnesses: ['flap-window'],
    play(s) {
      const api = s.project('api')
      const reads = [0, 8, 11, 15, 18, 23, 27, 31].map((at, n): [number, number] => [at, n % 2 === 0 ? 100 : 1_700])
      const rule = s.watches(api, 'queue age', { critical: 900 }, reads)
      s.problem('a queue trembles', { monitors: [rule], severity: 'P1', plain: 8, lives: 1 })
    },
  }),
  scenario({
    name: 'the-end-of-an-alert-is-lost',
    story:
      'A crash-free alert pages; all is well again, but the word of it never arrives. Nobody should find a red page in the morning.',
    lasts: 170,
    witnesses: ['alert-over'],
    play(s) {
      const app = s.project('app')
      s.sessions(app, [-60, 10], { perMinute: 40, crashing: 0.002 })
      s.sessions(app, [10, 30], { perMinute: 40, crashing: 0.3 })
      s.sessions(app, [30, 170], { perMinute: 40, crashing: 0 })
      const crash = s.issue(app, { errorClass: 'SyncCrash', transaction: 'sync' })
      s.hurts(crash, 60, [10, 30])
      s.resolves(crash, 50)
      s.watchesCrashFree(app)
      s.trouble([0, 170], { dropped: 1, only: ['metric_alert.resolved'] })
      const label = { issues: [crash], projects: [app], plain: 20, notBefore: 10 } as const
      s.problem('sync crashes', { ...label, severity: 'P0', ends: 'resolved' })
    },
  }),
  scenario({
    name: 'a-cron-does-not-check-in',
    story: 'The nightly invoices did not run. Whom it hurts nobody knows yet: the same day.',
    lasts: 25,
    play(s) {
      const jobs = s.project('jobs', { alerts: [{ name: 'Crons', when: { on: 'every' }, frequency: 30 }] })
      const cron = s.issue(jobs, {
        errorClass: 'Monitor failure: nightly-run',
        message: 'A missed check-in',
        kind: 'cron',
        transaction: '',
      })
      s.fails(cron, 2, [4, 15])
      s.problem('a job did not run', { issues: [cron], severity: 'P2' })
    },
  }),
  scenario({
    name: 'the-site-is-down',
    story: 'An uptime monitor finds the status page down. No user is named; the lead must hear at once.',
    lasts: 25,
    witnesses: ['uptime-failure'],
    play(s) {
      const site = s.project('site', { alerts: [{ name: 'Uptime', when: { on: 'every' }, frequency: 30 }] })
      const down = s.issue(site, {
        errorClass: 'Downtime detected',
        message: 'HTTP 502',
        kind: 'uptime',
        transaction: '',
      })
      s.fails(down, 3, [4, 12])
      s.problem('the site is down', { issues: [down], severity: 'P1', plain: 5 })
    },
  }),
  scenario({
    name: 'somebody-complains',
    story: 'A user writes feedback on an error that two people have met. It belongs with that error and opens nothing.',
    lasts: 25,
    play(s) {
      const shop = s.project('shop', { alerts: [{ name: 'Any', when: { on: 'every' }, frequency: 10 }] })
      const page = s.issue(shop, { errorClass: 'GalleryError', transaction: '/gallery' })
      s.hurts(page, 2, [3, 9])
      const words = s.issue(shop, {
        errorClass: 'User Feedback',
        message: 'The pictures are gone!',
        kind: 'feedback',
        level: 'info',
        feedbackOn: page.id,
      })
      s.fails(words, 1, [12, 13])
      s.problem('the gallery fails', { issues: [page], severity: 'P2' })
      s.problem('what a user said', { issues: [words], severity: 'none', incidents: 0 })
    },
  }),
  scenario({
    name: 'a-floor-chosen-in-sentry',
    story:
      'Whoever wrote the alert for the partner API chose that the lead hears of anything there; two partners are hurt.',
    lasts: 25,
    play(s) {
      const settings = [{ name: 'severity_floor', value: 'P1' }]
      const api = s.project('partners', {
        alerts: [{ name: 'Partner API', when: { on: 'every' }, frequency: 30, settings }],
      })
      const fault = s.issue(api, { errorClass: 'PartnerError', transaction: '/partner/orders' })
      s.hurts(fault, 2, [4, 10])
      s.problem('partners are hurt', { issues: [fault], severity: 'P1', plain: 5 })
    },
  }),
  scenario({
    name: 'a-ceiling-chosen-in-sentry',
    story: 'The checkout of the demo shop fails for thirty; whoever wrote its alert chose that nobody is woken for it.',
    lasts: 35,
    play(s) {
      const settings = [{ name: 'severity_ceiling', value: 'P2' }]
      const demo = s.project('demo', { alerts: [{ name: 'Demo shop', when: { on: 'every' }, frequency: 5, settings }] })
      const pay = s.issue(demo, { errorClass: 'DemoPaymentError', transaction: '/checkout' })
      s.hurts(pay, 30, [6, 25])
      s.problem('the demo shop fails', { issues: [pay], severity: 'P2', mayPage: false })
    },
  }),
  scenario({
    name: 'a-ceiling-hides-no-data-loss',
    story: 'The same ceiling, and an order is lost. That is never to be slept through.',
    lasts: 20,
    witnesses: ['data-loss'],
    play(s) {
      const settings = [{ name: 'severity_ceiling', value: 'P2' }]
      const demo = s.project('demo', { alerts: [{ name: 'Demo shop', when: { on: 'every' }, frequency: 5, settings }] })
      const lost = s.issue(demo, { errorClass: 'OrderNotPersisted', transaction: 'order.persist' })
      s.once(lost, 6, { handled: true, tags: { data_loss: 'true' } })
      s.problem('an order is lost', { issues: [lost], severity: 'P0', plain: 6 })
    },
  }),
]
