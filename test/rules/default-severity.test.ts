import t from 'tap'
import { classify, type Judgement } from '../../src/classify/classify.ts'
import type { OperatorMarks } from '../../src/classify/read-fields.ts'
import type { Severity } from '../../src/classify/severity.ts'
import type { CrashFree, ProjectImpact } from '../../src/measure/impact.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'
import type { Facts, MetricReading } from '../../src/signals/signal.ts'
import { impactOf, issueImpact, measured, NOON, signalOf } from '../support/told-and-measured.ts'

const { severityRules } = defaultRules({ pagerduty: true, slack: true })
const base = { rules: severityRules, revision: 1, now: NOON }

interface IssueCase {
  facts?: Partial<Facts>
  numbers?: Parameters<typeof issueImpact>[0]
  degraded?: boolean
  marks?: OperatorMarks
}

function judgeIssue({ facts, numbers, degraded, marks }: IssueCase): Judgement {
  const impact = impactOf({ issue: issueImpact(numbers), degraded: degraded ?? false })
  return classify({
    ...base,
    about: 'issue',
    signal: signalOf(facts),
    impact,
    ...(marks === undefined ? {} : { marks }),
  })
}

const onFlow = { coreFlow: 'payment' }
const warning = { facts: { level: 'warning' as const } }

