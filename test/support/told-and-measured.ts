import {
  type Impact,
  type IssueImpact,
  type Measured,
  NO_ISSUE_IMPACT,
  type ProjectImpact,
} from '../../src/measure/impact.ts'
import type { Facts, MetricReading, Signal } from '../../src/signals/signal.ts'

/** Signals and impacts to judge: plain, each test says only what matters to it. */

export const NOON = Date.UTC(2026, 10, 3, 12)

export function measured(value: number, source: Measured['source'] = 'sentry', windowSeconds = 3600): Measured {
  return { value, source, at: NOON, windowSeconds }
}

const FACTS: Facts = {
  organization: 'acme',
  project: 'web',
  projectId: '1',
  issue: '42',
  shortId: 'WEB-42',
  event: 'e1',
  title: 'TypeError: x is undefined',
  culprit: 'app/cart',
  transaction: '/cart',
  level: 'error',
  environment: 'production',
  release: 'v2.4.1',
  handled: false,
  errorClass: 'TypeError',
  frame: null,
  tags: {},
  user: null,
  eventAt: NOON,
  firstSeen: null,
  lastSeen: null,
  status: null,
  substatus: null,
  category: 'error',
  lifetimeEvents: null,
  lifetimeUsers: null,
  alertRule: null,
  feedbackOn: null,
  resolvedInRelease: null,
  resolution: null,
  assignee: null,
  links: { issue: null, event: null, replay: null, alert: null },
}

const READING: MetricReading = {
  measures: 'crash-free-sessions',
  aggregate: null,
  query: null,
  status: 'critical',
  value: null,
  threshold: null,
  direction: 'below',
  windowMinutes: 60,
  rule: { id: '7', name: 'Crash-free below 95' },
  identifier: null,
}

/** An issue's alert; with `metric`, a metric alert about the project; with `condition`, trouble of the source. */
export function signalOf(
  facts: Partial<Facts> = {},
  about: { metric?: Partial<MetricReading>; condition?: string } = {},
): Signal {
  const { metric, condition } = about
  return {
    version: 1,
    id: 's1',
    source: 'default',
    delivery: 'd1',
    origin: 'webhook',
    resource: metric === undefined ? 'event_alert' : 'metric_alert',
    action: 'triggered',
    intent: 'alert',
    subject:
      condition !== undefined
        ? { kind: 'source', condition }
        : metric !== undefined
          ? { kind: 'project', project: 'web' }
          : { kind: 'issue', issue: '42' },
    at: NOON,
    receivedAt: NOON,
    actor: null,
    facts: { ...FACTS, ...facts },
    metric: metric === undefined ? null : { ...READING, ...metric },
    settings: {},
  }
}

type Numbers = Partial<
  Omit<IssueImpact, 'users' | 'events' | 'flowUsers' | 'flowEvents' | 'flowAnonymous' | 'baselineUsers'>
> & {
  users?: number | null
  events?: number | null
  flowUsers?: number | null
  flowEvents?: number | null
  flowAnonymous?: number | null
  baselineUsers?: number | null
}

const orNull = (value: number | null | undefined): Measured | null =>
  value === undefined || value === null ? null : measured(value)

export function issueImpact(numbers: Numbers = {}): IssueImpact {
  const { users, events, flowUsers, flowEvents, flowAnonymous, baselineUsers, ...facts } = numbers
  return {
    ...NO_ISSUE_IMPACT,
    inProduction: true,
    ...facts,
    users: orNull(users),
    events: orNull(events),
    flowUsers: orNull(flowUsers),
    flowEvents: orNull(flowEvents),
    flowAnonymous: orNull(flowAnonymous),
    baselineUsers: orNull(baselineUsers),
  }
}

export function impactOf(parts: {
  issue?: IssueImpact
  project?: Partial<ProjectImpact>
  degraded?: boolean
  gaps?: string[]
}): Impact {
  const { issue, project, degraded, gaps } = parts
  return {
    at: NOON,
    issue: issue ?? null,
    project: project === undefined ? null : { crashFree: [], unhandledPerMinute: null, crashing: null, ...project },
    degraded: degraded ?? false,
    gaps: gaps ?? [],
  }
}
