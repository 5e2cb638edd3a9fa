import type { Verdict } from '../../src/classify/verdict.ts'
import type { Notification } from '../../src/deliver/notification.ts'
import type { Change } from '../../src/incidents/change.ts'
import type { Escalation, Incident, Suspect } from '../../src/incidents/incident.ts'
import { newIncident } from '../../src/incidents/new-incident.ts'
import { NO_ISSUE_IMPACT } from '../../src/measure/impact.ts'
import { causeKey } from '../../src/signals/dedup-key.ts'
import { NO_FACTS } from '../../src/signals/no-facts.ts'
import type { Facts, MetricReading, Signal } from '../../src/signals/signal.ts'

/** When everything in these tests begins. Times in them are given from here, in ms or by `SECOND` and `MINUTE`. */
export const START = Date.UTC(2026, 10, 21, 12)
export const SECOND = 1_000
export const MINUTE = 60_000

let serial = 0

/** An alert about issue 42 of project `shop`; `facts` are laid over what such an alert says. */
export function makeSignal(change: Partial<Omit<Signal, 'facts'>> & { facts?: Partial<Facts> } = {}): Signal {
  serial += 1
  const { facts, ...rest } = change
  const at = rest.at ?? START
  return {
    version: 1,
    id: `s-${serial}`,
    source: 'default',
    delivery: `d-${serial}`,
    origin: 'webhook',
    resource: 'event_alert',
    action: 'triggered',
    intent: 'alert',
    subject: { kind: 'issue', issue: '42' },
    at,
    receivedAt: at,
    actor: null,
    metric: null,
    settings: {},
    ...rest,
    facts: {
      ...NO_FACTS,
      title: 'TypeError: x is undefined',
      project: 'shop',
      issue: '42',
      category: 'error',
      ...facts,
    },
  }
}

/** The same, with an error event that happened at `at`. */
export function makeEvent(at: number, facts: Partial<Facts> = {}, change: Partial<Signal> = {}): Signal {
  return makeSignal({ ...change, at, facts: { event: `e-${at}`, eventAt: at, ...facts } })
}

export function makeVerdict(change: Partial<Verdict> = {}): Verdict {
  const severity = change.severity ?? 'P2'
  return {
    severity,
    rule: 'some-rule',
    cap: null,
    reason: `judged ${severity}`,
    evidence: [],
    degraded: false,
    gaps: [],
    at: START,
    revision: 1,
    ...change,
  }
}

export function makeMetric(change: Partial<MetricReading> = {}): MetricReading {
  return {
    measures: 'crash-free-sessions',
    aggregate: null,
    query: null,
    status: 'critical',
    value: 90,
    threshold: 95,
    direction: 'below',
    windowMinutes: 60,
    rule: { id: '7', name: 'crash-free' },
    identifier: null,
    ...change,
  }
}

export type JudgedChange = Extract<Change, { kind: 'judged' }>

/** What judging a signal makes: P2 unless said otherwise, its own cause, no numbers. */
export function judged(signal: Signal, change: Partial<Omit<JudgedChange, 'signal'>> = {}): JudgedChange {
  return {
    kind: 'judged',
    signal,
    verdict: makeVerdict(),
    issueImpact: null,
    projectImpact: null,
    cause: causeKey(signal),
    suspects: [],
    linked: [],
    again: false,
    ...change,
  }
}

/** Impact of an issue in production that hurts so many users. */
export function usersImpact(users: number | null, at = START) {
  return {
    ...NO_ISSUE_IMPACT,
    inProduction: true,
    users: users === null ? null : { value: users, source: 'windows' as const, at, windowSeconds: 3600 },
  }
}

/** An open P2 issue incident as `makeSignal()` opens it. */
export function makeIncident(change: Partial<Incident> = {}): Incident {
  return { ...newIncident(judged(makeSignal()), START), ...change }
}

export function makeSuspect(issue: string, change: Partial<Suspect> = {}): Suspect {
  return {
    incident: `inc_of_${issue}`,
    issue,
    title: `issue ${issue}`,
    link: null,
    events: null,
    users: null,
    coreFlow: null,
    ...change,
  }
}

/** An escalation whose first step tells these destinations. */
export function makeEscalation(...destinations: string[]): Escalation {
  return {
    route: 'some-route',
    policy: 'some-policy',
    responseTime: 'PT15M',
    steps: [
      { after: 'PT0S', within: 'always', targets: destinations.map(destination => ({ destination, mention: null })) },
    ],
    repeat: null,
    hours: null,
    staleAfter: null,
    whenCalm: null,
    startedAt: START,
    step: 0,
    dueAt: null,
    repeated: 0,
    lap: 0,
    pagedLap: 0,
    remindedAt: null,
  }
}

/** A page that is owed for `makeIncident()`. */
export function makeNotification(change: Partial<Notification> = {}): Notification {
  serial += 1
  return {
    id: `n-${'0'.repeat(20)}-${serial.toString(16).padStart(12, '0')}`,
    incident: `inc_${'0'.repeat(20)}`,
    generation: 1,
    seq: serial,
    kind: 'open',
    destination: 'pagerduty-oncall',
    mention: null,
    step: 0,
    severity: 'P2',
    status: 'owed',
    reason: 'judged P2',
    owedAt: START,
    retriedAt: null,
    causedAt: START,
    notBefore: 0,
    settledAt: null,
    attempts: 0,
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
