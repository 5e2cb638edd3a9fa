import { errorCreated, eventAlert, eventPayload } from './event-payload.ts'
import { CRASH_FREE_SESSIONS, type MetricAlertOptions, metricAlert } from './metric-alert-payload.ts'
import { metricEvidence, occurrence } from './occurrence-payload.ts'
import { SAMPLE_ISSUES as ISSUES, type Sample } from './sample.ts'

const paymentEvent = (now: number) =>
  eventPayload({
    now,
    issue: ISSUES.payment,
    errorClass: 'PaymentProcessingError',
    message: 'Stripe webhook: malformed payload, field "amount" is missing',
    project: 'payments-api',
    transaction: 'POST /checkout/pay',
    release: 'payments-api@3.18.0',
    tags: { core_flow: 'payments' },
    frame: { file: 'src/stripe/webhook-handler.ts', function: 'readCharge', line: 88 },
    replay: 'a3f0c5d27e9b4b16bd5f8c2710e4a6b9',
  })

const geocodingEvent = (now: number) =>
  eventPayload({
    now,
    issue: ISSUES.geocoding,
    errorClass: 'ServiceUnavailableError',
    message: 'geocoding.example.net answered 503',
    transaction: 'GET /stores/nearby',
    handled: true,
    frame: { file: 'src/geocoding/client.ts', function: 'locate', line: 31 },
  })

const typeErrorEvent = (now: number) =>
  eventPayload({
    now,
    issue: ISSUES.typeError,
    errorClass: 'TypeError',
    message: "Cannot read properties of undefined (reading 'displayPrice')",
    transaction: '/products/:id',
    release: 'v2.4.1',
    frame: { file: 'src/products/price-tag.tsx', function: 'PriceTag', line: 17 },
  })

const crashFree = (now: number, action: MetricAlertOptions['action'], percent: string) =>
  metricAlert({
    now,
    action,
    rule: '4021',
    name: 'Crash-free sessions below 95 %',
    aggregate: CRASH_FREE_SESSIONS,
    window: 60,
    said: `${percent}% sessions crash free rate`,
    direction: 'below',
    critical: 95,
    warning: 97,
    project: 'mobile-app',
  })

