import t from 'tap'
import { createMetrics } from '../../src/platform/metrics.ts'

t.test('two services in one process have metrics of their own', async t => {
  const one = createMetrics()
  const other = createMetrics()
  one.webhooks.inc({ source: 'default', resource: 'issue', outcome: 'opened' })
  t.match(await one.text(), 'tocsin_webhooks_total{source="default",resource="issue",outcome="opened"} 1')
  t.notMatch(await other.text(), 'outcome="opened"')
  t.match(one.contentType, 'text/plain')
})

t.test('the names and labels that dashboards rely on', async t => {
  const metrics = createMetrics()
  metrics.refused.inc({ door: 'sentry', reason: 'SIGNATURE_INVALID' })
  metrics.ackSeconds.observe({ status: '202' }, 0.004)
  metrics.timeToPageSeconds.observe({ severity: 'P0' }, 0.01)
  metrics.notifications.inc({ kind: 'pagerduty', outcome: 'sent' })
  metrics.sentryApi.inc({ question: 'crash-free', outcome: 'ok' })
  metrics.incidents.inc({ change: 'opened', severity: 'P0' })
  metrics.sweepRepairs.inc({ what: 'notification' })
  metrics.watchQueues(async () => ({
    alerts: { waiting: 1, delayed: 2, active: 3, failed: 4, oldestAgeMs: 1500 },
  }))
  metrics.watchOpenIncidents(async () => ({ P0: 2 }))
  const text = await metrics.text()
  for (const line of [
    'tocsin_webhooks_refused_total{door="sentry",reason="SIGNATURE_INVALID"} 1',
    'tocsin_webhook_ack_seconds_bucket{le="0.005",status="202"} 1',
    'tocsin_time_to_page_seconds_count{severity="P0"} 1',
    'tocsin_notifications_total{kind="pagerduty",outcome="sent"} 1',
    'tocsin_sentry_api_requests_total{question="crash-free",outcome="ok"} 1',
    'tocsin_incident_changes_total{change="opened",severity="P0"} 1',
    'tocsin_sweep_repairs_total{what="notification"} 1',
    'tocsin_queue_jobs{queue="alerts",state="delayed"} 2',
    'tocsin_queue_oldest_age_seconds{queue="alerts"} 1.5',
    'tocsin_incidents_open{severity="P0"} 2',
    'process_cpu_seconds_total',
  ]) {
    t.ok(text.includes(line), line)
  }
})

t.test('sources are looked at when scraped; what is not known is left out', async t => {
  const metrics = createMetrics()
  metrics.polls.inc({ source: 'default', outcome: 'ok' })
  metrics.missed.inc({ source: 'default', what: 'created' })
  metrics.pollBehindSeconds.set({ source: 'default' }, 7)
  metrics.watched.inc({ outcome: 'measured' })
  let skewSeconds: number | null = -240
  metrics.watchSources(async () => [
    { source: 'default', skewSeconds, lastWebhookAgeSeconds: 12.5, apiErrorRatio: null },
    { source: 'mobile', skewSeconds: null, lastWebhookAgeSeconds: null, apiErrorRatio: 0.5 },
  ])
  const text = await metrics.text()
  for (const line of [
    'tocsin_polls_total{source="default",outcome="ok"} 1',
    'tocsin_missed_total{source="default",what="created"} 1',
    'tocsin_poll_behind_seconds{source="default"} 7',
    'tocsin_watched_total{outcome="measured"} 1',
    'tocsin_source_clock_skew_seconds{source="default"} -240',
    'tocsin_source_last_webhook_age_seconds{source="default"} 12.5',
    'tocsin_sentry_api_error_ratio{source="mobile"} 0.5',
  ]) {
    t.ok(text.includes(line), line)
  }
  t.notMatch(text, 'tocsin_source_last_webhook_age_seconds{source="mobile"}')
  skewSeconds = null
  t.notMatch(await metrics.text(), 'tocsin_source_clock_skew_seconds{')
})

t.test('a gauge that cannot be read is left out and counted; the scrape goes on', async t => {
  const metrics = createMetrics()
  let down = false
  metrics.watchOpenIncidents(async () => {
    if (down) throw new Error('Redis is away')
    return { P1: 1 }
  })
  t.match(await metrics.text(), 'tocsin_incidents_open{severity="P1"} 1')
  down = true
  const text = await metrics.text()
  t.notMatch(text, 'tocsin_incidents_open{')
  t.match(text, 'tocsin_metric_reading_failures_total{metric="incidents_open"} 1')
})
