import fc from 'fast-check'
import t from 'tap'
import {
  CRASH_FREE_SESSIONS,
  type MetricAlertOptions,
  metricAlert,
} from '../../src/sandbox/samples/metric-alert-payload.ts'
import { metricEvidence, occurrence } from '../../src/sandbox/samples/occurrence-payload.ts'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { serialize } from '../../src/sandbox/samples/serialize.ts'
import { measuresOf, windowMinutes } from '../../src/sentry/parse-measures.ts'
import { parseMetricAlert } from '../../src/sentry/parse-metric-alert.ts'
import { metricIssueReading } from '../../src/sentry/parse-metric-issue.ts'
import { valueInText } from '../../src/sentry/parse-metric-text.ts'
import type { Reading } from '../../src/sentry/parse-reading.ts'

const NOW = Date.UTC(2026, 10, 21, 12)
const CRASH_FREE_USERS = CRASH_FREE_SESSIONS.replaceAll('sessions', 'users')
const WIRE = (payload: unknown): { data: Record<string, never>; action: string } => JSON.parse(serialize(payload))

const BASE: MetricAlertOptions = {
  now: NOW,
  action: 'critical',
  rule: '4021',
  name: 'Crash-free',
  aggregate: CRASH_FREE_SESSIONS,
  window: 60,
  said: '91.2% sessions crash free rate',
  direction: 'below',
  critical: 95,
  warning: 97.5,
}

function read(change: Partial<MetricAlertOptions> = {}): Reading {
  const { data, action } = WIRE(metricAlert({ ...BASE, ...change }))
  const reading = parseMetricAlert(data, action)
  if (reading === null) throw new Error('not read')
  return reading
}

t.test('a crash-free alert is about its project, with value, threshold and window', async t => {
  const critical = read()
  t.strictSame(critical.subject, { kind: 'project', project: 'web-shop' })
  t.strictSame(critical.metric, {
    measures: 'crash-free-sessions',
    aggregate: CRASH_FREE_SESSIONS,
    query: null,
    status: 'critical',
    value: 91.2,
    threshold: 95,
    direction: 'below',
    windowMinutes: 60,
    rule: { id: '4021', name: 'Crash-free' },
    identifier: '57',
  })
  t.match(critical.facts, {
    environment: 'production',
    organization: 'northwind',
    category: 'metric',
    title: 'Crash-free',
  })
  t.match(critical.facts.links.alert, /alerts\/rules\/details\/4021/)
  t.match(read({ action: 'warning', said: '96% sessions crash free rate' }).metric, {
    threshold: 97.5,
    value: 96,
    status: 'warning',
  })
  t.match(read({ action: 'resolved' }), { intent: 'resolve', lifecycleAt: NOW, metric: { threshold: null } })
  t.match(read({ action: 'open' }), { intent: 'alert', metric: { status: 'open' } })
})

t.test('any other monitor is its own problem, by its rule', async t => {
  const metric = read({ aggregate: 'count()', query: 'level:error', said: '1000 events', direction: 'above' })
  t.strictSame(metric.subject, {
    kind: 'metric',
    detector: '4021',
    project: 'web-shop',
    measures: 'events',
    windowMinutes: 60,
  })
  t.match(metric.metric, { direction: 'above', value: 1000 })
})

t.test('the least that names an alert is read; its unknown numbers are null', async t => {
  for (const metric_alert of [
    { alert_rule: { id: 7 } },
    { identifier: 3 },
    { title: 'Marmot' },
    { alert_rule: { name: 'Too many' } },
  ]) {
    const reading = parseMetricAlert({ metric_alert }, 'critical')
    t.match(reading, {
      intent: 'alert',
      subject: { kind: 'metric', project: 'unknown' },
      metric: { value: null, direction: null, windowMinutes: null },
    })
    t.not(reading?.facts.title, '')
  }
  const rate = parseMetricAlert(
    { metric_alert: { alert_rule: { id: '1', aggregate: CRASH_FREE_SESSIONS, projects: ['a', 'b'] } } },
    'critical',
  )
  t.strictSame(rate?.subject, { kind: 'project', project: 'a' })
})

t.test('a monitor of a change against an earlier time is read as no count, rate or threshold', async t => {
  const { data, action } = WIRE(
    metricAlert({ ...BASE, aggregate: 'count()', query: 'error.unhandled:true', window: 1 }),
  )
  const { metric_alert } = data as unknown as { metric_alert: { alert_rule: Record<string, unknown> } }
  metric_alert.alert_rule.detection_type = 'percent'
  t.match(parseMetricAlert(data, action), {
    subject: { kind: 'metric' },
    metric: { measures: 'other', threshold: null },
  })
})

t.test('what a monitor measures is told by its query', async t => {
  t.equal(measuresOf(CRASH_FREE_SESSIONS, '', 60), 'crash-free-sessions')
  t.equal(measuresOf(CRASH_FREE_USERS, '', 60), 'crash-free-users')
  t.equal(measuresOf('crash_free_rate(user)', '', 60), 'crash-free-users')
  t.equal(measuresOf('count_unique(user)', '', 60), 'users')
  t.equal(measuresOf('count_unique(tags[sentry:user])', '', 60), 'users')
  t.equal(measuresOf('count()', 'level:error', 1), 'events')
  t.equal(measuresOf('count()', 'error.unhandled:true level:error', 1), 'unhandled-per-minute')
  t.equal(measuresOf('count()', 'handled:no', 1), 'unhandled-per-minute')
  t.equal(measuresOf('count()', 'error.handled:false', 1), 'unhandled-per-minute')
  for (const query of [
    '!error.unhandled:true',
    'error.unhandled:false',
    'error.unhandled:true OR level:fatal',
    'x.handled:no',
  ])
    t.equal(measuresOf('count()', query, 1), 'events', query)
  t.equal(measuresOf('count()', 'error.unhandled:true', 5), 'events', 'another window is another number')
  t.equal(measuresOf('p95(span.duration)', null, 1), 'other')
  t.equal(measuresOf(null, null, null), 'other')
})

