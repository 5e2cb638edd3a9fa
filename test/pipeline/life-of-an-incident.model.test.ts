import fc from 'fast-check'
import { pino } from 'pino'
import t from 'tap'
import { createDelivery } from '../../src/deliver/deliver-notification.ts'
import { type Destination, destinationSchema } from '../../src/deliver/destination.ts'
import type { Notification } from '../../src/deliver/notification.ts'
import { createNotificationStore } from '../../src/deliver/notification-store.ts'
import type { Notifier } from '../../src/deliver/notifier.ts'
import { createPacingStore } from '../../src/deliver/pacing-store.ts'
import type { Act, Actor } from '../../src/incidents/act.ts'
import type { Change } from '../../src/incidents/change.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { createIncidentStore } from '../../src/incidents/incident-store.ts'
import { mayLead } from '../../src/incidents/transitions.ts'
import { createVoiceStore } from '../../src/mute/voice-store.ts'
import { pagerdutyDedupKey } from '../../src/pagerduty/dedup-key.ts'
import { createPagerdutyNotifier } from '../../src/pagerduty/notifier.ts'
import { createApplyChange } from '../../src/pipeline/apply-change.ts'
import { createDispatch } from '../../src/pipeline/dispatch.ts'
import { createEscalate } from '../../src/pipeline/escalate.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { stepAt } from '../../src/route/steps-due.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'
import type { RulesDocument } from '../../src/rules/rules-document.ts'
import { startPagerdutyStandIn } from '../../src/sandbox/pagerduty-stand-in.ts'
import { startSlackStandIn } from '../../src/sandbox/slack-stand-in.ts'
import type { Fault } from '../../src/sandbox/stand-in-fault.ts'
import { incidentId, incidentKey } from '../../src/signals/dedup-key.ts'
import type { Signal } from '../../src/signals/signal.ts'
import { createSlackNotifier } from '../../src/slack/notifier.ts'
import { actAt, anyAct, severities } from '../support/acts.ts'
import { judged, MINUTE, makeSignal, makeVerdict, SECOND, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

/**
 * Random lives of one incident through everything that decides, owes, sends and settles, on a real Redis and against
 * stand-ins of PagerDuty and Slack: signals, what people decide on every side, edited rules, faults of the providers,
 * crashes, and time. After every happening, and when all has settled, what is promised is looked at.
 */

const PAGE = 'pagerduty-oncall'
const ROUTING_KEY = '0'.repeat(32)
const SOON = { fallbackAfterMs: MINUTE, giveUpAfterMs: 24 * 60 * MINUTE }

const server = await startTestRedis({ settings: ['--appendonly', 'no'] })
const start = woundClock({ now: () => START })
const [pagerduty, slack] = await Promise.all([
  startPagerdutyStandIn({ clock: start }),
  startSlackStandIn({ clock: start }),
])
/** As quick as it is asked: how fast a provider takes messages is another test's question. */
const unhurried = (notifier: Notifier): Notifier => ({
  ...notifier,
  pacing: ({ id }) => ({ key: id, intervalMs: 1, burst: 1_000_000 }),
})
const NOTIFIERS = {
  pagerduty: unhurried(createPagerdutyNotifier({ timeoutMs: 2_000 })),
  slack: unhurried(createSlackNotifier({ timeoutMs: 2_000 })),
  backlog: takesAll('backlog'),
  sentry: takesAll('sentry'),
}
t.teardown(async () => {
  await Promise.all(Object.values(NOTIFIERS).map(notifier => notifier.close()))
  await Promise.all([pagerduty.close(), slack.close(), server.stop()])
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

/** The rules in their editions; the P0 policy says who must be called, and when again. */
const EDITIONS: readonly RulesDocument[] = [
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
type Dies = 'never' | 'before-dispatch' | 'before-settling'

interface Life {
  id: string
  issue: string
  key: string
  clock: ReturnType<typeof woundClock>
  rules: RulesDocument
  process: ReturnType<typeof startProcess>
  /** Requests at PagerDuty before this life. */
  from: number
  lastSignal: Change | null
}

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
  await tell(life, { kind: 'act', id: name, act: actAt(act, now), actor: { via, at, id: 'U01', name: 'Ada' }, at: now })
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

const openAlerts = (life: Life) => pagerduty.openAlerts().filter(({ dedupKey }) => dedupKey.startsWith(`${life.key}:g`))
const NEWS: readonly Notification['kind'][] = ['open', 'raise', 'step', 'fallback']
const isNews = ({ kind }: Notification) => NEWS.includes(kind)

function must(so: boolean, what: string, ...seen: unknown[]): void {
  if (!so) throw new Error(`${what}: ${JSON.stringify(seen)}`)
}

/** What holds at every moment, whatever is still on its way. */
async function look(life: Life): Promise<void> {
  const incident = await incidents.read(life.id)
  const open = openAlerts(life)
  must(open.length <= 1, 'two alerts are open for one incident', open)
  const keys = new Set<string>()
  for (const { body } of pagerduty.requests.slice(life.from)) {
    const { dedup_key: key, event_action: action } = body as { dedup_key: string; event_action: string }
    if (action === 'trigger') keys.add(key)
    else if (key.startsWith(`${life.key}:g`)) must(keys.has(key), `PagerDuty heard ${action} before any trigger`, key)
  }
  if (incident === null) return
  must(incident.stepAt === stepAt(incident), 'its timer is not what its escalations say', incident)
  if (incident.status === 'triggered' && incident.severity === 'P0' && incident.muted === null) {
    must(stepAt(incident) !== null || lastStepTold(incident), 'a P0 that nobody answers and nothing leads on', incident)
    if (incident.silenced !== null) return
    const mine = (await notifications.list(life.id)).filter(
      item => item.destination === PAGE && item.generation === incident.generation && isNews(item),
    )
    must(
      mine.some(({ status }) => status !== 'dropped'),
      'a P0 for which nobody is paged',
      incident,
      mine,
    )
  }
}

/** Given up, but perhaps an attempt was taken. */
const mayBeThere = ({ status, reference }: Notification) =>
  status === 'sent' || (status === 'dead' && reference !== null)

function lastStepTold({ escalations }: Incident): boolean {
  return (
    escalations.length > 0 && escalations.every(({ dueAt, step, steps }) => dueAt === null && step === steps.length - 1)
  )
}

/** Providers are well again, and everything that is owed or due has had its time: then all sides say the same. */
async function agreed(life: Life): Promise<void> {
  pagerduty.heal()
  slack.heal()
  await restarted(life)
  for (let round = 0; round < 3; round++) {
    await life.process.sweep()
    await life.process.workOff()
    life.clock.wind(31 * SECOND)
    await life.process.escalate()
    await life.process.workOff()
  }
  await look(life)
  const incident = await incidents.read(life.id)
  if (incident === null) return
  must(incident.stepAt === null || incident.stepAt > life.clock.now(), 'what is due is not told', incident)
  const all = await notifications.list(life.id)
  const unsettled = all.filter(({ status }) => status === 'owed' || status === 'sending')
  must(unsettled.length === 0, 'something is owed for ever', unsettled)
  const over = incident.status === 'resolved'
  // What was paged and resolved is open again from its next page on: reopened, its escalation begins anew.
  const last = all
    .filter(item => item.destination === PAGE && item.generation === incident.generation && mayBeThere(item))
    .filter(item => isNews(item) || item.kind === 'resolve')
    .toSorted((a, b) => a.seq - b.seq)
    .at(-1)
  const paged = last !== undefined && isNews(last)
  const open = openAlerts(life)
  const wanted = !over && paged ? [pagerdutyDedupKey(incident)] : []
  if (incident.faded !== 'posts') {
    const said = open.map(({ dedupKey }) => dedupKey)
    const mayBeGone = last?.status === 'dead' && said.length === 0
    must(mayBeGone || said.join() === wanted.join(), 'PagerDuty does not say what we say', said, wanted, incident.status, all)
  }
  if (incident.status === 'acknowledged' && incident.muted === null)
    must(
      open.every(({ status }) => status === 'acknowledged'),
      'PagerDuty calls for what is answered',
      open,
      all,
    )
  for (const channel of ['slack-incidents', 'slack-alerts-production']) {
    const newest = all.findLast(
      item =>
        item.destination === channel &&
        item.generation === incident.generation &&
        isNews(item) &&
        item.reference !== null,
    )
    if (newest?.reference?.provider !== 'slack') continue
    const { ts } = newest.reference
    const post = slack.posts.find(one => one.ts === ts)
    must(
      post?.text.includes('Resolved') === over,
      `${channel} does not say what we say`,
      post?.text,
      incident.status,
      all,
    )
  }
}

type Command = fc.AsyncCommand<object, Life>
let acts = 0

function command(name: string, run: (life: Life) => Promise<void>): Command {
  return {
    check: () => true,
    async run(_, life) {
      await run(life)
      await look(life)
    },
    toString: () => name,
  }
}

const signal = fc
  .record({ severity: severities, again: fc.constantFrom(false, false, 'calm', 'hot') })
  .map(({ severity, again }) =>
    command(`judged ${severity} ${again === false ? '' : again}`, async life => {
      const change: Change = judged(about(life), {
        verdict: makeVerdict({ severity }),
        ...(again === false ? {} : { again: true, calm: again === 'calm' }),
      })
      life.lastSignal = change
      await tell(life, change)
    }),
  )
const fromSentry = fc
  .constantFrom('resolve', 'late resolve', 'unresolve', 'archive', 'fade', 'fade quietly', 'again')
  .map(what =>
    command(what, async life => {
      const now = life.clock.now()
      if (what === 'resolve') return tell(life, resolvedAt(life, now))
      if (what === 'late resolve') return tell(life, resolvedAt(life, now - 5 * MINUTE))
      if (what === 'unresolve')
        return tell(life, judged(about(life, { intent: 'reopen', facts: { status: 'unresolved' } })))
      if (what === 'archive') return tell(life, { kind: 'muted', signal: about(life, { intent: 'mute' }) })
      if (what === 'again') return life.lastSignal === null ? undefined : tell(life, life.lastSignal)
      const tells = what === 'fade' ? 'everything' : 'posts'
      // Only what was found calm fades.
      await tell(life, judged(about(life), { verdict: makeVerdict({ severity: 'P3' }), again: true, calm: true }))
      return tell(life, { kind: 'faded', signal: about(life, { intent: 'resolve' }), tell: tells, reason: 'calm' })
    }),
  )
const person = fc.tuple(anyAct, fc.constantFrom('api', 'slack', 'pagerduty', 'sentry')).map(([decided, via]) =>
  command(`${via}: ${JSON.stringify(decided)}`, life => {
    acts += 1
    return act(life, decided, via, `${acts}`)
  }),
)
const answered = fc.constantFrom('acknowledge', 'unacknowledge').chain(kind =>
  fc.constantFrom('slack', 'pagerduty').map(via =>
    command(`${via}: ${kind}`, life => {
      acts += 1
      return act(life, { kind }, via, `${acts}`)
    }),
  ),
)
const time = fc
  .constantFrom(1, 5, 16, 31, 61, 1_500)
  .map(minutes => command(`${minutes} minutes`, life => wait(life, minutes)))
const edit = fc.nat({ max: EDITIONS.length - 1 }).map(edition =>
  command(`rules ${edition}`, async life => {
    life.rules = EDITIONS[edition] ?? life.rules
  }),
)
const FAULTS: readonly Fault[] = [
  { kind: 'status', status: 500 },
  { kind: 'reset' },
  { kind: 'accept-then-reset' },
  { kind: 'truncated' },
]
const fault = fc
  .tuple(fc.constantFrom(...FAULTS), fc.constantFrom('pagerduty', 'slack'), fc.integer({ min: 1, max: 3 }))
  .map(([how, who, times]) =>
    command(`${who}: ${how.kind} × ${times}`, async () => {
      if (who === 'slack') slack.fail(how, times)
      else pagerduty.fail(how, times)
    }),
  )
const crash = fc.constantFrom('before-dispatch', 'before-settling', 'at once').map(how =>
  command(`dies ${how}`, async life => {
    if (how === 'at once') return restarted(life)
    life.process.dieNext(how as Dies)
  }),
)

const commands = fc.commands([signal, signal, fromSentry, person, answered, time, time, edit, fault, crash], {
  maxCommands: 30,
  size: 'max',
})

async function live(what: { seed?: number; numRuns: number }): Promise<void> {
  await fc.assert(
    fc.asyncProperty(commands, async lived => {
      await redis.flushdb()
      const life = begin()
      try {
        await fc.asyncModelRun(() => ({ model: {}, real: life }), lived)
        await agreed(life)
      } finally {
        await life.process.idle()
      }
    }),
    what,
  )
}

t.test('whatever happens, no P0 is forgotten, order is kept, and in the end all sides say the same', async t => {
  // Fixed: what a run finds must not depend on the day. The second and the third found pages that were left open.
  await live({ seed: 20_261_122, numRuns: 150 })
  await live({ seed: 268_834_160, numRuns: 40 })
  await live({ seed: 4711, numRuns: 240 })
  t.ok(lives >= 430)
})
