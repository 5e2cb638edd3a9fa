import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { serialize } from '../../src/sandbox/samples/serialize.ts'
import type { Stage } from '../model/stage.ts'
import { type Scenario, scenario } from '../story.ts'

/** Webhooks that are lost, doubled, late or forged; a restart; two Sentrys. */
export const DELIVERY: readonly Scenario[] = [
  scenario({
    name: 'every-webhook-is-lost',
    story:
      'Sentry’s webhooks do not reach us at all. Nobody can pay, and another page is broken for 200: both must be found, and somebody told that webhooks are silent.',
    lasts: 60,
    own: { skewMs: 0 },
    witnesses: ['polling', 'silence-noticed'],
    play(s) {
      const shop = s.project('shop')
      const pay = s.issue(shop, { errorClass: 'PaymentError', transaction: '/checkout' })
      const page = s.issue(shop, { errorClass: 'FooterError', transaction: '/footer' })
      s.hurts(pay, 60, [5, 35])
      s.hurts(page, 200, [8, 55])
      s.trouble([0, 60], { dropped: 1 })
      s.problem('nobody can pay', { issues: [pay], severity: 'P0', plain: 7 })
      s.problem('a page is broken', { issues: [page], severity: 'P1', plain: 34 })
      s.problem('webhooks are silent', { ofSource: true, severity: 'P1', plain: 20, within: 15, incidents: 0 })
    },
  }),
  scenario({
    name: 'half-the-webhooks-are-lost',
    story: 'Every other webhook is lost. Payment fails and a page is broken for 150: all of it must be known, once.',
    lasts: 70,
    witnesses: ['polling'],
    play(s) {
      const shop = s.project('shop')
      const pay = s.issue(shop, { errorClass: 'PaymentError', transaction: '/checkout' })
      const page = s.issue(shop, { errorClass: 'HeaderError', transaction: '/header' })
      const small = Array.from({ length: 8 }, (_, n) =>
        s.issue(shop, { errorClass: `Small${n}`, transaction: `/small/${n}` }),
      )
      s.hurts(pay, 60, [5, 35])
      s.hurts(page, 150, [8, 60])
      for (const [n, issue] of small.entries()) s.hurts(issue, 4, [4 + n, 40 + n])
      s.trouble([0, 70], { dropped: 0.5 })
      s.problem('nobody can pay', { issues: [pay], severity: 'P0', plain: 7 })
      s.problem('a page is broken', { issues: [page], severity: 'P1', plain: 46, within: 8 })
      for (const issue of small) s.problem(issue.errorClass, { issues: [issue], severity: 'P2' })
    },
  }),
  scenario({
    name: 'an-order-and-its-webhooks-are-lost',
    story: 'One order is lost, and so are the webhooks that tell of it. It is still an order: wake somebody.',
    lasts: 20,
    witnesses: ['polling', 'data-loss'],
    play(s) {
      const orders = s.project('orders')
      const lost = s.issue(orders, { errorClass: 'OrderNotPersisted', transaction: 'order.persist' })
      s.once(lost, 5, { handled: true, tags: { data_loss: 'true' } })
      s.trouble([0, 20], { dropped: 1 })
      s.problem('an order is lost', { issues: [lost], severity: 'P0', plain: 5 })
    },
  }),
  scenario({
    name: 'a-regression-is-lost',
    story: 'A fixed error is back for 160 people, and not a word of that arrives. The lead should hear all the same.',
    lasts: 100,
    witnesses: ['polling'],
    play(s) {
      const shop = s.project('shop')
      const page = s.issue(shop, { errorClass: 'ZoomError', transaction: '/zoom' })
      s.hurts(page, 10, [2, 12])
      s.resolves(page, 15)
      s.hurts(page, 160, [45, 90])
      s.trouble([40, 100], { dropped: 1 })
      s.problem('zooming fails again', { issues: [page], severity: 'P1', plain: 74, within: 8 })
    },
  }),
  scenario({
    name: 'sentrys-breaker-opens',
    story:
      'Sentry drops every webhook for a quarter of an hour, and in that time a release starts to crash for every third session. Nobody may sleep through that.',
    lasts: 60,
    witnesses: ['crash-free-monitored'],
    play(s) {
      const app = s.project('app')
      s.releases(app, -900, 'app@8.0')
      s.releases(app, 10, 'app@8.1')
      s.sessions(app, [-60, 10], { perMinute: 40, crashing: 0.003, release: 'app@8.0' })
      s.sessions(app, [10, 60], { perMinute: 40, crashing: 0.33, release: 'app@8.1' })
      const crash = s.issue(app, { errorClass: 'SegmentFault', transaction: 'main' })
      s.hurts(crash, 90, [10, 55])
      s.watchesCrashFree(app)
      s.trouble([9, 25], { dropped: 1 })
      const label = { issues: [crash], projects: [app], plain: 16, notBefore: 10 } as const
      s.problem('release 8.1 crashes', { ...label, severity: 'P0', lives: 1 })
    },
  }),
  scenario({
    name: 'found-before-it-was-told',
    story:
      'Webhooks are up to six minutes late; what was found meanwhile is told again by them. One problem, one page.',
    lasts: 45,
    witnesses: ['core-flow-failing'],
    play(s) {
      const shop = s.project('shop', { alerts: [{ name: 'Any', when: { on: 'every' }, frequency: 5 }] })
      const pay = s.issue(shop, { errorClass: 'PaymentError', transaction: '/checkout' })
      s.hurts(pay, 60, [5, 30])
      s.trouble([0, 45], { lateBySeconds: 360 })
      s.problem('nobody can pay', { issues: [pay], severity: 'P0', plain: 6, lives: 1 })
    },
  }),
  scenario({
    name: 'doubled-and-out-of-order',
    story:
      'Every webhook comes twice, each up to two minutes late, in no order. Payment fails: one page. A page was fixed: it stays resolved.',
    lasts: 50,
    witnesses: ['core-flow-failing'],
    play(s) {
      const alerts = [{ name: 'Any', when: { on: 'every' as const }, frequency: 5 }]
      const shop = s.project('shop', { alerts })
      const pay = s.issue(shop, { errorClass: 'PaymentError', transaction: '/checkout' })
      const page = s.issue(shop, { errorClass: 'BannerError', transaction: '/banner' })
      s.hurts(pay, 60, [5, 35])
      s.hurts(page, 10, [4, 20])
      s.resolves(page, 21)
      s.trouble([0, 50], { doubled: 1, lateBySeconds: 120 })
      s.problem('nobody can pay', { issues: [pay], severity: 'P0', plain: 6 })
      s.problem('a banner failed', { issues: [page], severity: 'P2', ends: 'resolved' })
    },
  }),
  scenario({
    name: 'restarted-in-the-middle',
    story:
      'The service restarts while people fail to pay, a few before and a few after. What was counted before is not forgotten: one page.',
    lasts: 30,
    witnesses: ['core-flow-failing'],
    play(s) {
      const shop = s.project('shop', { feed: true })
      const pay = s.issue(shop, { errorClass: 'PaymentError', transaction: '/checkout' })
      s.hurts(pay, 4, [8, 9.5])
      s.restart(9.6)
      s.hurts(pay, 4, [10, 11])
      s.problem('payment fails', { issues: [pay], severity: 'P0', plain: 10.5 })
    },
  }),
  scenario({
    name: 'forged',
    story: 'Somebody who does not know the secret posts a data loss and a crash. Nothing happened.',
    lasts: 15,
    play(s) {
      for (const [minute, name] of [
        [3, 'data-loss'],
        [4, 'payment-failure'],
        [5, 'crash-free-critical'],
      ] as const) {
        s.posts(minute, SAMPLES[name]?.resource ?? '', serialize(SAMPLES[name]?.build(Date.UTC(2026, 10, 23, 9))), true)
      }
    },
  }),
  scenario({
    name: 'shapes-nobody-knows',
    story:
      'Sentry posts what it never posted before, and garbage. It is kept for a person to look at, and alarms nobody.',
    lasts: 15,
    play(s) {
      s.posts(3, 'issue', '{"action":"created","data":{"issue":{}}}')
      s.posts(4, 'hologram', '{"action":"shimmered","data":{"colour":"teal"}}')
      s.posts(5, 'event_alert', 'no JSON at all')
      s.posts(6, 'event_alert', '{"action":"triggered","data":{"event":{"level":"fatal"}}}')
    },
  }),
  ...(['one', 'another'] as const).map(which =>
    scenario({
      name: `issue-4242-of-${which}-sentry`,
      story:
        which === 'one'
          ? 'Two Sentry organizations have an issue 4242 each. In this one nobody can pay.'
          : 'In the other one it is a small matter of three people, and it stays that.',
      lasts: 30,
      own: { skewMs: 0 },
      ...(which === 'one' ? { witnesses: ['core-flow-failing'] as const } : {}),
      play(s: Stage) {
        const shop = s.project('shop')
        const issue = s.issue(shop, { id: '4242', transaction: which === 'one' ? '/checkout' : '/imprint' })
        s.hurts(issue, which === 'one' ? 50 : 3, [5, 22])
        if (which === 'one') s.problem('nobody can pay', { issues: [issue], severity: 'P0', plain: 6 })
        else s.problem('an imprint fails', { issues: [issue], severity: 'P2' })
      },
    }),
  ),
]
