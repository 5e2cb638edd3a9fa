import type { Destination, DestinationSecret } from '../../src/deliver/destination.ts'
import type { Notification } from '../../src/deliver/notification.ts'
import type { Message } from '../../src/deliver/notifier.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { NO_ISSUE_IMPACT } from '../../src/measure/impact.ts'

const AT = Date.UTC(2026, 10, 2, 9, 30)

/** An issue incident with everything on it: P1, 320 users. */
export function sampleIncident(change: Partial<Incident> = {}): Incident {
  return {
    version: 1,
    id: 'inc_0123456789abcdef0123',
    key: 'v1:issue:default:4711',
    kind: 'issue',
    source: 'default',
    status: 'triggered',
    severity: 'P1',
    generation: 1,
    rev: 3,
    title: "TypeError: Cannot read properties of undefined (reading 'total')",
    project: 'web',
    environment: 'production',
    release: 'v2.4.1',
    level: 'error',
    culprit: 'POST /cart',
    transaction: '/cart',
    errorClass: 'TypeError',
    frame: { file: 'src/cart.ts', function: 'sumUp', line: 42 },
    tags: { browser: 'Firefox' },
    coreFlow: 'checkout',
    issue: '4711',
    shortId: 'WEB-7',
    links: {
      sentry: 'https://acme.sentry.io/issues/4711/',
      event: 'https://acme.sentry.io/issues/4711/events/abc/',
      replay: 'https://acme.sentry.io/replays/r1/',
    },
    owner: { type: 'team', id: '7', name: 'cart' },
    ownerSetAt: null,
    verdict: {
      severity: 'P1',
      rule: 'many-users',
      cap: null,
      reason: 'A new issue affects 320 users in the last hour, more than 100.',
      evidence: [{ field: 'users', says: '320 users in the last hour (Sentry)', value: 320, source: 'sentry', at: AT }],
      degraded: false,
      gaps: [],
      at: AT,
      revision: 1,
    },
    impact: {
      production: {
        ...NO_ISSUE_IMPACT,
        users: { value: 320, source: 'sentry', at: AT, windowSeconds: 3600 },
        events: { value: 900, source: 'windows', at: AT, windowSeconds: 3600 },
      },
    },
    projectImpact: null,
    causes: {},
    suspects: [],
    linked: [],
    muted: null,
    quiet: null,
    storm: null,
    escalations: [],
    firstSeen: AT - 60_000,
    openedAt: AT,
    updatedAt: AT,
    lastSignalAt: AT,
    lastEventAt: AT,
    lastEventRelease: 'v2.4.1',
    lastUnresolvedAt: null,
    acknowledgedAt: null,
    resolvedAt: null,
    resolvedBy: null,
    resolvedInRelease: null,
    signals: 3,
    feedback: 0,
    chosen: null,
    calmSince: null,
    faded: null,
    acknowledgedBy: null,
    answeredIn: null,
    pinned: null,
    silenced: null,
    workaround: null,
    noise: null,
    archived: 0,
    resolvers: [],
    stepAt: null,
    toldUsers: null,
    remeasureAt: null,
    remeasured: 0,
    ...change,
  }
}

/** A project incident: crash-free at 90 % of 1,200 sessions, two suspects. */
export function sampleProjectIncident(change: Partial<Incident> = {}): Incident {
  const issue = sampleIncident()
  return sampleIncident({
    id: 'inc_aaaaaaaaaaaaaaaaaaaa',
    key: 'v1:project:default:web',
    kind: 'project',
    severity: 'P0',
    title: 'Crash-free rate of web',
    issue: null,
    shortId: null,
    frame: null,
    links: { sentry: null, event: null, replay: null },
    verdict: {
      ...issue.verdict,
      severity: 'P0',
      reason: 'Crash-free sessions are below 95 %.',
      evidence: [
        {
          field: 'crashFree',
          says: 'crash-free sessions 90.0 % of 1,200 (production), threshold below 95 %',
          value: 90,
          source: 'sentry',
          at: AT,
        },
      ],
    },
    impact: {},
    projectImpact: {
      crashFree: [{ percent: 90, sessions: 1200, scope: 'production', release: null, source: 'sentry', at: AT }],
      unhandledPerMinute: null,
      crashing: true,
    },
    suspects: [
      {
        incident: 'inc_b',
        issue: '1',
        title: 'PaymentProcessingError',
        link: 'https://acme.sentry.io/issues/1/',
        events: 200,
        users: 80,
        coreFlow: 'payments',
      },
      { incident: 'inc_c', issue: '2', title: 'RangeError', link: null, events: 12, users: null, coreFlow: null },
    ],
    ...change,
  })
}

export function sampleNotification(change: Partial<Notification> = {}): Notification {
  return {
    id: 'n-0123456789abcdef0123-0123456789ab',
    incident: 'inc_0123456789abcdef0123',
    generation: 1,
    seq: 1,
    kind: 'open',
    destination: 'somewhere',
    mention: null,
    step: 0,
    severity: 'P1',
    status: 'sending',
    reason: 'a new issue affects 320 users',
    owedAt: AT,
    retriedAt: null,
    causedAt: AT,
    notBefore: 0,
    settledAt: null,
    attempts: 1,
    leaseUntil: null,
    ambiguous: false,
    firstFailedAt: null,
    error: null,
    reference: null,
    instead: null,
    write: null,
    fellBack: false,
    ...change,
  }
}

/** A message to that destination, now. */
export function sampleMessage(
  to: { destination: Destination; secret: DestinationSecret },
  notification: Partial<Notification> = {},
  change: Partial<Message> = {},
): Message {
  return {
    notification: sampleNotification({ destination: to.destination.id, ...notification }),
    incident: sampleIncident(),
    destination: to.destination,
    secret: to.secret,
    reference: null,
    references: [],
    incidentUrl: 'https://tocsin.example/incidents/inc_0123456789abcdef0123',
    now: AT + 1_000,
    ...change,
  }
}

export { AT }
