import type { Clock } from '../platform/clock.ts'
import { SAMPLE_ISSUES } from './samples/sample.ts'
import type { StandInIssue, StandInProject, StandInWorld } from './sentry-world.ts'

const MINUTE_MS = 60_000

/**
 * What the stand-in for Sentry knows of the samples' issues and projects, so that each lands where its line says.
 * Ages are counted from now: a sandbox that runs for days shows the same as a fresh one.
 */
export function sandboxWorld(clock: Clock): Pick<StandInWorld, 'issues' | 'projects' | 'environments'> {
  const issue = (minutesOld: number, known: StandInIssue): StandInIssue => ({
    ...known,
    get firstSeen() {
      return clock.now() - minutesOld * MINUTE_MS
    },
  })
  return { issues: issuesOf(issue), projects: PROJECTS, environments: ['production', 'staging'] }
}

function issuesOf(issue: (minutesOld: number, known: StandInIssue) => StandInIssue): Record<string, StandInIssue> {
  return {
    // 200 events in 5 minutes, all of them at the checkout: P0.
    [SAMPLE_ISSUES.payment]: issue(6, {
      project: 'payments-api',
      title: 'PaymentProcessingError: Stripe webhook: malformed payload, field "amount" is missing',
      ...{ users: 148, events: 212, recentUsers: 141, recentEvents: 200 },
      owners: [{ type: 'ownershipRule', owner: 'team:payments' }],
    }),
    [SAMPLE_ISSUES.geocoding]: issue(50, {
      project: 'web-shop',
      title: 'ServiceUnavailableError: geocoding.example.net answered 503',
      isUnhandled: false,
      ...{ users: 40, events: 96 },
    }),
    [SAMPLE_ISSUES.typeError]: issue(45, {
      project: 'web-shop',
      title: "TypeError: Cannot read properties of undefined (reading 'displayPrice')",
      ...{ users: 320, events: 412 },
      owners: [{ type: 'ownershipRule', owner: 'team:web' }],
      latest: {
        release: 'v2.4.1',
        transaction: '/products/:id',
        errorClass: 'TypeError',
        message: "Cannot read properties of undefined (reading 'displayPrice')",
        frame: { file: 'src/products/price-tag.tsx', function: 'PriceTag', line: 17 },
      },
    }),
    [SAMPLE_ISSUES.dataLoss]: issue(1, {
      project: 'orders-api',
      title: 'OrderNotPersisted: order was charged but not written',
      isUnhandled: false,
      ...{ users: 1, events: 1 },
    }),
    // Nothing in production, however much staging has: P3.
    [SAMPLE_ISSUES.staging]: issue(180, {
      project: 'web-shop',
      title: 'TypeError: fixture is missing',
      environment: 'staging',
      ...{ users: 3, events: 640 },
      latest: { environment: 'staging', message: 'fixture is missing' },
    }),
    // Nobody is logged in while a job or a probe runs: events without users.
    [SAMPLE_ISSUES.cron]: issue(2, { project: 'web-shop', ...{ users: 0, events: 1 } }),
    [SAMPLE_ISSUES.uptime]: issue(2, { project: 'web-shop', ...{ users: 0, events: 2 } }),
    [SAMPLE_ISSUES.metric]: issue(1, { project: 'web-shop', ...{ users: 0, events: 1 } }),
    [SAMPLE_ISSUES.feedback]: issue(1, { project: 'web-shop', ...{ users: 1, events: 1 } }),
    [SAMPLE_ISSUES.chosen]: issue(30, {
      project: 'web-shop',
      title: 'InvoiceNumberError: invoice number was given twice',
      isUnhandled: false,
      ...{ users: 3, events: 4 },
    }),
    [SAMPLE_ISSUES.ceiling]: issue(30, {
      project: 'web-shop',
      title: 'ArchiveTimeout: archiving took longer than 30 s',
      ...{ users: 160, events: 210 },
    }),
    [SAMPLE_ISSUES.nonAscii]: issue(20, {
      project: 'web-shop',
      title: 'FehlerBeimBezahlen: Überweisung fehlgeschlagen: „Straße“ 住所 🛒',
      ...{ users: 7, events: 9 },
    }),
  }
}

/** Most samples live in `web-shop`: it has to be well, or its project incident would speak for all of them. */
const PROJECTS: Record<string, StandInProject> = {
  'web-shop': {
    sessions: [
      { healthy: 30_950, crashed: 60, errored: 190, release: 'v2.4.1' },
      { healthy: 16_700, crashed: 20, errored: 80, release: 'web-shop@2.4.0' },
    ],
    releases: ['v2.4.1', 'web-shop@2.4.0'],
    unhandled: [6, 9, 8, 7, 11, 9, 10, 8, 9, 7, 12],
  },
  // Crash-free at 91 % of 1,200 sessions, and 40 crashes a minute.
  'payments-api': {
    sessions: [{ healthy: 1_080, crashed: 108, errored: 12, release: 'payments-api@3.18.0' }],
    releases: ['payments-api@3.18.0'],
    unhandled: [0, 0, 0, 1, 0, 2, 38, 41, 40, 42, 39],
  },
  'orders-api': {
    sessions: [{ healthy: 4_210, crashed: 8, errored: 31, release: 'orders-api@1.9.2' }],
    releases: ['orders-api@1.9.2'],
    unhandled: [0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0],
  },
  // As its metric alert says: 88.4 %.
  'kiosk-app': {
    sessions: [{ healthy: 8_840, crashed: 1_160, release: 'kiosk-app@1.4.0' }],
    releases: ['kiosk-app@1.4.0'],
    unhandled: [90, 95, 91, 88, 93, 97, 92, 96, 90, 94, 95],
  },
  // As its metric alert says: 91.2 %.
  'mobile-app': {
    sessions: [{ healthy: 21_000, crashed: 2_112, errored: 888, release: 'mobile-app@7.2.0' }],
    releases: ['mobile-app@7.2.0', 'mobile-app@7.1.3'],
    unhandled: [180, 176, 190, 185, 188, 179, 192, 184, 187, 181, 190],
  },
}
