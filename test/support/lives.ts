import { pino } from 'pino'
import { createDelivery } from '../../src/deliver/deliver-notification.ts'
import { type Destination, destinationSchema } from '../../src/deliver/destination.ts'
import { createNotificationStore } from '../../src/deliver/notification-store.ts'
import type { Notifier } from '../../src/deliver/notifier.ts'
import { createPacingStore } from '../../src/deliver/pacing-store.ts'
import type { Act, Actor } from '../../src/incidents/act.ts'
import type { Change } from '../../src/incidents/change.ts'
import { createIncidentStore } from '../../src/incidents/incident-store.ts'
import { mayLead } from '../../src/incidents/transitions.ts'
import { createVoiceStore } from '../../src/mute/voice-store.ts'
import { createPagerdutyNotifier } from '../../src/pagerduty/notifier.ts'
import { createApplyChange } from '../../src/pipeline/apply-change.ts'
import { createDispatch } from '../../src/pipeline/dispatch.ts'
import { createEscalate } from '../../src/pipeline/escalate.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'
import type { RulesDocument } from '../../src/rules/rules-document.ts'
import { startPagerdutyStandIn } from '../../src/sandbox/pagerduty-stand-in.ts'
import { startSlackStandIn } from '../../src/sandbox/slack-stand-in.ts'
import { incidentId, incidentKey } from '../../src/signals/dedup-key.ts'
import type { Signal } from '../../src/signals/signal.ts'
import { createSlackNotifier } from '../../src/slack/notifier.ts'
import { actAt } from './acts.ts'
import { MINUTE, makeSignal, SECOND, START } from './make.ts'
import { startTestRedis } from './redis.ts'

/** One incident's life through everything that decides, owes, sends and settles, on a real Redis and against stand-ins. */

export const PAGE = 'pagerduty-oncall'
const ROUTING_KEY = '0'.repeat(32)
const SOON = { fallbackAfterMs: MINUTE, giveUpAfterMs: 24 * 60 * MINUTE }

/** As quick as it is asked: how fast a provider takes messages is another test's question. */
const unhurried = (notifier: Notifier): Notifier => ({
  ...notifier,
  pacing: ({ id }) => ({ key: id, intervalMs: 1, burst: 1_000_000 }),
})
function takesAll(kind: 'backlog' | 'sentry'): Notifier {
  return unhurried({
    kind,
    pages: false,
    send: async () => ({ outcome: 'sent', reference: null, detail: 'taken' }),
    pacing: () => ({ key: kind, intervalMs: 1, burst: 1 }),
    async close() {},
  })
}

/** The rules in their editions; the P0 policy says who must be called, and when again. */
export const EDITIONS: readonly RulesDocument[] = [
  defaultRules({ pagerduty: true, slack: true }),
  edited(policy => {
    policy.staleAfter = 'PT20M'
    policy.repeat = null
  }),
  edited(policy => {
    policy.steps.push({ after: 'PT30M', within: 'always', targets: [{ destination: PAGE, mention: null }] })
    policy.repeat = { times: 1, after: 'PT20M', within: 'always' }
  }),
]
function edited(edit: (policy: RulesDocument['policies'][number]) => void): RulesDocument {
  const document = defaultRules({ pagerduty: true, slack: true })
  const p0 = document.policies.find(({ id }) => id === 'p0')
  if (p0 !== undefined) edit(p0)
  return document
}

/** Where a process dies: before it hands on what it owes, or after a provider took it and before that is written down. */
export type Dies = 'never' | 'before-dispatch' | 'before-settling'

export interface Life {
  id: string
  issue: string
  key: string
  clock: ReturnType<typeof woundClock>
  rules: RulesDocument
  process: Process
  /** Requests at PagerDuty before this life. */
  from: number
  lastSignal: Change | null
}

export type Lives = Awaited<ReturnType<typeof startLives>>
type Process = ReturnType<Lives['startProcess']>