const ISSUES: [string, IssueCase, Severity, string][] = [
  // Where: only outside production is P3 whatever its numbers; a missing environment counts as production.
  [
    'staging only, 5,000 users',
    { numbers: { inProduction: false, users: 5000, isNew: true } },
    'P3',
    'only-outside-production',
  ],
  [
    'data loss in staging',
    { facts: { tags: { data_loss: 'true' } }, numbers: { inProduction: false } },
    'P3',
    'only-outside-production',
  ],
  [
    'core flow in staging',
    { numbers: { ...onFlow, flowUsers: 50, inProduction: false } },
    'P3',
    'only-outside-production',
  ],
  ['where it was seen is unknown', { numbers: { inProduction: null, users: 150, isNew: true } }, 'P1', 'many-users'],
  ['missing environment', { facts: { environment: null }, numbers: { users: 150, isNew: true } }, 'P1', 'many-users'],

  // Data loss: one event is enough, nothing caps it.
  ['data loss', { facts: { tags: { data_loss: 'true' } } }, 'P0', 'data-loss'],
  ['data loss, as Python says true', { facts: { tags: { data_loss: 'True' } } }, 'P0', 'data-loss'],
  ['data loss false', { facts: { tags: { data_loss: 'false' } }, numbers: { users: 5 } }, 'P2', 'some-users'],
  ['data loss at level info', { facts: { level: 'info', tags: { data_loss: 'true' } } }, 'P0', 'data-loss'],
  ['data loss with a workaround', { facts: { tags: { data_loss: 'true', workaround: 'retry' } } }, 'P0', 'data-loss'],

  // Core flow and unhandled: five users, or five events where users are unknown.
  ['core flow, 5 users', { numbers: { ...onFlow, flowUsers: 5 } }, 'P0', 'core-flow-failing'],
  ['core flow, 4 users', { numbers: { ...onFlow, flowUsers: 4, users: 4 } }, 'P2', 'core-flow-unhandled'],
  [
    'core flow, 4 users but 50 events',
    { numbers: { ...onFlow, flowUsers: 4, flowEvents: 50 } },
    'P2',
    'core-flow-unhandled',
  ],
  [
    'core flow, 1 user and 5 events of guests',
    { numbers: { ...onFlow, flowUsers: 1, flowEvents: 6, flowAnonymous: 5 } },
    'P0',
    'core-flow-failing',
  ],
  [
    'core flow, 1 user and 4 events of guests',
    { numbers: { ...onFlow, flowUsers: 1, flowEvents: 5, flowAnonymous: 4 } },
    'P2',
    'core-flow-unhandled',
  ],
  ['core flow, users unknown, 5 events', { numbers: { ...onFlow, flowEvents: 5 } }, 'P0', 'core-flow-failing'],
  ['core flow, users unknown, 4 events', { numbers: { ...onFlow, flowEvents: 4 } }, 'P2', 'core-flow-unhandled'],
  ['core flow, nothing known', { numbers: onFlow }, 'P2', 'core-flow-unhandled'],
  ['core flow, 0 users known', { numbers: { ...onFlow, flowUsers: 0, users: 0 } }, 'P2', 'core-flow-unhandled'],
  [
    'core flow, info level',
    { facts: { level: 'info' }, numbers: { ...onFlow, flowUsers: 1, users: 1 } },
    'P2',
    'core-flow-unhandled',
  ],
  [
    'core flow, handled, 50 users',
    { facts: { handled: true }, numbers: { ...onFlow, flowUsers: 50, users: 50 } },
    'P2',
    'some-users',
  ],
  [
    'core flow, handled unknown',
    { facts: { handled: null }, numbers: { ...onFlow, flowUsers: 50, users: 50 } },
    'P2',
    'some-users',
  ],
  [
    'core flow, level warning, 5 users: the cap stands below',
    { ...warning, numbers: { ...onFlow, flowUsers: 5 } },
    'P0',
    'core-flow-failing',
  ],
  ['no core flow, 5 users in 5 minutes', { numbers: { flowUsers: 5, users: 5 } }, 'P2', 'some-users'],

  // Users in an hour: exactly on the threshold is the lower severity; chronic issues are not P1.
  ['101 users, new', { numbers: { users: 101, isNew: true } }, 'P1', 'many-users'],
  ['100 users, new', { numbers: { users: 100, isNew: true } }, 'P2', 'some-users'],
  ['320 users, new', { numbers: { users: 320, isNew: true } }, 'P1', 'many-users'],
  ['40 users, new', { numbers: { users: 40, events: 180, isNew: true } }, 'P2', 'some-users'],
  ['101 users, regressed', { numbers: { users: 101, isNew: false, regressed: true } }, 'P1', 'many-users'],
  ['101 users, escalating', { numbers: { users: 101, isNew: false, escalating: true } }, 'P1', 'many-users'],
  [
    '200 users, usual 100',
    { numbers: { users: 200, isNew: false, regressed: false, escalating: false, baselineUsers: 100 } },
    'P1',
    'many-users',
  ],
  [
    '199 users, usual 100',
    { numbers: { users: 199, isNew: false, regressed: false, escalating: false, baselineUsers: 100 } },
    'P2',
    'some-users',
  ],
  [
    '5,000 users, chronic',
    { numbers: { users: 5000, isNew: false, regressed: false, escalating: false, baselineUsers: 4900 } },
    'P2',
    'some-users',
  ],
  ['1 user', { numbers: { users: 1 } }, 'P2', 'some-users'],

  // Caps.
  ['level warning, 150 users, new', { ...warning, numbers: { users: 150, isNew: true } }, 'P2', 'many-users'],
  [
    'level unknown, 150 users, new',
    { facts: { level: null }, numbers: { users: 150, isNew: true } },
    'P1',
    'many-users',
  ],
  [
    'level fatal, 150 users, new',
    { facts: { level: 'fatal' }, numbers: { users: 150, isNew: true } },
    'P1',
    'many-users',
  ],
  [
    'workaround tag, 150 users',
    { facts: { tags: { workaround: 'use the old form' } }, numbers: { users: 150, isNew: true } },
    'P2',
    'many-users',
  ],
  [
    'workaround tag set to false',
    { facts: { tags: { workaround: 'false' } }, numbers: { users: 150, isNew: true } },
    'P1',
    'many-users',
  ],
  ["an operator's mark", { marks: { workaround: true }, numbers: { users: 150, isNew: true } }, 'P2', 'many-users'],
  [
    'an operator takes the mark back',
    { marks: { workaround: false }, facts: { tags: { workaround: '1' } }, numbers: { users: 150, isNew: true } },
    'P1',
    'many-users',
  ],

  // Unknown is not zero.
  ['users unknown', {}, 'P2', 'users-unknown'],
  ['users unknown, info', { facts: { level: 'info' } }, 'P2', 'users-unknown'],
  ['users unknown, 101 events, new', { numbers: { events: 101, isNew: true } }, 'P1', 'many-events'],
  ['users unknown, 100 events, new', { numbers: { events: 100, isNew: true } }, 'P2', 'users-unknown'],
  [
    'users unknown, 101 events, chronic',
    { numbers: { events: 101, isNew: false, regressed: false, escalating: false } },
    'P2',
    'users-unknown',
  ],
  ['5 users, 1,000 events, new', { numbers: { users: 5, events: 1000, isNew: true } }, 'P2', 'some-users'],
  ['uptime failure', { facts: { category: 'uptime', handled: null } }, 'P1', 'uptime-failure'],
  ['missed cron', { facts: { category: 'cron', handled: null } }, 'P2', 'users-unknown'],

  // Numbers that could not be had.
  ['degraded, new, unhandled', { degraded: true, numbers: { isNew: true } }, 'P1', 'numbers-missing'],
  [
    'degraded, new, handled',
    { degraded: true, facts: { handled: true }, numbers: { isNew: true } },
    'P2',
    'users-unknown',
  ],
  ['degraded, not known to be new', { degraded: true }, 'P2', 'users-unknown'],
  [
    'degraded: users so far are a lower bound',
    { degraded: true, numbers: { isNew: true, users: 3 } },
    'P1',
    'numbers-missing',
  ],
  ['degraded and not known to be new', { degraded: true, numbers: { isNew: null, users: 3 } }, 'P2', 'some-users'],
  [
    'degraded, new, unhandled, staging',
    { degraded: true, numbers: { isNew: true, inProduction: false } },
    'P3',
    'only-outside-production',
  ],

  // Known to be harmless.
  ['0 users', { numbers: { users: 0 } }, 'P3', 'nobody-affected'],
  ['0 users, 900 events, new', { numbers: { users: 0, events: 900, isNew: true } }, 'P3', 'nobody-affected'],
  ['cosmetic, 100 users', { facts: { tags: { cosmetic: 'true' } }, numbers: { users: 100 } }, 'P3', 'cosmetic'],
  [
    'cosmetic, 101 users, new',
    { facts: { tags: { cosmetic: 'true' } }, numbers: { users: 101, isNew: true } },
    'P1',
    'many-users',
  ],
  ['cosmetic, users unknown', { facts: { tags: { cosmetic: 'true' } } }, 'P2', 'users-unknown'],
  ['info, 30 users', { facts: { level: 'info' }, numbers: { users: 30 } }, 'P3', 'cosmetic'],
  ['info, 300 users, new', { facts: { level: 'info' }, numbers: { users: 300, isNew: true } }, 'P2', 'many-users'],
  ['warning, 30 users', { ...warning, numbers: { users: 30 } }, 'P2', 'some-users'],
]

