import fc from 'fast-check'
import t from 'tap'
import type { Notification } from '../../src/deliver/notification.ts'
import { oweNotifications } from '../../src/deliver/owe-notifications.ts'
import type { Act, Actor } from '../../src/incidents/act.ts'
import type { Change, Decision } from '../../src/incidents/change.ts'
import { decideChange } from '../../src/incidents/decide-change.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { jumpTo, stepAt, stepsDue } from '../../src/route/steps-due.ts'
import {
  judged,
  MINUTE,
  makeEscalation,
  makeEvent,
  makeIncident,
  makeSignal,
  makeVerdict,
  SECOND,
  START,
  usersImpact,
} from '../support/make.ts'

const ADA: Actor = { via: 'api', at: null, id: '1', name: 'Ada' }
const OPTIONS = { flapWindowMs: 10 * MINUTE, stepAt }

let serial = 0
function change(act: Act, actor: Actor = ADA, at = START): Change {
  serial += 1
  return { kind: 'act', id: String(serial), act, actor, at }
}
function decide(before: Incident | null, act: Act, actor: Actor = ADA, now = START): Decision {
  return decideChange(before, change(act, actor, now), { ...OPTIONS, now })
}
/** The incident after it; fails when nothing came of it. */
function after(before: Incident, act: Act, now = START): Incident {
  const { next, reason } = decide(before, act, ADA, now)
  if (next === null) throw new Error(reason)
  return next
}

const ACKNOWLEDGE: Act = { kind: 'acknowledge' }
const RESOLVE: Act = { kind: 'resolve', release: null, reason: null }
const lower = (severity: Incident['severity'], reason = 'known'): Act => ({ kind: 'set-severity', severity, reason })
const hurts = (incident: Incident, users: number, severity: Incident['severity'] = 'P1', tags = {}) =>
  decideChange(
    incident,
    judged(makeEvent(START + MINUTE, { tags }), {
      verdict: makeVerdict({ severity }),
      issueImpact: usersImpact(users),
    }),
    { ...OPTIONS, now: START + MINUTE },
  )

t.test('what comes to nothing says why', async t => {
  const resolved = after(makeIncident(), RESOLVE)
  const project = makeIncident({ kind: 'project', issue: null })
  const archive: Act = { kind: 'archive', reason: 'a crawler', until: { kind: 'forever' } }
  const table: [Incident | null, Act, RegExp][] = [
    [null, ACKNOWLEDGE, /no such incident/],
    [after(makeIncident(), ACKNOWLEDGE), ACKNOWLEDGE, /already acknowledged by Ada/],
    [resolved, ACKNOWLEDGE, /already resolved/],
    [makeIncident(), { kind: 'unacknowledge' }, /not acknowledged/],
    [resolved, RESOLVE, /already resolved/],
    [makeIncident(), { kind: 'reopen', reason: null }, /open/],
    [resolved, lower('P0'), /resolved/],
    [after(makeIncident(), lower('P3')), lower('P3'), /already pinned at P3 by Ada/],
    [makeIncident(), { kind: 'release-severity' }, /not pinned/],
    [makeIncident(), { kind: 'assign', to: null }, /nobody owns it/],
    [makeIncident(), { kind: 'escalate', step: null }, /no step is left/],
    [makeIncident(), { kind: 'silence', until: START, reason: 'x' }, /in the future/],
    [makeIncident(), { kind: 'unsilence' }, /not silenced/],
    [makeIncident(), { kind: 'workaround', text: null }, /no workaround/],
    [resolved, { kind: 'backlog', owner: null }, /resolved/],
    [project, archive, /only an issue/],
    [after(makeIncident(), archive), archive, /already archived/],
  ]
  for (const [before, act, reason] of table) {
    t.match(decide(before, act), { action: 'none', next: null, entries: [], reason }, `${act.kind}: ${reason}`)
  }
})

