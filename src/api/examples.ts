import type { SeverityRule } from '../classify/severity-rule.ts'
import type { BacklogEntry } from '../deliver/backlog-entry.ts'
import type { Notification } from '../deliver/notification.ts'
import type { Incident, TimelineEntry } from '../incidents/incident.ts'
import type { Inhibition } from '../mute/inhibition.ts'
import type { MaintenanceWindow } from '../mute/maintenance-window.ts'
import type { Policy, Route } from '../route/escalation-table.ts'
import type { RulesDocument } from '../rules/rules-document.ts'
import { settingsSchema } from '../rules/rules-document.ts'
import type { DeliveryRecord } from '../signals/delivery.ts'
import type { QuarantineEntry } from '../signals/quarantine.ts'
import type { JudgedBreadth, ShownSilence } from './operations.ts'

/** One story for every example in openapi.yaml: a TypeError after release v2.4.1 hurts 320 users. */
const AT = Date.UTC(2026, 10, 5, 14, 3, 10)
const INCIDENT = 'inc_3f9a1c5e7b2d48a06c91'
const NOTIFICATION = 'n-8d1f0c2b4a6e9371'
export const EXAMPLE_AT = AT

export const exampleSeverityRule: SeverityRule = {
  id: 'many-users',
  name: 'More than 100 users in an hour',
  about: 'issue',
  effect: 'severity',
  severity: 'P1',
  when: { field: 'users-per-hour', op: '>', value: 100 },
  until: { field: 'users-per-hour', op: '<=', value: 50 },
  enabled: true,
}

export const exampleRoute: Route = {
  id: 'payments',
  name: 'Payments pages the payments team',
  when: {
    all: [
      { field: 'project', op: '=', value: 'payments' },
      { field: 'severity', op: 'in', value: ['P0', 'P1'] },
    ],
  },
  policy: 'page-now',
  continue: false,
  during: null,
}

export const examplePolicy: Policy = {
  id: 'page-now',
  name: 'Page, then tell the channel',
  responseTime: 'PT15M',
  steps: [
    { after: 'PT0S', within: 'always', targets: [{ destination: 'pagerduty-oncall', mention: null }] },
    { after: 'PT15M', within: 'always', targets: [{ destination: 'slack-incidents', mention: 'here' }] },
  ],
  repeat: { times: 2, after: 'PT30M', within: 'always' },
  hours: null,
  staleAfter: 'PT4H',
  whenCalm: { after: 'PT4H', tell: 'everything' },
}

export const exampleDocument: RulesDocument = {
  production: ['production', 'prod', 'live'],
  coreFlows: [{ id: 'checkout', transactions: ['*checkout*'], tags: [], projects: [] }],
  severityRules: [exampleSeverityRule],
  policies: [examplePolicy],
  routes: [
    exampleRoute,
    { id: 'everything-else', name: 'Everything else', when: null, policy: 'page-now', continue: false, during: null },
  ],
  people: [
    {
      name: 'Marta Lindqvist',
      slack: 'U024BE7LH',
      pagerduty: 'PXPGF42',
      sentry: '4711',
      email: 'marta@northwind.example',
    },
  ],
  maintenance: [],
  inhibitions: [],
  settings: settingsSchema.parse({}),
}

export const exampleMaintenance: MaintenanceWindow = {
  id: 'nightly-import',
  name: 'Nightly import',
  when: { field: 'project', op: '=', value: 'warehouse' },
  reason: 'the import locks the stock tables',
  starts: '2026-11-01T02:00',
  duration: 'PT1H30M',
  timeZone: 'Europe/Berlin',
  rrule: 'FREQ=DAILY',
  enabled: true,
}

export const exampleInhibition: Inhibition = {
  id: 'gateway-down',
  name: 'The gateway is down',
  source: { field: 'tag.component', op: '=', value: 'gateway' },
  target: { field: 'error-class', op: 'in', value: ['GatewayTimeout', 'ConnectionRefused'] },
  equal: ['environment'],
  mostSevere: null,
  enabled: true,
}

export const exampleSilence: ShownSilence = {
  id: 'sil_4c1d7f0a92be',
  matchers: { field: 'project', op: '=', value: 'web-shop' },
  startsAt: AT,
  endsAt: AT + 7_200_000,
  author: 'Marta Lindqvist',
  reason: 'the provider repairs it until six',
  annotations: { ticket: 'OPS-118' },
  coversDataLoss: false,
  projects: null,
  createdAt: AT,
  updatedAt: AT,
  expiredBy: null,
  rev: 1,
  state: 'active',
  hid: 2,
}

export const exampleBreadth: JudgedBreadth = {
  incidents: { matched: 3, of: 41 },
  projects: { matched: 1, of: 9, names: ['web-shop'] },
  p0: 0,
  pages: 0,
  posts: 4,
  open: 1,
  sample: [
    {
      id: INCIDENT,
      title: 'TypeError',
      severity: 'P1',
      status: 'triggered',
      project: 'web-shop',
      openedAt: AT - 60_000,
    },
  ],
  complete: true,
  tooBroad: [],
}

