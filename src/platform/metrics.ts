import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** How full a queue is; ages in milliseconds. */
export interface QueueDepth {
  waiting: number
  delayed: number
  active: number
  failed: number
  /** Age of the oldest job that nobody has finished, delayed ones apart; 0 when there is none. */
  oldestAgeMs: number
}

/** How a Sentry source does; null: not known, and its gauge is left out. */
export interface SourceReading {
  source: string
  skewSeconds: number | null
  lastWebhookAgeSeconds: number | null
  /** Requests that failed, of those of the last 10 minutes. */
  apiErrorRatio: number | null
}

export type Metrics = ReturnType<typeof createMetrics>

/** Seconds. The door has to answer inside one: fine below it, coarse above. */
const ACK_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2]
const PAGE_BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800]

/**
 * Every metric of the service, in a registry of its own. Times are in seconds (Prometheus' rule), ages of jobs too.
 * Gauges that have to be looked up are read when `text()` is called; a reading that fails leaves its gauge out and is
 * counted, it never fails the scrape.
 */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  function counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `tocsin_${name}`, help, labelNames, registers })
  }
  function gauge<Label extends string>(name: string, help: string, labelNames: Label[]): Gauge<Label> {
    return new Gauge({ name: `tocsin_${name}`, help, labelNames, registers })
  }

  const unread = counter('metric_reading_failures_total', 'Gauges that could not be read at a scrape', ['metric'])
  const queueJobs = gauge('queue_jobs', 'Jobs in a queue by state', ['queue', 'state'])
  const queueAge = gauge('queue_oldest_age_seconds', 'Age of the oldest unfinished job', ['queue'])
  const openIncidents = gauge('incidents_open', 'Incidents that are not resolved', ['severity'])
  const failing = gauge('destination_failing', 'Destinations that have taken nothing for minutes', ['destination'])
  const ofSource = {
    skewSeconds: gauge('source_clock_skew_seconds', "Sentry's clock minus ours", ['source']),
    lastWebhookAgeSeconds: gauge('source_last_webhook_age_seconds', 'Since the last webhook of a source', ['source']),
    apiErrorRatio: gauge('sentry_api_error_ratio', "Requests to Sentry's API that failed, of the last 10 minutes", [
      'source',
    ]),
  } as const
  const readings: (() => Promise<void>)[] = []

  function watch(name: string, clear: () => void, read: () => Promise<void>): void {
    readings.push(async () => {
      clear()
      await read().catch(() => unread.inc({ metric: name }))
    })
  }

  return {
    webhooks: counter('webhooks_total', 'Webhook deliveries by the one thing that became of them', [
      'source',
      'resource',
      'outcome',
    ]),
    refused: counter('webhooks_refused_total', 'Webhook calls that were not stored', ['door', 'reason']),
    callersRefused: counter('api_callers_refused_total', 'Requests to the API whose key or token was refused', [
      'code',
    ]),
    ackSeconds: new Histogram({
      name: 'tocsin_webhook_ack_seconds',
      help: 'From the first byte of a webhook to its answer',
      labelNames: ['status'],
      buckets: ACK_BUCKETS,
      registers,
    }),
    timeToPageSeconds: new Histogram({
      name: 'tocsin_time_to_page_seconds',
      help: 'From a webhook received to its page accepted by PagerDuty',
      labelNames: ['severity'],
      buckets: PAGE_BUCKETS,
      registers,
    }),
    notifications: counter('notifications_total', 'Attempts to tell a destination', ['kind', 'outcome']),
    sentryApi: counter('sentry_api_requests_total', "Questions put to Sentry's API", ['question', 'outcome']),
    polls: counter('polls_total', 'Rounds of asking Sentry what its webhooks did not tell', ['source', 'outcome']),
    pollBehindSeconds: gauge('poll_behind_seconds', 'How far those rounds are behind Sentry', ['source']),
    missed: counter('missed_total', 'What no webhook told and a round found', ['source', 'what']),
    keptSignals: counter('kept_signals_total', 'Judged signals kept for replays, or not', ['outcome']),
    watched: counter('watched_total', 'Open incidents measured again on schedule', ['outcome']),
    incidents: counter('incident_changes_total', 'What happened to incidents', ['change', 'severity']),
    muted: counter('muted_total', 'Incidents kept quiet, each once for what kept it so', ['by']),
    sweepRepairs: counter('sweep_repairs_total', 'Things found undone and done by the sweep', ['what']),

    escalationRepairs: counter('escalation_repairs_total', 'Escalations that had stopped and were mended', ['what']),
    heartbeats: counter('heartbeats_total', 'Heartbeats to HEARTBEAT_URL, and those held back', ['outcome']),

    /** Registers the queues to look at when scraped, by name. */
    watchQueues(read: () => Promise<Record<string, QueueDepth>>): void {
      watch('queue_jobs', clearQueues, async () => {
        for (const [queue, depth] of Object.entries(await read())) {
          for (const state of ['waiting', 'delayed', 'active', 'failed'] as const) {
            queueJobs.set({ queue, state }, depth[state])
          }
          queueAge.set({ queue }, depth.oldestAgeMs / 1000)
        }
      })
    },
    /** Registers how to count open incidents by severity when scraped. */
    watchOpenIncidents(read: () => Promise<Record<string, number>>): void {
      watch(
        'incidents_open',
        () => openIncidents.reset(),
        async () => {
          for (const [severity, count] of Object.entries(await read())) openIncidents.set({ severity }, count)
        },
      )
    },
    /** Registers which destinations take nothing when scraped: 1 each. */
    watchFailing(read: () => readonly string[]): void {
      watch(
        'destination_failing',
        () => failing.reset(),
        async () => {
          for (const destination of read()) failing.set({ destination }, 1)
        },
      )
    },
    /** Registers how to look at the sources when scraped. */
    watchSources(read: () => Promise<readonly SourceReading[]>): void {
      const names = ['skewSeconds', 'lastWebhookAgeSeconds', 'apiErrorRatio'] as const
      watch(
        'sources',
        () => {
          for (const name of names) ofSource[name].reset()
        },
        async () => {
          for (const reading of await read())
            for (const name of names) {
              const value = reading[name]
              if (value !== null) ofSource[name].set({ source: reading.source }, value)
            }
        },
      )
    },
    contentType: registry.contentType,
    /** The Prometheus exposition text. */
    async text(): Promise<string> {
      await Promise.all(readings.map(read => read()))
      return registry.metrics()
    },
  }

  function clearQueues(): void {
    queueJobs.reset()
    queueAge.reset()
  }
}