t.test('every act leaves a line with who said it, and tells threads, pages and Sentry what each must know', async t => {
  const acknowledged = decide(makeIncident(), ACKNOWLEDGE)
  t.match(acknowledged, {
    action: 'acknowledge',
    entries: [{ what: 'acknowledged', by: 'Ada' }],
    tell: [{ to: 'posts' }, { to: 'pages', except: null }, { to: 'sentry', write: { kind: 'comment' } }],
  })
  const archive: Act = { kind: 'archive', reason: 'a crawler', until: { kind: 'users', count: 50, windowMinutes: 60 } }
  const archived = decide(makeIncident({ archived: 1 }), archive)
  t.match(archived, {
    action: 'mute',
    next: { archived: 2, muted: { by: 'Ada', reason: 'a crawler' } },
    reason: /archived 2 times/,
  })
  t.match(
    archived.tell?.filter(({ to }) => to === 'sentry'),
    [{ write: { kind: 'archive', until: { count: 50 } } }, { write: { kind: 'comment', text: /a crawler/ } }],
  )
  const owned = decide(makeIncident(), { kind: 'backlog', owner: { type: 'team', id: '7', name: 'web' } })
  t.match(owned, { next: { owner: { name: 'web' }, severity: 'P2', status: 'triggered' } })
  t.same(
    owned.tell?.map(({ to }) => to),
    ['posts', 'backlog', 'sentry', 'sentry'],
  )
  t.match(decide(makeIncident(), { kind: 'noise', label: 'false-positive', note: null }).next, {
    noise: { label: 'false-positive', by: 'Ada' },
  })
})

t.test('what came from Sentry or PagerDuty is not told back there', async t => {
  const fromSentry = decide(makeIncident(), RESOLVE, { ...ADA, via: 'sentry' })
  t.notOk(fromSentry.tell?.some(({ to }) => to === 'sentry'))
  const fromPagerDuty = decide(makeIncident(), ACKNOWLEDGE, { ...ADA, via: 'pagerduty', at: 'pagerduty-oncall' })
  t.match(
    fromPagerDuty.tell?.find(({ to }) => to === 'pages'),
    { except: 'pagerduty-oncall' },
  )
  const notAnIssue = decide(makeIncident({ kind: 'metric', issue: null }), RESOLVE)
  t.notOk(notAnIssue.tell?.some(({ to }) => to === 'sentry'))
})

t.test('whoever resolved it is named when it comes back, by a person or by events', async t => {
  const resolved = after(makeIncident(), { kind: 'resolve', release: 'next', reason: 'fixed' })
  t.match(resolved, { status: 'resolved', resolvedBy: 'Ada', resolvedInRelease: 'next', resolvers: [{ name: 'Ada' }] })
  t.match(decide(resolved, { kind: 'reopen', reason: 'not fixed' }), {
    action: 'reopen',
    reason: /not fixed; it had been resolved by Ada; the same page generation/,
    next: { status: 'triggered', resolvedAt: null, causes: { 'issue:42': { clearedAt: null } } },
  })
  t.match(decide(resolved, { kind: 'reopen', reason: null }, ADA, START + 11 * MINUTE).next, { generation: 2 })
  const event = judged(makeEvent(START + 2 * MINUTE))
  t.match(decideChange(resolved, event, { ...OPTIONS, now: START + 2 * MINUTE }), {
    action: 'reopen',
    reason: /had been resolved by Ada/,
    next: { acknowledgedBy: null },
  })
  const inRelease = decide(resolved, { kind: 'resolve', release: 'shop@2', reason: null })
  t.match(inRelease, { action: 'mark', next: { status: 'resolved', resolvedInRelease: 'shop@2' } })
})

t.test('a severity that a person set holds until twice as many are hurt, data is lost, or it is released', async t => {
  const p1 = makeIncident({ severity: 'P1', verdict: makeVerdict({ severity: 'P1' }) })
  const pinned = after({ ...p1, impact: { production: usersImpact(100) } }, lower('P2'))
  t.match(pinned, { severity: 'P2', pinned: { by: 'Ada', users: 100 } })
  t.match(hurts(pinned, 199), { action: 'attach', reason: /pinned by Ada/, next: { severity: 'P2' } })
  t.match(hurts(pinned, 200), { action: 'raise', reason: /now it hurts 200/, next: { severity: 'P1', pinned: null } })
  t.match(hurts(pinned, 100, 'P0', { data_loss: 'true' }), { action: 'raise', reason: /data is lost/ })
  t.match(decide(pinned, { kind: 'release-severity' }), {
    action: 'mark',
    next: { severity: 'P2', pinned: null, remeasureAt: START },
  })
  const raised = decide(makeIncident(), lower('P0', 'the shop is closed'))
  t.match(raised, { action: 'raise', reason: /P2 → P0 by Ada .*the shop is closed/, next: { severity: 'P0' } })
  t.match(decide(raised.next, { kind: 'release-severity' }), { action: 'lower', next: { severity: 'P2' } })
})

