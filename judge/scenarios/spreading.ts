import { type Scenario, scenario } from '../story.ts'

/** Errors that many meet, or few meet often; and what grows while Sentry says nothing. */
export const SPREADING: readonly Scenario[] = [
  scenario({
    name: 'slow-burn',
    story:
      'An error spreads from 5 to 500 people an hour in three hours; Sentry tells of it once, at its first event. The lead wants to hear of it soon after it hurts more than a hundred an hour.',
    lasts: 190,
    witnesses: ['many-users', 'measuring-again'],
    play(s) {
      const shop = s.project('shop')
      const search = s.issue(shop, { errorClass: 'SearchTimeout', transaction: '/search' })
      s.spreads(search, [5, 500], [2, 182])
      s.problem('search fails for more and more', { issues: [search], severity: 'P1', plain: 70, within: 12 })
    },
  }),
  scenario({
    name: 'slow-burn-with-a-feed',
    story: 'The same, in a project that sends every error event.',
    lasts: 130,
    witnesses: ['many-users'],
    play(s) {
      const shop = s.project('shop', { feed: true })
      const search = s.issue(shop, { errorClass: 'FilterTimeout', transaction: '/filter' })
      s.spreads(search, [5, 300], [2, 122])
      s.problem('filters fail for more and more', { issues: [search], severity: 'P1', plain: 65, within: 12 })
    },
  }),
  scenario({
    name: 'many-after-a-release',
    story:
      'A TypeError since release 2.4.1: 320 people in 45 minutes see a broken page. The lead should hear of it within the hour.',
    lasts: 60,
    witnesses: ['many-users', 'measuring-again'],
    play(s) {
      const shop = s.project('shop')
      s.releases(shop, 2, 'web-shop@2.4.1')
      const cart = s.issue(shop, { transaction: '/cart/view' })
      s.hurts(cart, 320, [5, 50])
      s.problem('a page is broken', { issues: [cart], severity: 'P1', plain: 20 })
    },
  }),
  scenario({
    name: 'bot-storm',
    story: 'A crawler meets one broken page four thousand times; three addresses, no person. Nobody’s night.',
    lasts: 45,
    play(s) {
      const shop = s.project('shop')
      const page = s.issue(shop, { errorClass: 'BadFilterParameter', transaction: '/listing' })
      for (let n = 0; n < 4_000; n += 1) s.once(page, 3 + n / 130, { user: `bot-${n % 3}` })
      s.problem('a crawler runs wild', { issues: [page], severity: ['P2', 'P3'] })
    },
  }),
  scenario({
    name: 'chronic-as-ever',
    story:
      'An old error meets 150 people an hour, as it has for three months; an alert fires every half hour. Everybody knows.',
    lasts: 120,
    witnesses: ['only-new-or-growing'],
    play(s) {
      const shop = s.project('shop', { alerts: [{ name: 'Any error', when: { on: 'every' }, frequency: 30 }] })
      const old = s.issue(shop, { errorClass: 'ImageMissing', usual: { users: 150, days: 90 } })
      s.spreads(old, [150, 150], [-60, 118])
      s.problem('images are missing, as ever', { issues: [old], severity: ['P2', 'P3'] })
    },
  }),
  scenario({
    name: 'chronic-and-doubling',
    story: 'The same old error suddenly meets three times as many. Something has changed: the lead should know.',
    lasts: 130,
    witnesses: ['many-users', 'baseline'],
    play(s) {
      const shop = s.project('shop', { alerts: [{ name: 'Any error', when: { on: 'every' }, frequency: 30 }] })
      const old = s.issue(shop, { errorClass: 'ImageBroken', usual: { users: 110, days: 90 } })
      s.spreads(old, [110, 110], [-60, 40])
      s.spreads(old, [350, 350], [40, 125])
      s.problem('images break for many more', { issues: [old], severity: 'P1', plain: 80, within: 15 })
    },
  }),
  scenario({
    name: 'exactly-a-hundred',
    story: 'A hundred people in an hour, and not one more. By the table that is still the same business day.',
    lasts: 75,
    witnesses: ['strictness'],
    play(s) {
      const shop = s.project('shop')
      const page = s.issue(shop, { errorClass: 'RenderError', transaction: '/wishlist' })
      s.hurts(page, 100, [3, 60])
      s.problem('a hundred people', { issues: [page], severity: 'P2' })
    },
  }),
  scenario({
    name: 'fades-and-returns',
    story:
      'An error meets 130 people in forty minutes, nobody for an hour and a half, and then 130 others. One problem, told once each time it hurts, never a page.',
    lasts: 190,
    witnesses: ['many-users'],
    play(s) {
      const shop = s.project('shop')
      const page = s.issue(shop, { errorClass: 'CacheMiss', transaction: '/recommendations' })
      s.hurts(page, 130, [3, 43])
      s.hurts(page, 130, [135, 175])
      s.problem('recommendations come and go', { issues: [page], severity: 'P1', plain: 40, within: 10 })
    },
  }),
  scenario({
    name: 'many-small-troubles',
    story: 'Twenty-five different small errors in an hour, a few people each. A busy morning for the channel, no page.',
    lasts: 70,
    play(s) {
      const shop = s.project('shop')
      for (let n = 0; n < 25; n += 1) {
        const issue = s.issue(shop, { errorClass: `Widget${n}Error`, transaction: `/widget/${n}` })
        s.hurts(issue, 3 + (n % 8), [2 + n * 2, 60])
        s.problem(`widget ${n}`, { issues: [issue], severity: 'P2' })
      }
    },
  }),
  scenario({
    name: 'a-workaround-exists',
    story: 'An export button fails for 200 people; support tells them the other button. The same day is early enough.',
    lasts: 60,
    witnesses: ['cap-workaround'],
    play(s) {
      const shop = s.project('shop')
      const button = s.issue(shop, { errorClass: 'ExportButtonError', transaction: '/reports' })
      s.hurts(button, 200, [3, 50], { tags: { workaround: 'true' } })
      s.problem('a button fails', { issues: [button], severity: 'P2' })
    },
  }),
  scenario({
    name: 'a-flood-of-warnings',
    story: 'A deprecation warning for 400 people. Nothing is broken.',
    lasts: 60,
    witnesses: ['cap-warning'],
    play(s) {
      const shop = s.project('shop')
      const warning = s.issue(shop, { errorClass: 'DeprecationWarning', level: 'warning' })
      s.hurts(warning, 400, [3, 50], { handled: true })
      s.problem('a deprecation', { issues: [warning], severity: ['P2', 'P3'] })
    },
  }),
  scenario({
    name: 'a-cosmetic-message',
    story: 'An info message that sixty people caused and nobody saw. Next sprint.',
    lasts: 60,
    witnesses: ['cosmetic'],
    play(s) {
      const shop = s.project('shop')
      const info = s.issue(shop, { errorClass: 'LayoutShift', level: 'info' })
      s.hurts(info, 60, [3, 50], { handled: true })
      s.problem('a layout shifts', { issues: [info], severity: 'P3' })
    },
  }),
  scenario({
    name: 'staging-is-on-fire',
    story: 'A load test breaks the checkout of staging for 400 robots. Next sprint.',
    lasts: 40,
    witnesses: ['outside-production'],
    play(s) {
      const shop = s.project('shop')
      const pay = s.issue(shop, { errorClass: 'PaymentError', transaction: '/checkout/pay' })
      s.hurts(pay, 400, [3, 33], { environment: 'staging' })
      s.problem('staging burns', { issues: [pay], severity: 'P3' })
    },
  }),
  scenario({
    name: 'from-staging-to-production',
    story:
      'Seen in staging first and left alone; half an hour later it is live and meets 160 people. Sentry says nothing more: the issue is old news to it.',
    lasts: 90,
    witnesses: ['many-users', 'production'],
    play(s) {
      const shop = s.project('shop')
      const page = s.issue(shop, { errorClass: 'HydrationError', transaction: '/home' })
      s.hurts(page, 5, [2, 12], { environment: 'staging' })
      s.hurts(page, 160, [32, 72])
      s.problem('it has reached production', { issues: [page], severity: 'P1', plain: 60, within: 10 })
    },
  }),
  scenario({
    name: 'chatter',
    story:
      'What every morning brings: dozens of small errors of one to four people, info messages, staging. Nobody is ever to be paged for any of it.',
    lasts: 180,
    play(s) {
      for (const name of ['blog', 'admin', 'mail']) {
        const project = s.project(name)
        for (let n = 0; n < 12; n += 1) {
          const level = n % 4 === 3 ? 'info' : 'error'
          const issue = s.issue(project, { errorClass: `Odd${name}${n}`, transaction: `/${name}/${n}`, level })
          s.hurts(issue, 1 + (n % 4), [1 + n * 13, 14 + n * 14], n % 5 === 4 ? { environment: 'staging' } : {})
        }
      }
    },
  }),
]