/** Redis, PagerDuty and Slack for many lives, one after another. */
export async function startLives() {
  const server = await startTestRedis({ settings: ['--appendonly', 'no'] })
  const start = woundClock({ now: () => START })
  const [pagerduty, slack] = await Promise.all([
    startPagerdutyStandIn({ clock: start }),
    startSlackStandIn({ clock: start }),
  ])
  const NOTIFIERS = {
    pagerduty: unhurried(createPagerdutyNotifier({ timeoutMs: 2_000 })),
    slack: unhurried(createSlackNotifier({ timeoutMs: 2_000 })),
    backlog: takesAll('backlog'),
    sentry: takesAll('sentry'),
  }
  const inSlack = (id: string, channel: string): Destination =>
    destinationSchema.parse({ id, name: id, kind: 'slack', channel, url: slack.url })
  const DESTINATIONS: readonly Destination[] = [
    destinationSchema.parse({ id: PAGE, name: 'On call', kind: 'pagerduty', url: pagerduty.url }),
    inSlack('slack-incidents', '#incidents'),
    inSlack('slack-alerts-production', '#alerts-production'),
    destinationSchema.parse({ id: 'backlog', name: 'Backlog', kind: 'backlog' }),
    {
      id: 'sentry-default',
      name: 'Sentry',
      fallback: null,
      kind: 'sentry',
      source: 'default',
      url: '',
      organization: 'x',
    },
  ]
  const destinationOf = (id: string) => DESTINATIONS.find(one => one.id === id) ?? null
  const SECRETS = { routingKey: ROUTING_KEY, botToken: 'xoxb-1' }

  const redis = server.client()
  const stores = { pacing: createPacingStore(redis), voices: createVoiceStore(redis) }
  const incidents = createIncidentStore(redis)
  const notifications = createNotificationStore(redis)

  /** One process: all that it has in memory is gone with it. What waits in queues goes too: a sweep must find it. */
  function startProcess(life: Pick<Life, 'clock'> & { rules: RulesDocument }) {
    let dies: Dies = 'never'
    let alive = true
    const queue = new Map<string, { incident: string; notification: string }>()
    const living = <T>(run: () => Promise<T>): Promise<T> =>
      alive ? run() : Promise.reject(new Error('this process is dead'))
    const log = pino({ level: 'silent' })
    const deliver = createDelivery({
      incidents,
      notifications: {
        ...notifications,
        claim: (...args) => living(() => notifications.claim(...args)),
        settle(...args) {
          if (dies === 'before-settling') alive = false
          return living(() => notifications.settle(...args))
        },
      },
      pacing: stores.pacing,
      notifierOf: kind => NOTIFIERS[kind],
      destinationOf(id) {
        const destination = destinationOf(id)
        return destination === null ? null : { destination, secret: SECRETS }
      },
      rules: () => SOON,
      lastResort: () => null,
      incidentUrl: id => `https://tocsin.test/incidents/${id}`,
      clock: life.clock,
      random: () => 0,
      onSettled() {},
    })
    const dispatch = createDispatch({
      deliver,
      incidents,
      notifications,
      enqueue: (_, item) => living(async () => void queue.set(item.notification, item)),
      log,
    })
    const apply = createApplyChange({
      incidents,
      notifications,
      voices: stores.voices,
      rules: () => ({ number: 1, at: START, author: 'tests', message: '', document: life.rules }),
      kindOf: id => destinationOf(id)?.kind ?? null,
      backlog: () => 'backlog',
      pages: kind => NOTIFIERS[kind].pages,
      dispatch(...args) {
        if (dies === 'before-dispatch') alive = false
        if (!alive) throw new Error('died between the commit and handing on')
        dispatch.dispatch(...args)
      },
      async onResolved() {},
      onChanged() {},
      clock: life.clock,
    })
    return {
      apply,
      escalate: createEscalate({ incidents, apply, clock: life.clock, log }),
      sweep: dispatch.sweep,
      idle: dispatch.idle,
      isAlive: () => alive,
      dieNext(how: Dies) {
        dies = how
      },
      /** Everything that waits in queues has its turn; what must wait is waited for. */
      async workOff() {
        await dispatch.idle()
        for (let turns = 0; queue.size > 0; turns++) {
          if (turns > 400) throw new Error(`never settles: ${[...queue.keys()].join(', ')}`)
          let waitMs = 1_000
          for (const item of [...queue.values()]) {
            const { again, ...more } = await dispatch.turn(item)
            if (again === 'no') queue.delete(item.notification)
            else if ('delayMs' in more) waitMs = Math.min(waitMs, Number(more.delayMs))
          }
          if (queue.size > 0) life.clock.wind(Math.max(1, waitMs))
          // What waits may wait for what a dead process had in hand: the sweep that runs all the time finds that.
          if (turns % 10 === 9) await dispatch.sweep()
        }
        await dispatch.idle()
      },
    }
  }

  let lives = 0
  function begin(): Life {
    lives += 1
    const issue = `${lives}`
    const key = incidentKey('default', { kind: 'issue', issue }) ?? ''
    const given = { clock: start, rules: EDITIONS[0] ?? defaultRules({ pagerduty: true, slack: true }) }
    pagerduty.heal()
    slack.heal()
    const life: Life = {
      ...given,
      id: incidentId(key),
      issue,
      key,
      process: startProcess(given),
      from: pagerduty.requests.length,
      lastSignal: null,
    }
    life.process = startProcess(life)
    return life
  }

  /** Applies it, and again in a new process when this one died of it: as a job that is taken up again would be. */
  async function tell(life: Life, change: Change): Promise<void> {
    for (let tries = 0; tries < 3; tries++) {
      try {
        const before = await incidents.read(life.id)
        const { action, repeated } = await life.process.apply(life.id, change)
        const after = await incidents.read(life.id)
        if (!repeated && action !== 'none' && after !== null && !mayLead(before?.status ?? 'new', action, after.status))
          throw new Error(`${action} led from ${before?.status} to ${after.status}`)
        await life.process.idle()
        if (life.process.isAlive()) return
      } catch (error) {
        if (life.process.isAlive()) throw error
      }
      life.process = startProcess(life)
    }
  }

  async function restarted(life: Life): Promise<void> {
    life.process = startProcess(life)
    // What a dead process had claimed is free again when its lease ends.
    life.clock.wind(11 * SECOND)
    await life.process.sweep()
    await life.process.workOff()
  }

  function about(life: Life, change: Parameters<typeof makeSignal>[0] = {}): Signal {
    const { facts, ...rest } = change
    return makeSignal({
      subject: { kind: 'issue', issue: life.issue },
      at: life.clock.now(),
      ...rest,
      facts: { issue: life.issue, project: `shop-${life.issue}`, ...facts },
    })
  }

  const resolvedAt = (life: Life, at: number): Change => ({
    kind: 'cleared',
    cause: `issue:${life.issue}`,
    signal: about(life, { at, intent: 'resolve', resource: 'issue', action: 'resolved' }),
  })

  /** A person says it: in PagerDuty itself it is so there before we hear of it. */
  async function act(life: Life, act: Act, via: Actor['via'], name: string): Promise<void> {
    const at = via === 'pagerduty' ? PAGE : via === 'sentry' ? 'default' : null
    if (via === 'pagerduty') {
      const alert = openAlerts(life).at(-1)
      if (alert === undefined || (act.kind !== 'acknowledge' && act.kind !== 'resolve')) return
      const there = pagerduty.incidents.of(alert.dedupKey)
      if (act.kind === 'acknowledge') pagerduty.incidents.acknowledge(there.id)
      else pagerduty.incidents.resolve(there.id)
    }
    const now = life.clock.now()
    await tell(life, {
      kind: 'act',
      id: name,
      act: actAt(act, now),
      actor: { via, at, id: 'U01', name: 'Ada' },
      at: now,
    })
  }

  /** Works off what waits; a process that dies of it is followed by another. */
  async function workedOff(life: Life): Promise<void> {
    await life.process.workOff().catch(error => {
      if (life.process.isAlive()) throw error
    })
    if (!life.process.isAlive()) await restarted(life)
  }

  async function wait(life: Life, minutes: number): Promise<void> {
    await workedOff(life)
    life.clock.wind(minutes * MINUTE)
    await life.process.escalate().catch(() => {})
    await life.process.idle()
    await workedOff(life)
  }

  const openAlerts = (life: Life) =>
    pagerduty.openAlerts().filter(({ dedupKey }) => dedupKey.startsWith(`${life.key}:g`))

  return {
    begin,
    tell,
    restarted,
    about,
    resolvedAt,
    act,
    workedOff,
    wait,
    openAlerts,
    startProcess,
    lived: () => lives,
    redis,
    incidents,
    notifications,
    pagerduty,
    slack,
    async stop() {
      await Promise.all(Object.values(NOTIFIERS).map(notifier => notifier.close()))
      await Promise.all([pagerduty.close(), slack.close(), server.stop()])
    },
  }
}