t.test('a workaround caps at P2 at once, but no P0 and no severity that a person set', async t => {
  const mark: Act = { kind: 'workaround', text: 'pay by card' }
  t.match(decide(makeIncident({ severity: 'P1' }), mark), {
    action: 'lower',
    next: { severity: 'P2', workaround: { text: 'pay by card', by: 'Ada' } },
  })
  t.match(decide(makeIncident({ severity: 'P0' }), mark), { action: 'mark', next: { severity: 'P0' } })
  t.match(decide(after(makeIncident(), lower('P1')), mark), { action: 'mark', next: { severity: 'P1' } })
  const marked = after(makeIncident({ severity: 'P1' }), mark)
  t.match(decide(marked, { kind: 'workaround', text: null }), {
    action: 'mark',
    next: { workaround: null, remeasureAt: START },
  })
})

t.test('a raise to P0 and the loss of data end a silence; a milder raise does not', async t => {
  const silenced = after(makeIncident(), { kind: 'silence', until: START + 60 * MINUTE, reason: 'known' })
  t.match(hurts(silenced, 300, 'P1'), { action: 'raise', next: { silenced: { by: 'Ada' } } })
  t.match(hurts(silenced, 300, 'P0'), { action: 'raise', next: { silenced: null } })
  t.match(hurts(silenced, 1, 'P2', { data_loss: 'true' }), { action: 'speak', next: { silenced: null } })
})

t.test('only what is silenced or archived is acknowledged again when a timer takes that back', async t => {
  const timer: Act = { kind: 'unacknowledge', byItself: true }
  const silence: Act = { kind: 'silence', until: START + 60 * MINUTE, reason: 'known' }
  const pages = { tell: [{ to: 'pages', say: 'acknowledge' }] }
  const silenced = after(makeIncident(), silence)
  t.match(decide(silenced, timer), { action: 'mark', next: { status: 'triggered', answeredIn: 1 }, ...pages })
  t.match(decide(silenced, { kind: 'unacknowledge' }), { action: 'none', reason: 'it is not acknowledged' })
  t.match(decide(makeIncident(), timer), { action: 'none', reason: 'it is not acknowledged' })
  const answered = after(after(makeIncident(), ACKNOWLEDGE), silence)
  const back = decide(answered, timer)
  t.match(back, { action: 'unacknowledge', next: { status: 'triggered', answeredIn: 1 } })
  t.match(back.tell?.at(-1), pages.tell[0])
  t.notOk(decide(after(makeIncident(), ACKNOWLEDGE), timer).tell?.some(({ to }) => to === 'pages'))
})

const severity = fc.constantFrom('P0' as const, 'P1' as const, 'P2' as const, 'P3' as const)
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  fc.constantFrom<Act>(
    ACKNOWLEDGE,
    { kind: 'unacknowledge' },
    { kind: 'unacknowledge', byItself: true },
    RESOLVE,
    { kind: 'resolve', release: 'next', reason: 'fixed' },
    { kind: 'reopen', reason: null },
    { kind: 'release-severity' },
    { kind: 'unsilence' },
    { kind: 'note', text: 'hm' },
    { kind: 'assign', to: null },
    { kind: 'assign', to: { type: 'user', id: '9', name: 'Bo' } },
    { kind: 'escalate', step: null },
    { kind: 'workaround', text: 'reload' },
    { kind: 'workaround', text: null },
    { kind: 'backlog', owner: null },
    { kind: 'noise', label: 'poor-detail', note: null },
    { kind: 'archive', reason: 'a crawler', until: { kind: 'escalating' } },
    { kind: 'silence', until: START + 20 * MINUTE, reason: 'known' },
  ),
  severity.map(lower),
)
const happening = fc.oneof(
  { weight: 3, arbitrary: anyAct.map(act => ({ act })) },
  { weight: 1, arbitrary: severity.map(judgedAs => ({ judgedAs })) },
  { weight: 1, arbitrary: fc.constant({ resolvedThere: true as const }) },
  { weight: 1, arbitrary: fc.constant({ due: true as const }) },
)

