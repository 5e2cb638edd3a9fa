import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createApiKeyStore } from './access/api-key-store.ts'
import { createAuditTrail } from './access/audit-trail.ts'
import { createAuthenticate } from './access/authenticate.ts'
import { createReadToken } from './access/oidc.ts'
import { createIdempotencyStore } from './api/idempotency-store.ts'
import { outward } from './api/outward.ts'
import { DEFAULT_RATE_LIMIT } from './api/register-api.ts'
import type { Config } from './config.ts'
import { createBacklogNotifier } from './deliver/backlog-notifier.ts'
import { sentryDestination } from './deliver/destination.ts'
import { createHeartbeat } from './heartbeat.ts'
import { createOperations } from './operations.ts'
import { createPagerdutyApi } from './pagerduty/api-client.ts'
import { createPagerdutyNotifier } from './pagerduty/notifier.ts'
import { createTellAgain } from './pagerduty/tell-again.ts'
import { createPipeline } from './pipeline/pipeline.ts'
import { quarantineEntry } from './pipeline/quarantine-entry.ts'
import type { Clock } from './platform/clock.ts'
import { lockDataDir } from './platform/data-dir.ts'
import { createDestinationQueues } from './platform/destination-queues.ts'
import { checkDurability } from './platform/durability.ts'
import { startEmbeddedRedis } from './platform/embedded-redis.ts'
import type { Every } from './platform/every.ts'
import { createKeyedHash } from './platform/keyed-hash.ts'
import { createLaneQueue } from './platform/lane-queues.ts'
import type { Log } from './platform/logger.ts'
import { createMetrics } from './platform/metrics.ts'
import { connectRedis, type RedisLike, type RedisPurpose, type RedisTarget, untilReached } from './platform/redis.ts'
import { createScrub } from './platform/scrub.ts'
import { createSecretBox, loadOrCreateKey } from './platform/secret-box.ts'
import { createReadiness } from './readiness.ts'
import { checkChosen } from './rules/check-chosen.ts'
import { createRulesApart } from './rules/rules-apart.ts'
import { SAMPLES } from './sandbox/samples/samples.ts'
import { startSandbox } from './sandbox/start-sandbox.ts'
import { seed } from './seed.ts'
import { createDeliveryAcceptor } from './sentry/accept-delivery.ts'
import { createSentryApi } from './sentry/api-client.ts'
import { createSentryNotifier } from './sentry/notifier.ts'
import { createOwnApp } from './sentry/own-app.ts'
import { parseDelivery } from './sentry/parse-delivery.ts'
import { createRefusalWatch } from './sentry/refusal-watch.ts'
import { buildServer } from './server.ts'
import { answerPresser } from './slack/answer-presser.ts'
import { createAskSlack } from './slack/ask-slack.ts'
import { createSlackNotifier } from './slack/notifier.ts'
import { createSourceHealth } from './source-health.ts'
import { createStores } from './stores.ts'
import { startWorkers } from './worker.ts'

export interface ServiceOptions {
  config: Config
  clock: Clock
  log: Log
  pid: number
  random(): number
  /** Drives what comes round: by the system's timers, or not at all where `catchUp` does. */
  every: Every
  /** Told the secret values of this process, so that the log hides them. */
  onSecrets(secrets: () => string[]): void
}

export interface Service {
  /** Where it listens; null for a worker alone. */
  url: string | null
  config: Config
  /** The sandbox's stand-ins; null outside the sandbox. */
  sandbox: Awaited<ReturnType<typeof startSandbox>> | null
  /** Makes delayed work due now: what a wound clock needs. One round of ticks and sweeps besides. */
  catchUp(): Promise<void>
  /**
   * Resolves when every delivery is handled and every page has left; posts may wait for their channel's next slot. What a
   * wound clock needs between two of its steps. The door's beat, and what other processes changed, are looked at too.
   */
  settled(): Promise<void>
  /** In order: no new intake, the work in hand finished, queues kept, connections closed. */
  stop(): Promise<void>
}

/** An attempt may be two requests (a look-up and a post): both fit into the claim of 10 s. */
const NOTIFIER_TIMEOUT_MS = 4_500
/** Of the heartbeat: far inside the minute until the next. */
const HEARTBEAT_TIMEOUT_MS = 5_000
/** Slack lets a window be opened for three seconds after the press. */
const WHILE_SOMEONE_WAITS_MS = 2_500
const REFRESH_MS = 1_000
/** Newest open incidents among which Sentry's sidebar finds one to link, and Slack's command lists. */
const MOST_OFFERED = 1_000