export const exampleRevision = {
  number: 12,
  at: AT,
  author: 'admin',
  message: 'payments pages its own team',
  document: exampleDocument,
}

export const exampleIncident: Incident = {
  version: 1,
  id: INCIDENT,
  key: 'v1:issue:default:5418821',
  kind: 'issue',
  source: 'default',
  status: 'triggered',
  severity: 'P1',
  generation: 1,
  rev: 4,
  title: "TypeError: Cannot read properties of undefined (reading 'total')",
  project: 'web-shop',
  environment: 'production',
  release: 'v2.4.1',
  level: 'error',
  culprit: 'cart/summary',
  transaction: '/cart',
  errorClass: 'TypeError',
  frame: { file: 'src/cart/summary.ts', function: 'renderTotal', line: 88 },
  tags: { browser: 'Firefox' },
  coreFlow: null,
  issue: '5418821',
  shortId: 'WEB-SHOP-4F',
  links: { sentry: 'https://acme.sentry.io/issues/5418821/', event: null, replay: null },
  owner: { type: 'team', id: '77', name: 'web' },
  ownerSetAt: null,
  verdict: {
    severity: 'P1',
    rule: 'many-users',
    cap: null,
    reason: '320 users in the last hour: more than 100 users in an hour',
    evidence: [
      { field: 'users-per-hour', says: '320 users in the last hour (windows)', value: 320, source: 'windows', at: AT },
    ],
    degraded: false,
    gaps: [],
    at: AT,
    revision: 12,
  },
  impact: {},
  projectImpact: null,
  causes: { 'issue:5418821': { since: AT - 2_700_000, clearedAt: null } },
  suspects: [],
  linked: [],
  muted: null,
  quiet: null,
  storm: null,
  escalations: [],
  firstSeen: AT - 2_700_000,
  openedAt: AT - 2_690_000,
  updatedAt: AT,
  lastSignalAt: AT,
  lastEventAt: AT - 900,
  lastEventRelease: 'v2.4.1',
  lastUnresolvedAt: null,
  acknowledgedAt: null,
  resolvedAt: null,
  resolvedBy: null,
  resolvedInRelease: null,
  signals: 41,
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
  toldUsers: 320,
  remeasureAt: null,
  remeasured: 0,
}

export const exampleTimelineEntry: TimelineEntry = {
  at: AT,
  what: 'raised',
  severity: 'P1',
  reason: '320 users in the last hour: more than 100 users in an hour',
  by: null,
  signal: 's-5be0a93c77d2',
  notification: null,
}

export const exampleNotification: Notification = {
  id: NOTIFICATION,
  incident: INCIDENT,
  generation: 1,
  seq: 2,
  kind: 'open',
  destination: 'slack-incidents',
  mention: 'team-lead',
  step: 0,
  severity: 'P1',
  status: 'sent',
  reason: 'accepted by Slack',
  owedAt: AT,
  retriedAt: null,
  causedAt: AT - 6,
  notBefore: AT,
  settledAt: AT + 180,
  attempts: 1,
  leaseUntil: null,
  ambiguous: false,
  firstFailedAt: null,
  error: null,
  reference: { provider: 'slack', channel: 'C0423AB12', ts: '1794060190.000400' },
  instead: null,
  write: null,
  fellBack: false,
}

export const exampleBacklogEntry: BacklogEntry = {
  id: 'b-0e5d7a91c3f2',
  incident: INCIDENT,
  generation: 1,
  title: 'Tooltip overlaps the price',
  project: 'web-shop',
  severity: 'P3',
  reason: 'cosmetic, nobody affected',
  link: 'https://acme.sentry.io/issues/5418999/',
  owner: { type: 'team', id: '77', name: 'web' },
  status: 'open',
  closedBecause: null,
  createdAt: AT,
  updatedAt: AT,
}

export const exampleDelivery: DeliveryRecord = {
  id: '0k3v9x2m-1',
  source: 'default',
  resource: 'event_alert',
  action: 'triggered',
  receivedAt: AT,
  handledAt: AT + 6,
  outcome: 'raised',
  reason: 'P2 to P1: 320 users in the last hour',
  incident: INCIDENT,
  severity: 'P1',
  signal: 's-5be0a93c77d2',
}

export const exampleQuarantine: QuarantineEntry = {
  id: '0k3v9x2m-2',
  source: 'default',
  resource: 'issue',
  receivedAt: AT,
  reason: 'an issue webhook without an issue id',
  problems: [{ path: '/data/issue/id', message: 'is required' }],
  body: '{"action":"created","data":{"issue":{}}}',
  encoding: 'utf8',
}