for (const [name, given, severity, rule] of ISSUES) {
  t.test(`issue: ${name} → ${severity}`, async t => {
    const verdict = judgeIssue(given)
    t.match({ severity: verdict.severity, rule: verdict.rule }, { severity, rule })
    t.ok(verdict.reason.startsWith(severity), verdict.reason)
  })
}

const rate = (percent: number, sessions: number | null, more: Partial<CrashFree> = {}): CrashFree => {
  return { percent, sessions, scope: 'production', release: null, source: 'sentry', at: NOON, ...more }
}
const release = { scope: 'release' as const, release: 'v3' }

interface ProjectCase {
  project?: Partial<ProjectImpact>
  metric?: Partial<MetricReading>
}

const PROJECTS: [string, ProjectCase, Severity | null, string | null][] = [
  ['nothing known', {}, null, null],
  [
    'crash-free 94.9 % of 200',
    { project: { crashFree: [rate(94.9, 200)], crashing: true } },
    'P0',
    'crash-free-production',
  ],
  ['crash-free 94.9 % of 199', { project: { crashFree: [rate(94.9, 199)], crashing: true } }, null, null],
  ['crash-free exactly 95 %', { project: { crashFree: [rate(95, 10_000)], crashing: true } }, null, null],
  ['crash-free 60 %, crashes stopped', { project: { crashFree: [rate(60, 10_000)], crashing: false } }, null, null],
  [
    'crash-free 60 %, unknown whether they go on',
    { project: { crashFree: [rate(60, 10_000)] } },
    'P0',
    'crash-free-production',
  ],
  [
    'newest release 90 % of its own 200',
    { project: { crashFree: [rate(99, 10_000), rate(90, 200, release)] } },
    'P0',
    'crash-free-release',
  ],
  [
    'newest release 90 % of its own 199',
    { project: { crashFree: [rate(99, 10_000), rate(90, 199, release)] } },
    null,
    null,
  ],
  [
    'newest release 90 %, crashes stopped',
    { project: { crashFree: [rate(90, 500, release)], crashing: false } },
    null,
    null,
  ],
  [
    '501 unhandled in a minute',
    { project: { unhandledPerMinute: measured(501, 'windows', 60) } },
    'P0',
    'unhandled-spike',
  ],
  ['500 unhandled in a minute', { project: { unhandledPerMinute: measured(500, 'windows', 60) } }, null, null],
  ['crash-free alert says 91 %', { metric: { value: 91 } }, 'P0', 'crash-free-alert'],
  ['crash-free alert says 91 %, only warning', { metric: { value: 91, status: 'warning' } }, 'P0', 'crash-free-alert'],
  ['crash-free alert says exactly 95 %', { metric: { value: 95 } }, 'P1', 'project-alert-critical'],
  ['crash-free alert says 97 %, warning', { metric: { value: 97, status: 'warning' } }, 'P2', 'project-alert'],
  ['crash-free alert says 97 %, open', { metric: { value: 97, status: 'open' } }, 'P2', 'project-alert'],
  ['crash-free alert whose value cannot be read', { metric: { value: null } }, 'P1', 'project-alert-critical'],
  [
    'crash-free users alert says 94 %',
    { metric: { measures: 'crash-free-users', value: 94 } },
    'P0',
    'crash-free-alert',
  ],
  [
    'crash-free users alert says 96 %',
    { metric: { measures: 'crash-free-users', value: 96 } },
    'P1',
    'project-alert-critical',
  ],
  ['crash-free alert resolved', { metric: { value: 91, status: 'resolved' } }, null, null],
  [
    'an alert value that was said before',
    { project: { crashFree: [rate(90, null, { source: 'webhook' })] } },
    'P0',
    'crash-free-alert',
  ],
  [
    'spike alert critical below our own threshold',
    { metric: { measures: 'unhandled-per-minute', value: 300 } },
    'P1',
    'project-alert-critical',
  ],
]