const KINDS = { pd: 'pagerduty', chat: 'slack', later: 'backlog' } as const
const kindOf = (id: string) => KINDS[id as keyof typeof KINDS] ?? null

t.test(
  'in any order of acts and signals an incident stays consistent, and no provider hears of it from the end',
  async t => {
    const property = fc.property(fc.array(happening, { maxLength: 25 }), all => {
      let incident: Incident | null = null
      let log: Notification[] = []
      for (const [index, one] of [{ judgedAs: 'P1' as const }, ...all].entries()) {
        const now = START + index * 90 * SECOND
        const signal = makeSignal({ at: now, intent: 'resolve', resource: 'issue', action: 'resolved' })
        const what: Change =
          'act' in one
            ? change(one.act, ADA, now)
            : 'judgedAs' in one
              ? judged(makeEvent(now), { verdict: makeVerdict({ severity: one.judgedAs }) })
              : 'due' in one
                ? { kind: 'due', at: now }
                : { kind: 'cleared', signal, cause: 'issue:42' }
        const before: Incident | null = incident
        const decision = decideChange(before, what, { ...OPTIONS, ...STEPS, now })
        if (decision.reason === '') return false
        if (decision.next === null) continue
        const next: Incident = { ...decision.next, escalations: inFlight(decision.next.escalations) }
        if (next.rev !== (before?.rev ?? 0) + 1 || !isConsistent(next)) return false
        const pages = (kind: string) => kind === 'pagerduty'
        const owed = oweNotifications(next, decision, {
          earlier: log,
          kindOf,
          pages,
          backlog: 'later',
          causedAt: now,
          now,
        })
        if (new Set(owed.map(({ id }) => id)).size < owed.length) return false
        for (const item of owed) if (!mayBeHeard(item, log)) return false
        log = [...log, ...owed.map(item => ({ ...item, status: 'sent' as const }))]
        incident = next
      }
      return true
    })
    t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }))
  },
)

const wakes = (destination: string) => kindOf(destination) === 'pagerduty'
const STEPS = {
  stepsDue: (incident: Incident, now: number) => stepsDue(incident, now, wakes),
  jumpTo: (incident: Incident, step: number | null, now: number, why?: string) =>
    jumpTo(incident, step, now, wakes, why),
}

/** What routing adds to what was decided: two steps, once. */
function inFlight(escalations: Incident['escalations']): Incident['escalations'] {
  if (escalations.length > 0) return escalations
  const [first] = makeEscalation('pd', 'chat').steps
  const [second] = makeEscalation('chat').steps
  if (first === undefined || second === undefined) return []
  return [{ ...makeEscalation('pd'), steps: [first, { ...second, after: 'PT5M' }], dueAt: START + 5 * MINUTE }]
}

function isConsistent(incident: Incident): boolean {
  const { status, resolvedAt, resolvedBy, acknowledgedAt, acknowledgedBy, causes, silenced, pinned } = incident
  const open = Object.values(causes).some(({ clearedAt }) => clearedAt === null)
  if (status === 'resolved') return resolvedAt !== null && resolvedBy !== null && !open && silenced === null
  const answered = acknowledgedAt !== null && acknowledgedBy !== null
  const unanswered = acknowledgedAt === null && acknowledgedBy === null
  const pins = pinned === null || pinned.severity === incident.severity
  return resolvedAt === null && open && pins && (status === 'acknowledged' ? answered : unanswered)
}

/** No acknowledge, edit, thread or resolve where nothing was triggered in this life. */
function mayBeHeard({ kind, destination, generation }: Notification, log: readonly Notification[]): boolean {
  if (kind === 'open' || kind === 'raise' || kind === 'step' || kind === 'write') return true
  return log.some(
    one =>
      one.destination === destination &&
      // A post is about the incident whatever page generation it is in.
      (one.generation === generation || !wakes(destination)) &&
      (one.kind === 'open' || one.kind === 'raise' || one.kind === 'step'),
  )
}