t.test('the window is in minutes, and seconds of older versions are recognised', async t => {
  t.strictSame([60, 1, 1440, 3600, 86_400, 1441, 0, -5, null].map(windowMinutes), [
    60,
    1,
    1440,
    60,
    1440,
    1441,
    null,
    null,
    null,
  ])
})

t.test('the value is read from the prose', async t => {
  const cases: [string | null, Parameters<typeof valueInText>[1], number | null][] = [
    ['91.2% sessions crash free rate in the last 60 minutes', 'crash-free-sessions', 91.2],
    ['92% users crash free rate in the last hour\nThreshold: Static', 'crash-free-users', 92],
    ['91,5 % sessions crash-free rate in the last 60 minutes', 'crash-free-sessions', 91.5],
    ['100.0% sessions crash free rate', 'crash-free-sessions', 100],
    ['0.0% sessions crash free rate in the last minute', 'crash-free-sessions', 0],
    ['Critical: 91% sessions crash free rate in the last 60 minutes', 'crash-free-sessions', 91],
    ['912% sessions crash free rate in the last 60 minutes', 'crash-free-sessions', null],
    ['None% sessions crash free rate in the last 60 minutes', 'crash-free-sessions', null],
    ['1000 events in the last 10 minutes\\nFilter: level:error', 'events', 1000],
    ['1,234 users affected in the last hour', 'users', 1234],
    ["1'234'567 events in the last hour", 'events', 1234567],
    ['1 234 events in the last hour', 'events', 1234],
    ['1234.5 events in the last hour', 'events', 1234.5],
    ['1.2e3 events in the last hour', 'events', 1200],
    ['350.25 p95(span.duration) in the last 5 minutes', 'other', 350.25],
    ['Events 50% higher in the last 10 minutes compared to same time 5 minutes ago', 'events', null],
    ['5.5% failure rate in the last 10 minutes', 'other', 5.5],
    ['1200% higher than before', 'unhandled-per-minute', null],
    ['No events in the last 10 minutes', 'events', null],
    ['', 'events', null],
    [null, 'events', null],
  ]
  for (const [text, measures, value] of cases) t.equal(valueInText(text, measures), value, String(text))
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000 }), hundredths => {
      const said = `${(hundredths / 100).toString()}% sessions crash free rate in the last 60 minutes`
      return valueInText(said, 'crash-free-sessions') === hundredths / 100
    }),
  )
  fc.assert(fc.property(fc.string(), text => valueInText(text, 'events') !== undefined))
})

t.test('a metric alert and the issue its monitor opens name one monitor', async t => {
  const alert = WIRE(SAMPLES['error-rate-critical']?.build(NOW))
  const opened = WIRE(SAMPLES['metric-issue']?.build(NOW)) as unknown as { data: { event: { occurrence: object } } }
  const fromAlert = parseMetricAlert(alert.data, alert.action)?.metric
  const fromIssue = metricIssueReading(opened.data.event.occurrence)
  t.equal(fromIssue?.rule.id, fromAlert?.rule.id)
  t.match(fromIssue, {
    measures: 'users',
    status: 'critical',
    value: 4180,
    threshold: 1000,
    direction: 'above',
    windowMinutes: 60,
  })
})

t.test('a monitor without a legacy rule is named as metric_alert names it: detector id plus 10^10', async t => {
  const monitor = { alert: null, detector: 771, aggregate: CRASH_FREE_SESSIONS, windowSeconds: 3600, value: 91 }
  const evidenceData = metricEvidence({ ...monitor, condition: { type: 'lt', comparison: 95 } })
  const wire = JSON.parse(
    serialize(occurrence({ now: NOW, type: 8001, title: 'CF', subtitle: '', evidenceData, priority: 50 })),
  )
  t.match(metricIssueReading(wire), {
    rule: { id: '10000000771' },
    measures: 'crash-free-sessions',
    direction: 'below',
    status: 'warning',
    value: 91,
  })
  t.match(metricIssueReading({ evidence_data: { detector_id: '9', alert_id: 3 }, subtitle: 'Critical: x' }), {
    rule: { id: '3' },
    status: 'critical',
  })
  t.match(metricIssueReading({ evidenceData: { detectorId: 'odd', value: { value: 7 } } }), {
    rule: { id: 'odd' },
    value: 7,
    status: 'open',
  })
  for (const nothing of [null, {}, { evidenceData: [] }, { evidenceData: { value: 3 } }])
    t.equal(metricIssueReading(nothing), null)
})

t.test('of the actions of a trigger, the one with our settings speaks; without any, whichever has some', async t => {
  const ours = [{ name: 'policy', value: 'p1' }]
  const theirs = [{ name: 'title', value: 'Ticket' }]
  const settingsOf = (actions: object[]) => {
    const metric_alert = { id: '1', alert_rule: { id: '7', triggers: [{ label: 'critical', actions }] } }
    return parseMetricAlert({ metric_alert }, 'critical')?.settings
  }
  t.strictSame(settingsOf([{ settings: theirs }, {}, { settings: ours }]), { policy: 'p1' })
  t.strictSame(settingsOf([{}, { settings: theirs }]), { title: 'Ticket' })
  t.strictSame(settingsOf([{}]), {})
})