for (const [name, { project, metric }, severity, rule] of PROJECTS) {
  t.test(`project: ${name} → ${severity ?? 'nothing breached'}`, async t => {
    const signal = signalOf({}, metric === undefined ? {} : { metric })
    const verdict = classify({ ...base, about: 'project', signal, impact: impactOf({ project: project ?? {} }) })
    t.equal(verdict?.severity ?? null, severity)
    t.equal(verdict?.rule ?? null, rule)
  })
}

t.test('a metric alert: critical is P1, anything milder P2', async t => {
  for (const [status, severity] of [
    ['critical', 'P1'],
    ['warning', 'P2'],
    ['open', 'P2'],
  ] as const) {
    const signal = signalOf({}, { metric: { measures: 'events', status, value: 1000 } })
    t.equal(classify({ ...base, about: 'metric', signal, impact: impactOf({}) }).severity, severity)
  }
})

t.test('a source in trouble: what makes us deaf or blind until a person acts is P1, a failing API is P2', async t => {
  const judge = (condition: string) =>
    classify({ ...base, about: 'source', signal: signalOf({}, { condition }), impact: impactOf({}) }).severity
  t.equal(judge('webhooks-refused'), 'P1')
  t.equal(judge('webhooks-silent'), 'P1')
  t.equal(judge('sentry-token-refused'), 'P1')
  t.equal(judge('sentry-api-failing'), 'P2')
  t.equal(judge('missed-webhooks'), 'P2')
  t.equal(judge('anything-else'), 'P2')
})

t.test('a cap is named in the verdict and in its reason', async t => {
  const verdict = judgeIssue({ ...warning, numbers: { users: 150, isNew: true } })
  t.equal(verdict.cap, 'cap-warning')
  t.match(verdict.reason, /held at P2 by "Level warning or below" \(level warning\)/)
  t.equal(judgeIssue({ ...warning, numbers: { users: 50 } }).cap, null, 'a cap that changed nothing is not named')
})

t.test('the reason says the numbers, where they come from, and the rule', async t => {
  t.match(judgeIssue({ numbers: { users: 320, events: 1234, isNew: true } }), {
    reason:
      'P1: More than 100 users in an hour, new or growing (320 users in the last hour (Sentry); first seen within 24 hours).',
    evidence: [
      { field: 'users-per-hour', value: 320, source: 'sentry', at: NOON },
      { field: 'is-new', value: true },
      { field: 'events-per-hour', says: '1,234 events in the last hour (Sentry)' },
    ],
  })
  const project = impactOf({ project: { crashFree: [rate(90, 1200)], crashing: true } })
  const verdict = classify({ ...base, about: 'project', signal: signalOf(), impact: project })
  t.match(verdict?.reason, 'crash-free sessions 90.0 % of 1,200 (production), threshold below 95 %; crashes go on')
  t.ok(verdict?.evidence.some(item => item.field === 'crash-free.production.sessions' && item.value === 1200))
  const close = impactOf({ project: { crashFree: [rate(94.9999, 12_000)] } })
  t.match(
    classify({ ...base, about: 'project', signal: signalOf(), impact: close })?.reason,
    /94\.99 %/,
    'never rounded up',
  )
})

t.test('possible: how bad it may turn out when the unknown becomes known', async t => {
  t.equal(judgeIssue({ numbers: { isNew: true } }).possible, 'P1', 'users unknown')
  t.equal(judgeIssue({ numbers: { users: 3 } }).possible, null)
  t.equal(judgeIssue({ numbers: { users: 150 } }).possible, 'P1', 'not known whether it is new')
  t.equal(judgeIssue({ numbers: onFlow }).possible, 'P0')
  t.equal(judgeIssue({ ...warning, numbers: { isNew: true } }).possible, null, 'a cap holds the possible down too')
  t.equal(
    judgeIssue({ numbers: { inProduction: null, users: 3 } }).possible,
    null,
    'milder is not possible but welcome',
  )
})

t.test('a degraded verdict says what is missing', async t => {
  const impact = impactOf({ issue: issueImpact({ isNew: true }), degraded: true, gaps: ['users: Sentry answered 503'] })
  const verdict = classify({ ...base, about: 'issue', signal: signalOf(), impact })
  t.match(verdict, { degraded: true, gaps: ['users: Sentry answered 503'], rule: 'numbers-missing' })
  t.match(verdict.reason, /numbers missing: users: Sentry answered 503\.$/)
})