/** Samples that carry an alert: a page, a post or a backlog entry may come of them. */
export const ALERT_SAMPLES: Readonly<Record<string, Sample>> = {
  'payment-failure': {
    about: 'PaymentProcessingError on the checkout flow (event_alert). P0 once it hits several users: pages.',
    resource: 'event_alert',
    build: now => eventAlert(paymentEvent(now), 'Checkout is failing'),
  },
  'service-unavailable': {
    about: 'ServiceUnavailableError from a geocoding API, 40 users an hour. P2: #alerts-production.',
    resource: 'event_alert',
    build: now => eventAlert(geocodingEvent(now), 'Upstream errors'),
  },
  'type-error-after-release': {
    about: 'TypeError right after release v2.4.1, 320 users in 45 minutes. P1: #incidents with the team lead.',
    resource: 'event_alert',
    build: now => eventAlert(typeErrorEvent(now), 'New issue in production'),
  },
  'crash-free-critical': {
    about: 'Crash-free sessions fell to 91.2 % (metric_alert.critical). P0: pages at once, without asking Sentry.',
    resource: 'metric_alert',
    build: now => crashFree(now, 'critical', '91.2'),
  },
  'crash-free-warning': {
    about: 'Crash-free sessions at 96.4 % (metric_alert.warning).',
    resource: 'metric_alert',
    build: now => crashFree(now, 'warning', '96.4'),
  },
  'crash-free-resolved': {
    about: 'The crash-free rate has recovered (metric_alert.resolved). Resolves the page.',
    resource: 'metric_alert',
    build: now => crashFree(now, 'resolved', '99.1'),
  },
  'unhandled-spike': {
    about: '1,240 unhandled errors in a minute (metric_alert.critical). P0: pages at once.',
    resource: 'metric_alert',
    build: now =>
      metricAlert({
        now,
        action: 'critical',
        rule: '4022',
        name: 'Unhandled errors per minute',
        aggregate: 'count()',
        query: 'error.unhandled:true',
        window: 1,
        said: '1240 events',
        direction: 'above',
        critical: 500,
      }),
  },
  'error-rate-critical': {
    about: 'Any other metric alert: 4,180 users saw an error in an hour (metric_alert.critical).',
    resource: 'metric_alert',
    build: now =>
      metricAlert({
        now,
        action: 'critical',
        rule: '4023',
        name: 'Users seeing errors',
        aggregate: 'count_unique(user)',
        query: 'level:error',
        window: 60,
        said: '4180 users affected',
        direction: 'above',
        critical: 1000,
        settings: [{ name: 'note', value: 'Ask the platform team first.' }],
      }),
  },
  'metric-issue': {
    about: 'The issue that the monitor of "error-rate-critical" opens (event_alert): the same incident.',
    resource: 'event_alert',
    build: now => {
      const condition = { type: 'gt' as const, comparison: 1000 }
      const monitor = { alert: 4023, detector: 771, aggregate: 'count_unique(user)', windowSeconds: 3600 }
      const evidenceData = metricEvidence({ ...monitor, query: 'level:error', value: 4180, condition })
      const subtitle = 'Critical: Number of users affected in the last 1 hour above 1000'
      const breach = occurrence({ now, type: 8001, title: 'Users seeing errors', subtitle, evidenceData })
      const about = { errorClass: 'Users seeing errors', message: subtitle, user: null, handled: null }
      return eventAlert(eventPayload({ now, issue: ISSUES.metric, ...about, occurrence: breach }), 'Monitors')
    },
  },
  'data-loss': {
    about: 'One event with the tag data_loss (event_alert). P0 on a single event: pages at once.',
    resource: 'event_alert',
    build: now => {
      const about = { errorClass: 'OrderNotPersisted', message: 'order was charged but not written', handled: true }
      const where = { project: 'orders-api', transaction: 'order.persist', tags: { data_loss: 'true' } }
      return eventAlert(eventPayload({ now, issue: ISSUES.dataLoss, ...about, ...where }), 'Data loss')
    },
  },
  'staging-only': {
    about: 'An error that only staging has (event_alert). P3: backlog.',
    resource: 'event_alert',
    build: now =>
      eventAlert(
        eventPayload({ now, issue: ISSUES.staging, environment: 'staging', message: 'fixture is missing' }),
        'All',
      ),
  },
  'cron-failure': {
    about: 'A scheduled job did not check in (event_alert). No users to count: judged as unknown, at least P2.',
    resource: 'event_alert',
    build: now => {
      const subtitle = 'Your monitor has reached its failure threshold.'
      const evidenceDisplay = [{ name: 'Failure reason', value: '1 missed check-in', important: true }]
      const missed = occurrence({
        now,
        type: 4001,
        title: 'Monitor failure: nightly-invoices',
        subtitle,
        evidenceDisplay,
      })
      const contexts = { monitor: { id: 'b0a4d4c2', slug: 'nightly-invoices', status: 'error' } }
      const about = { errorClass: 'Monitor failure: nightly-invoices', message: subtitle, user: null, handled: null }
      const tags = { 'monitor.slug': 'nightly-invoices' }
      return eventAlert(
        eventPayload({ now, issue: ISSUES.cron, ...about, tags, contexts, occurrence: missed }),
        'Crons',
      )
    },
  },
  'uptime-failure': {
    about: 'The shop does not answer (event_alert from an uptime monitor). At least P1.',
    resource: 'event_alert',
    build: now => {
      const title = 'Downtime detected for https://shop.example.com/health'
      const evidenceData = { detectorId: 812 }
      const down = occurrence({ now, type: 7001, title, subtitle: 'Your monitored domain is down', evidenceData })
      const about = { errorClass: title, message: 'HTTP 502', user: null, handled: null, release: null }
      return eventAlert(eventPayload({ now, issue: ISSUES.uptime, ...about, occurrence: down }), 'Uptime')
    },
  },
  'error-created': {
    about: 'One error event of the checkout flow (error.created). Only counted, until it makes a threshold fall.',
    resource: 'error',
    build: now => errorCreated(paymentEvent(now)),
  },
  'non-ascii': {
    about: 'Text outside ASCII and 60.0 for a number (event_alert): the signature holds over the raw bytes.',
    resource: 'event_alert',
    build: now => {
      const about = { errorClass: 'FehlerBeimBezahlen', message: 'Überweisung fehlgeschlagen: „Straße“ 住所 🛒' }
      return eventAlert(eventPayload({ now, issue: ISSUES.nonAscii, ...about }), 'Größere Störung')
    },
  },
}