/**
 * Straight-line wiring, by hand, once: everything is opened here in order, and closed in reverse. What fails on the
 * way in closes what was opened before it.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { clock, log } = options
  const closing: (() => Promise<unknown> | unknown)[] = []
  const onClose = (close: () => Promise<unknown> | unknown) => closing.push(close)
  async function stop(): Promise<void> {
    for (let close = closing.pop(); close !== undefined; close = closing.pop()) {
      try {
        await close()
      } catch (error) {
        // The rest is closed all the same.
        log.warn({ err: error }, 'something did not close in order')
      }
    }
  }

  try {
    return await start()
  } catch (error) {
    await stop()
    throw error
  }

  async function start(): Promise<Service> {
    const needsDataDir = options.config.redisUrl === null || options.config.sandbox
    if (needsDataDir) {
      const lock = lockDataDir(options.config.dataDir, options.pid)
      onClose(() => lock.release())
    }
    const target = await openRedis()
    const connect = (purpose: RedisPurpose): RedisLike => {
      const redis = connectRedis(target, purpose, log)
      onClose(() => redis.disconnect())
      return redis
    }

    const sandbox = options.config.sandbox
      ? await startSandbox({ config: options.config, clock, dataDir: options.config.dataDir, log })
      : null
    if (sandbox !== null) onClose(() => sandbox.close())
    const config = sandbox?.config ?? options.config
    const encryptionKeys = config.encryptionKeys ?? [loadOrCreateKey(config.dataDir)]
    const adminApiKey = config.adminApiKey
    if (adminApiKey === null) throw new Error('ADMIN_API_KEY is missing')

    const metrics = createMetrics()
    const storeRedis = connect('store')
    await untilReached(storeRedis)
    const stores = createStores(storeRedis, { secretBox: createSecretBox(encryptionKeys), clock })
    const doorRedis = connect('door')
    const queueRedis = connect('queue')

    await seed(stores, config, { clock, log })
    const rules = () => stores.rules.cached()
    const secrets = () => [
      adminApiKey,
      ...config.pagerduty.webhookSecrets,
      ...(config.pagerduty.apiToken === null ? [] : [config.pagerduty.apiToken]),
      ...(config.slack.signingSecret === null ? [] : [config.slack.signingSecret]),
      ...stores.sources
        .all()
        .flatMap(source => [...source.clientSecrets, ...(source.apiToken === null ? [] : [source.apiToken])]),
      ...stores.destinations.all().flatMap(({ secret }) => Object.values(secret)),
    ]
    options.onSecrets(secrets)
    const trail = createAuditTrail({ store: stores.audit, clock, scrub: createScrub(secrets), outward, log })
    const ask = createSentryApi({
      sourceOf: id => stores.sources.get(id),
      clock,
      log,
      onOutcome: (question, outcome) => metrics.sentryApi.inc({ question, outcome }),
    })
    const health = createSourceHealth({ stores, ask, polls: stores.polls, rules, clock, log })
    await refresh()
    const refresher = setInterval(() => void refresh(), REFRESH_MS)
    onClose(() => clearInterval(refresher))

    function showBehind(): void {
      for (const { id } of stores.sources.all()) {
        const { behindMs } = stores.polls.view(id, clock.now())
        if (behindMs !== null) metrics.pollBehindSeconds.set({ source: id }, behindMs / 1000)
      }
    }

    /** What people changed at another process, and what it has seen: known here within a second. */
    async function refresh(): Promise<void> {
      await Promise.all([
        stores.sources.refresh().then(health.refresh).then(health.look),
        stores.destinations.refresh(),
        stores.circuits.refresh(),
        stores.ownApps.refresh(),
        stores.rules.refresh(),
        trail.settle().catch(error => log.warn({ err: error }, 'the audit trail could not be settled; tried again')),
        config.role === 'worker' ? stores.door.refresh() : stores.door.beat(clock.now()),
        stores.polls
          .refresh(
            stores.sources.all().map(({ id }) => id),
            clock.now(),
          )
          .then(showBehind),
      ]).catch(error =>
        log.warn({ err: error }, 'rules, sources and destinations could not be read; the last known ones stay'),
      )
    }

    const hashUser = createKeyedHash(encryptionKeys, 'users')
    const laneDeps = { clock, log }
    const ownApp = createOwnApp({
      store: stores.ownApps,
      sourceOf: id => stores.sources.get(id),
      clock,
      log,
      timeoutMs: NOTIFIER_TIMEOUT_MS,
    })
    const notifiers = [
      createPagerdutyNotifier({ timeoutMs: NOTIFIER_TIMEOUT_MS }),
      createSlackNotifier({ timeoutMs: NOTIFIER_TIMEOUT_MS, buttons: config.slack.signingSecret !== null }),
      createBacklogNotifier({ store: stores.backlog, clock }),
      createSentryNotifier({ timeoutMs: NOTIFIER_TIMEOUT_MS, onWriting: ownApp.writing }),
    ]
    for (const notifier of notifiers) onClose(() => notifier.close())
    const askSlack = createAskSlack({
      timeoutMs: WHILE_SOMEONE_WAITS_MS,
      destinationOf: id => stores.destinations.get(id),
    })
    onClose(() => askSlack.close())

    const { apiToken: pagerdutyToken, apiUrl, from } = config.pagerduty
    const pagerdutyApi =
      pagerdutyToken === null
        ? null
        : createPagerdutyApi({ url: apiUrl, token: pagerdutyToken, from, timeoutMs: NOTIFIER_TIMEOUT_MS, clock })
    const again = createTellAgain({ timeoutMs: NOTIFIER_TIMEOUT_MS })
    onClose(() => again.close())

    let url = config.publicUrl
    const destinationQueues = createDestinationQueues(
      () => connectRedis(target, 'queue', log),
      item => pipeline.turn(item),
      {
        log,
        clock,
        concurrency: 1,
        work: config.role !== 'server',
      },
    )
    const beat = createHeartbeat({
      url: config.heartbeatUrl,
      timeoutMs: HEARTBEAT_TIMEOUT_MS,
      onBeat: outcome => metrics.heartbeats.inc({ outcome }),
      log,
    })
    const alerts = createLaneQueue(queueRedis, 'alerts', laneDeps)
    const errors = createLaneQueue(queueRedis, 'errors', laneDeps)
    const pipeline = createPipeline({
      stores,
      rules,
      parse(delivery) {
        const parsed = parseDelivery(delivery, { hashUser, ownApp: ownApp.of(delivery.source) })
        if (parsed.kind === 'quarantine')
          return { kind: 'quarantine', entry: quarantineEntry(delivery, parsed.reason, parsed.problems) }
        void ownApp.saw(parsed.signal)
        return parsed
      },
      ask,
      notifiers,
      trail,
      pagerduty: {
        api: pagerdutyApi,
        again,
        onMended: what => metrics.sweepRepairs.inc({ what: `pagerduty-${what}` }),
      },
      slack: { nameOf: askSlack.nameOf, answer: answerPresser },
      alerts,
      errors,
      enqueue: destinationQueues.enqueue,
      publicUrl: () => url,
      doorOpenSince: stores.door.openSince,
      conditionHolds: health.conditionHolds,
      onHandled(record) {
        metrics.webhooks.inc({ source: record.source, resource: record.resource, outcome: record.outcome })
        const { id: delivery, outcome, incident, source, resource } = record
        const level = outcome === 'counted' || outcome === 'nothing-to-do' || outcome === 'duplicate' ? 'debug' : 'info'
        log[level]({ delivery, source, resource, outcome, incident }, record.reason)
      },
      onChanged(incident, action, reason) {
        metrics.incidents.inc({ change: action, severity: incident.severity })
        if (action === 'attach' || action === 'none') return
        log.info(
          { incident: incident.id, action, severity: incident.severity, generation: incident.generation },
          reason,
        )
      },
      onSettled(notification, kind) {
        metrics.notifications.inc({ kind: kind ?? 'unknown', outcome: notification.status })
        const paged =
          kind === 'pagerduty' &&
          notification.status === 'sent' &&
          (notification.kind === 'open' || notification.kind === 'raise')
        if (paged)
          metrics.timeToPageSeconds.observe(
            { severity: notification.severity },
            (clock.now() - notification.causedAt) / 1000,
          )
        log.info(
          {
            incident: notification.incident,
            notification: notification.id,
            destination: notification.destination,
            status: notification.status,
            attempts: notification.attempts,
            error: notification.error,
          },
          `${notification.kind} to ${notification.destination}: ${notification.status}`,
        )
      },
      onRepaired: count => metrics.sweepRepairs.inc({ what: 'notification' }, count),
      onMuted: by => metrics.muted.inc({ by }),
      onEscalationRepaired: what => metrics.escalationRepairs.inc({ what }),
      async onEscalationsLooked(healthy) {
        if (healthy) await beat()
        else if (config.heartbeatUrl !== null) metrics.heartbeats.inc({ outcome: 'held-back' })
      },
      onMeasuredAgain: count => metrics.watched.inc({ outcome: 'measured' }, count),
      // The sandbox's own Sentry holds every sample before a button is pressed: nothing of it was missed.
      polled: () => stores.sources.all().filter(({ url }) => url !== sandbox?.sentry?.url),
      onPolled(source, outcome) {
        metrics.polls.inc({ source, outcome })
        void stores.polls.refresh([source], clock.now()).catch(() => {})
      },
      onMissed: (source, what) => metrics.missed.inc({ source, what }),
      onKept: (outcome, count) => metrics.keptSignals.inc({ outcome }, count),
      clock,
      random: options.random,
      log,
    })
    health.onTrouble((source, condition, title) =>
      pipeline
        .sourceTrouble(source, condition, title)
        .catch(error => log.error({ err: error }, 'trouble of a source could not be recorded; told again soon')),
    )
    metrics.watchSources(health.readings)
    metrics.watchFailing(() => stores.circuits.open().map(({ destination }) => destination))
    onClose(() => alerts.close())
    onClose(() => errors.close())
    onClose(() => destinationQueues.close())

    metrics.watchQueues(async () => ({
      alerts: await alerts.depth(),
      errors: await errors.depth(),
      ...(await destinationQueues.depth()),
    }))
    metrics.watchOpenIncidents(async () => {
      const open = await stores.incidents.readMany(await stores.incidents.openIds())
      const bySeverity: Record<string, number> = { P0: 0, P1: 0, P2: 0, P3: 0 }
      for (const incident of open) bySeverity[incident.severity] = (bySeverity[incident.severity] ?? 0) + 1
      return bySeverity
    })
    const readiness = createReadiness({
      stores,
      config,
      rules,
      redis: doorRedis,
      durability: () => checkDurability(queueRedis),
      health,
      clock,
    })
    for (const check of (await readiness()).checks) if (!check.ok) log.warn({ check: check.name }, check.reason)

    if (config.role !== 'server') {
      destinationQueues.ensure(stores.destinations.all().map(({ destination }) => destination.id))
      destinationQueues.ensure(stores.sources.all().map(({ id }) => sentryDestination(id)))
      const workers = startWorkers({ redis: connect('worker'), pipeline, every: options.every, log })
      onClose(() => workers.stop())
    } else onClose(() => pipeline.idle())

    let listening: string | null = null
    if (config.role !== 'worker') {
      const refusals = createRefusalWatch({ clock, onBurst: health.refused })
      // A queue of its own on a connection that fails fast: with Redis away the door says so instead of hanging.
      const intake = {
        alerts: createLaneQueue(doorRedis, 'alerts', laneDeps),
        errors: createLaneQueue(doorRedis, 'errors', laneDeps),
      }
      onClose(() => Promise.all([intake.alerts.close(), intake.errors.close()]))
      const acceptor = createDeliveryAcceptor({ store: (lane, deliveries) => intake[lane].add(deliveries), clock })
      const checking = createRulesApart()
      const operations = createOperations({
        stores,
        pipeline,
        checking,
        clock,
        healthOf: health.of,
        parse: delivery => parseDelivery(delivery, { hashUser, ownApp: ownApp.of(delivery.source) }),
        readiness,
        metrics: () => metrics.text(),
      })
      const server = await buildServer({
        door: {
          sources: id => stores.sources.get(id),
          accept: delivery => acceptor.accept(delivery),
          onAccepted: health.sawWebhook,
          clock,
          log,
          onRefused(source, reason) {
            metrics.refused.inc({ door: 'sentry', reason })
            refusals.note(source, reason)
          },
        },
        ui: {
          sources: stores.sources.all,
          policies: () => rules().document.policies,
          checkChoice: settings => checkChosen(settings, rules().document),
          async openIncidents(source) {
            const open = await stores.incidents.readMany(await stores.incidents.recentIds(true, 0, MOST_OFFERED))
            return open.filter(incident => incident.source === source && incident.status !== 'resolved')
          },
          link: pipeline.linkIssue.link,
          create: pipeline.linkIssue.create,
          incidentUrl: id => `${url}/incidents/${id}`,
          clock,
          log,
          onRefused: reason => metrics.refused.inc({ door: 'sentry-ui', reason }),
        },
        pagerduty:
          config.pagerduty.webhookSecrets.length === 0
            ? null
            : {
                secrets: config.pagerduty.webhookSecrets,
                accept: delivery => acceptor.accept(delivery),
                clock,
                log,
                onRefused: reason => metrics.refused.inc({ door: 'pagerduty', reason }),
              },
        slack:
          config.slack.signingSecret === null
            ? null
            : {
                signingSecret: config.slack.signingSecret,
                accept: (press, receivedAt) =>
                  acceptor.accept({
                    ...{ source: 'slack', resource: 'slack', via: 'slack' as const, hookTimestamp: null, receivedAt },
                    body: JSON.stringify(press),
                    encoding: 'utf8',
                  }),
                openModal: askSlack.openModal,
                openIncidents: async () =>
                  stores.incidents.readMany(await stores.incidents.recentIds(true, 0, MOST_OFFERED)),
                incidentUrl: id => `${url}/incidents/${id}`,
                clock,
                log,
                onRefused: reason => metrics.refused.inc({ door: 'slack', reason }),
              },
        api: {
          operations,
          authenticate: createAuthenticate({
            adminApiKey,
            // On the connection that fails fast: with Redis away nobody is let in, and nobody hangs either.
            keys: createApiKeyStore(doorRedis),
            oidc: config.oidc === null ? null : createReadToken(config.oidc, { clock, log }),
            clock,
            log,
          }),
          trail,
          onRefused: code => metrics.callersRefused.inc({ code }),
          log,
          idempotency: createIdempotencyStore(storeRedis),
          rateLimit: DEFAULT_RATE_LIMIT,
          openapi: readFileSync(join(import.meta.dirname, '../openapi.yaml'), 'utf8'),
        },
        sandbox:
          sandbox === null
            ? null
            : {
                pagerduty: sandbox.pagerduty,
                slack: sandbox.slack,
                slackSigningSecret: config.slack.signingSecret,
                clientSecret: config.sentry.clientSecrets[0] ?? '',
                ownUrl: () => listening ?? url,
                samples: SAMPLES,
                adminApiKey,
                operations,
                clock,
              },
        trustProxy: config.trustProxy,
        onAnswered(route, status, seconds) {
          if (route.startsWith('/webhooks/')) metrics.ackSeconds.observe({ status: String(status) }, seconds)
        },
      })
      onClose(() => server.close())
      // First of all: whoever waits for a large document is answered, and the server need not wait for it.
      onClose(() => checking.close())
      await server.listen({ host: config.host, port: config.port })
      const { port } = server.server.address() as AddressInfo
      const host = config.host.includes(':') ? `[${config.host}]` : config.host
      listening = `http://${host}:${port}`
      if (options.config.port === 0) url = listening
      sandbox?.announce(listening)
    }

    return {
      url: listening,
      config,
      sandbox,
      async catchUp() {
        await Promise.all([alerts.promoteDelayed(), errors.promoteDelayed(), destinationQueues.promoteDelayed()])
        if (config.role !== 'server') await pipeline.watch.escalate()
        if (config.role !== 'server') await pipeline.lookAtMutes()
        await pipeline.watch.tick()
        if (config.role !== 'server') await Promise.all([pipeline.reconcile.run(), pipeline.reconcilePagerduty.run()])
        await health.look()
        await pipeline.watch.sweep()
        await pipeline.keep()
      },
      async settled() {
        await refresh()
        for (;;) {
          await pipeline.idle()
          const lines = await Promise.all([alerts.depth(), errors.depth(), destinationQueues.depth()])
          const [alertLane, errorLane, destinations] = lines
          const pagers = stores.destinations.all().filter(({ destination }) => destination.kind === 'pagerduty')
          const awaited = [alertLane, errorLane, ...pagers.map(({ destination }) => destinations[destination.id])]
          const busy = awaited.some(depth => depth !== undefined && depth.waiting + depth.active > 0)
          if (!busy) return pipeline.idle()
          await new Promise(resolve => setTimeout(resolve, 1))
        }
      },
      stop,
    }
  }

  async function openRedis(): Promise<RedisTarget> {
    const { redisUrl, dataDir } = options.config
    if (redisUrl !== null) return { url: redisUrl }
    const embedded = await startEmbeddedRedis({ dataDir, log })
    onClose(() => embedded.stop())
    return { path: embedded.socketPath }
  }
}
