import { type Scenario, scenario } from '../story.ts'

/** Payments and sign-in fail, or seem to; and data is lost. */
export const CORE_FLOWS: readonly Scenario[] = [
  scenario({
    name: 'checkout-fails-for-everybody',
    story: 'Nobody can pay any more: three buyers a minute, all of them turned away. Wake somebody.',
    lasts: 40,
    witnesses: ['core-flow-failing', 'core-flows', 'measuring-again'],
    play(s) {
      const shop = s.project('shop')
      const pay = s.issue(shop, { errorClass: 'PaymentProcessingError', transaction: '/checkout/pay' })
      s.hurts(pay, 60, [5, 25])
      s.problem('nobody can pay', { issues: [pay], severity: 'P0', plain: 6 })
    },
  }),
  scenario({
    name: 'login-fails-for-four',
    story: 'Four people in half an hour could not sign in and went on. Worth a look today, worth nobody’s sleep.',
    lasts: 40,
    play(s) {
      const auth = s.project('auth')
      const login = s.issue(auth, { errorClass: 'SessionExpired', transaction: '/login' })
      s.hurts(login, 4, [3, 33])
      s.problem('a few could not sign in', { issues: [login], severity: 'P2' })
    },
  }),
  scenario({
    name: 'guests-at-checkout',
    story:
      'The shop sells to guests: forty purchases fail in ten minutes, and Sentry knows no user of any of them. Wake somebody.',
    lasts: 30,
    witnesses: ['core-flow-failing', 'core-flows'],
    play(s) {
      const shop = s.project('shop')
      const pay = s.issue(shop, { errorClass: 'CardDeclinedByBug', transaction: '/checkout/guest' })
      s.fails(pay, 40, [4, 14])
      s.problem('guests cannot pay', { issues: [pay], severity: 'P0', plain: 5 })
    },
  }),
  scenario({
    name: 'two-core-flows-at-once',
    story:
      'Payment breaks, and ten minutes later sign-in breaks for a reason of its own. Two people may have to work on it: two pages.',
    lasts: 40,
    witnesses: ['core-flow-failing'],
    play(s) {
      const shop = s.project('shop')
      const pay = s.issue(shop, { errorClass: 'PaymentGatewayError', transaction: '/payment/confirm' })
      const login = s.issue(shop, { errorClass: 'TokenSignatureError', transaction: '/auth/login' })
      s.hurts(pay, 50, [3, 23])
      s.hurts(login, 50, [13, 33])
      s.problem('nobody can pay', { issues: [pay], severity: 'P0', plain: 4 })
      s.problem('nobody can sign in', { issues: [login], severity: 'P0', plain: 14 })
    },
  }),
  scenario({
    name: 'payment-provider-down',
    story:
      'The payment provider is down. Every step of the checkout fails in its own way, three issues at once: one cause, one page.',
    lasts: 40,
    witnesses: ['core-flow-failing', 'core-flows'],
    play(s) {
      const shop = s.project('shop')
      const steps = ['/checkout/quote', '/checkout/pay', '/checkout/confirm'].map(transaction =>
        s.issue(shop, {
          errorClass: 'ServiceUnavailable',
          message: `provider answers 503 at ${transaction}`,
          transaction,
        }),
      )
      for (const step of steps) s.hurts(step, 30, [5, 25])
      s.problem('the provider is down', { issues: steps, severity: 'P0', plain: 6 })
    },
  }),
  scenario({
    name: 'payment-tried-again',
    story: 'A payment call fails, the shop catches it, tries again and succeeds. Thirty buyers noticed nothing.',
    lasts: 40,
    play(s) {
      const shop = s.project('shop')
      const retry = s.issue(shop, { errorClass: 'RetriedRequest', transaction: '/payment/charge' })
      s.hurts(retry, 30, [4, 34], { handled: true })
      s.problem('payments are tried twice', { issues: [retry], severity: ['P2', 'P3'] })
    },
  }),
  scenario({
    name: 'an-order-is-lost',
    story: 'One order was charged and never written. Every minute may lose another: wake somebody for one event.',
    lasts: 15,
    witnesses: ['data-loss'],
    play(s) {
      const orders = s.project('orders')
      const lost = s.issue(orders, { errorClass: 'OrderNotPersisted', transaction: 'order.persist' })
      s.once(lost, 5, { handled: true, tags: { data_loss: 'true' } })
      s.problem('an order is lost', { issues: [lost], severity: 'P0', plain: 5 })
    },
  }),
  scenario({
    name: 'data-lost-in-staging',
    story: 'A test of data loss in staging. Nobody’s data: no page.',
    lasts: 15,
    witnesses: ['outside-production'],
    play(s) {
      const orders = s.project('orders')
      const lost = s.issue(orders, { errorClass: 'OrderNotPersisted', transaction: 'order.persist' })
      s.once(lost, 5, { environment: 'staging', tags: { data_loss: 'true' } })
      s.problem('a drill in staging', { issues: [lost], severity: 'P3' })
    },
  }),
  scenario({
    name: 'checkout-without-environment',
    story: 'The SDK names no environment; it is the live shop all the same, and nobody can pay.',
    lasts: 25,
    witnesses: ['core-flow-failing'],
    play(s) {
      const shop = s.project('shop')
      const pay = s.issue(shop, { errorClass: 'PaymentError', transaction: '/checkout' })
      s.hurts(pay, 45, [4, 19], { environment: null })
      s.problem('nobody can pay', { issues: [pay], severity: 'P0', plain: 5 })
    },
  }),
  scenario({
    name: 'checkout-failures-of-this-night',
    story:
      'Phones that were offline upload forty failed checkouts of five hours ago, all at once. It is over: nobody is to be woken.',
    lasts: 30,
    play(s) {
      const shop = s.project('shop', { feed: true })
      const pay = s.issue(shop, { errorClass: 'PaymentError', transaction: '/checkout' })
      for (let n = 0; n < 40; n += 1) s.once(pay, 6 + n / 40, { happenedAgo: 300 + n / 10 })
      s.problem('failures of this night', { issues: [pay], severity: ['P2', 'P3'] })
    },
  }),
  scenario({
    name: 'a-backend-job-fails',
    story:
      'An export job fails every two minutes. No user is named and nobody knows whom it hurts: today, not tonight.',
    lasts: 60,
    play(s) {
      const jobs = s.project('jobs')
      const job = s.issue(jobs, { errorClass: 'ExportFailed', transaction: 'jobs.export' })
      s.fails(job, 25, [5, 55])
      s.problem('an export fails', { issues: [job], severity: 'P2' })
    },
  }),
]
