import { type Scenario, scenario } from '../story.ts'

/** What is resolved, archived, comes back, or only seems to. */
export const OVER_AGAIN: readonly Scenario[] = [
  scenario({
    name: 'regressed-after-a-release',
    story: 'Fixed, released, and back with the next release for 160 people: the same problem with its history.',
    lasts: 110,
    witnesses: ['many-users'],
    play(s) {
      const shop = s.project('shop')
      s.releases(shop, -900, 'shop@1.0')
      s.releases(shop, 20, 'shop@1.1')
      s.releases(shop, 50, 'shop@1.2')
      const page = s.issue(shop, { errorClass: 'PriceFormat', transaction: '/price' })
      s.hurts(page, 20, [2, 12])
      s.resolves(page, 14, 'shop@1.1')
      s.hurts(page, 160, [52, 100])
      s.problem('prices are wrong again', { issues: [page], severity: 'P1', plain: 88, within: 10, ends: 'open' })
    },
  }),
  scenario({
    name: 'stragglers-of-an-old-release',
    story:
      'Resolved in the next release; phones with the old one go on failing until they update. It stays resolved, nobody hears of it again.',
    lasts: 100,
    play(s) {
      const app = s.project('app')
      s.releases(app, -900, 'app@7.0')
      s.releases(app, 25, 'app@7.1')
      const crash = s.issue(app, { errorClass: 'DateParseError', transaction: '/calendar' })
      s.hurts(crash, 25, [2, 18])
      s.resolves(crash, 20, 'next')
      s.hurts(crash, 30, [22, 90], { release: 'app@7.0' })
      s.problem('the calendar is fixed', { issues: [crash], severity: 'P2', ends: 'resolved' })
    },
  }),
  scenario({
    name: 'a-late-word-after-the-resolve',
    story:
      'Somebody resolves an issue; an alert about an event from before that arrives a minute later. It stays resolved.',
    lasts: 40,
    play(s) {
      const shop = s.project('shop', { alerts: [{ name: 'Any error', when: { on: 'every' }, frequency: 5 }] })
      const page = s.issue(shop, { errorClass: 'AddressError', transaction: '/address' })
      s.hurts(page, 6, [3, 12])
      s.once(page, 14.9)
      s.resolves(page, 15)
      s.trouble([14.5, 15.2], { lateBySeconds: 90, only: ['event_alert.triggered'] })
      s.problem('addresses fail', { issues: [page], severity: 'P2', ends: 'resolved' })
    },
  }),
  scenario({
    name: 'rolled-back-and-resolved',
    story:
      'A release breaks a page for 200 people, is rolled back, and somebody resolves the issue. The lead heard of it; now it is over.',
    lasts: 80,
    witnesses: ['many-users'],
    play(s) {
      const shop = s.project('shop')
      s.releases(shop, -900, 'shop@4.0')
      s.releases(shop, 3, 'shop@4.1')
      s.releases(shop, 32, 'shop@4.0')
      const page = s.issue(shop, { errorClass: 'TemplateError', transaction: '/offers' })
      s.hurts(page, 200, [4, 32])
      s.resolves(page, 45)
      s.problem('offers are broken', { issues: [page], severity: 'P1', plain: 18, ends: 'resolved' })
    },
  }),
  scenario({
    name: 'archived-and-quiet',
    story:
      'The team knows of a failing sandbox login and archived it. Sentry still sends its error events; nobody wants to hear of it.',
    lasts: 60,
    play(s) {
      const auth = s.project('auth', { feed: true })
      const login = s.issue(auth, {
        errorClass: 'DemoAccountLocked',
        transaction: '/login',
        usual: { users: 10, days: 30 },
      })
      s.hurts(login, 2, [-40, -5])
      s.archives(login, 3)
      s.hurts(login, 60, [8, 58])
      s.problem('a demo account is locked', { issues: [login], severity: ['P2', 'P3', 'none'] })
    },
  }),
  scenario({
    name: 'archived-then-escalating',
    story:
      'Archived as harmless; an hour later it meets 250 people in half an hour and Sentry takes it out of the archive. The lead should hear.',
    lasts: 110,
    witnesses: ['many-users'],
    play(s) {
      const shop = s.project('shop')
      const page = s.issue(shop, { errorClass: 'MapTileError', transaction: '/stores' })
      s.hurts(page, 8, [2, 20])
      s.archives(page, 22)
      s.hurts(page, 250, [60, 95])
      s.escalates(page, 80)
      s.problem('the map fails for many', { issues: [page], severity: 'P1', plain: 81 })
    },
  }),
  scenario({
    name: 'unarchived',
    story: 'Archived too soon: somebody takes it out again while it meets 150 people an hour. The lead should hear.',
    lasts: 70,
    witnesses: ['many-users'],
    play(s) {
      const shop = s.project('shop')
      const page = s.issue(shop, { errorClass: 'VideoError', transaction: '/video' })
      s.hurts(page, 4, [2, 5])
      s.archives(page, 6)
      s.hurts(page, 150, [7, 62])
      s.unarchives(page, 55)
      s.problem('videos fail', { issues: [page], severity: 'P1', plain: 56 })
    },
  }),
  scenario({
    name: 'a-resolve-is-lost',
    story:
      'Somebody resolves an issue and the webhook never arrives. It is over all the same, and must not stay open here.',
    lasts: 50,
    witnesses: ['polling'],
    play(s) {
      const shop = s.project('shop')
      const page = s.issue(shop, { errorClass: 'CouponError', transaction: '/coupon' })
      s.hurts(page, 12, [3, 18])
      s.resolves(page, 22)
      s.assigns(page, 10, 'Marta Lindqvist')
      s.trouble([0, 50], { dropped: 1, only: ['issue.resolved'] })
      s.problem('coupons fail', { issues: [page], severity: 'P2', ends: 'resolved' })
    },
  }),
  scenario({
    name: 'paid-again-then-broken-again',
    story:
      'Payment breaks, is fixed and resolved, and breaks again an hour later: two nights, two pages, one incident with its history.',
    lasts: 110,
    witnesses: ['core-flow-failing'],
    play(s) {
      const shop = s.project('shop')
      const pay = s.issue(shop, { errorClass: 'GatewayTimeout', transaction: '/payment' })
      s.hurts(pay, 30, [3, 15])
      s.resolves(pay, 20)
      s.hurts(pay, 30, [85, 97])
      s.problem('payment breaks twice', { issues: [pay], severity: 'P0', plain: 4, pages: 2, ends: 'open' })
    },
  }),
]
