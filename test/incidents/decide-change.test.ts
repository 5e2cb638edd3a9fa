import t from 'tap'
import type { Severity } from '../../src/classify/severity.ts'
import type { Change } from '../../src/incidents/change.ts'
import { decideChange } from '../../src/incidents/decide-change.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { stepsDue } from '../../src/route/steps-due.ts'
import type { Facts, Signal } from '../../src/signals/signal.ts'
import {
  judged,
  MINUTE,
  makeEvent,
  makeMetric,
  makeSignal,
  makeSuspect,
  makeVerdict,
  SECOND,
  START,
  usersImpact,
} from '../support/make.ts'

const FLAP = 10 * MINUTE

function decide(before: Incident | null, change: Change, now = START) {
  return decideChange(before, change, { flapWindowMs: FLAP, now, stepsDue })
}

/** The incident after these changes, one after the other. */
function after(...changes: readonly Change[]): Incident {
  let incident: Incident | null = null
  for (const change of changes) incident = decide(incident, change).next ?? incident
  if (incident === null) throw new Error('nothing was opened')
  return incident
}

const severe = (signal: Signal, severity: Severity) => judged(signal, { verdict: makeVerdict({ severity }) })
const event = (at: number, facts: Partial<Facts> = {}) => judged(makeEvent(at, facts))
const resolve = (at: number, facts: Partial<Facts> = {}): Change => ({
  kind: 'cleared',
  signal: makeSignal({ at, intent: 'resolve', resource: 'issue', action: 'resolved', facts }),
  cause: 'issue:42',
})
const unresolve = (at: number, facts: Partial<Facts> = {}) =>
  judged(makeSignal({ at, intent: 'reopen', resource: 'issue', action: 'unresolved', facts }))
const archive = (at: number): Change => ({
  kind: 'muted',
  signal: makeSignal({ at, intent: 'mute', actor: { type: 'user', id: '1', name: 'Ada' } }),
})
const assign = (at: number, name: string | null): Change => ({
  kind: 'assigned',
  signal: makeSignal({
    at,
    intent: 'assign',
    facts: { assignee: name === null ? null : { type: 'user', id: '1', name } },
  }),
})

t.test('the first judged signal opens an incident, with the reason of its verdict', async t => {
  const decision = decide(null, event(START))
  t.match(decision, { action: 'open', reason: 'judged P2', material: true })
  t.match(decision.next, { status: 'triggered', severity: 'P2', generation: 1, rev: 1, signals: 1, issue: '42' })
  t.match(decision.entries, [{ what: 'opened', severity: 'P2', reason: 'judged P2' }])
})

t.test('what carries no verdict opens nothing', async t => {
  const feedback: Change = { kind: 'feedback', signal: makeSignal({ intent: 'attach' }) }
  const again = judged(makeSignal(), { again: true })
  const speaks: Change = { kind: 'speaks', reason: 'the speaker has ended', at: START }
  for (const change of [resolve(START), archive(START), assign(START, 'Ada'), feedback, again, speaks]) {
    const decision = decide(null, change)
    t.match(decision, { action: 'none', next: null }, change.kind)
    t.not(decision.reason, '', `${change.kind} says why`)
  }
})

t.test('an open incident is raised by a more severe verdict and never lowered by a milder one', async t => {
  const all = ['P0', 'P1', 'P2', 'P3'] as const
  for (const was of all) {
    for (const is of all) {
      const decision = decide(after(severe(makeEvent(START), was)), severe(makeEvent(START + SECOND), is))
      const raised = is < was
      t.equal(decision.action, raised ? 'raise' : 'attach', `${was} then ${is}`)
      t.equal(decision.next?.severity, raised ? is : was)
      t.equal(decision.next?.verdict.severity, raised ? is : was, 'the verdict belongs to the severity')
      t.equal(decision.next?.generation, 1)
      if (raised) t.match(decision.entries, [{ what: 'raised', severity: is, reason: `${was} → ${is}: judged ${is}` }])
    }
  }
})

t.test('a second signal is attached: counted, on the timeline, not material by itself', async t => {
  const decision = decide(after(event(START)), event(START + SECOND))
  t.match(decision, { action: 'attach', reason: 'already open as P2', material: false })
  t.match(decision.next, { signals: 2, rev: 2, lastEventAt: START + SECOND, lastSignalAt: START + SECOND })
  t.match(decision.entries, [{ what: 'attached' }])
})

t.test('twice as many users as before is news, once it is ten or more', async t => {
  const hurts = (users: number) => judged(makeSignal(), { issueImpact: usersImpact(users) })
  t.equal(decide(after(hurts(20)), hurts(39)).material, false)
  t.equal(decide(after(hurts(20)), hurts(40)).material, true)
  t.equal(decide(after(hurts(2)), hurts(9)).material, false)
})

t.test('what was measured is not forgotten because it cannot be measured now', async t => {
  const known = judged(makeSignal(), { issueImpact: usersImpact(320) })
  const unknown = judged(makeSignal(), { issueImpact: usersImpact(null), verdict: makeVerdict({ degraded: true }) })
  const incident = after(known, unknown)
  t.equal(incident.impact.production?.users?.value, 320)
  t.equal(incident.verdict.degraded, false, 'a degraded verdict does not take the place of a measured one')
  t.equal(decide(incident, known).material, false, 'and nothing has grown when it is measured again')
})

t.test('numbers that come after a degraded verdict take the doubt away and are told', async t => {
  const doubtful = judged(makeSignal(), { verdict: makeVerdict({ severity: 'P1', degraded: true, gaps: ['users'] }) })
  const again = (severity: Severity, degraded = false) =>
    judged(makeSignal(), { again: true, verdict: makeVerdict({ severity, degraded }) })

  const same = decide(after(doubtful), again('P1'))
  t.match(same, { action: 'attach', material: true, entries: [{ what: 'judged' }] })
  t.match(same.next, { severity: 'P1', verdict: { degraded: false, gaps: [] } })

  const milder = decide(after(doubtful), again('P2'))
  t.match(milder, { action: 'attach', material: true })
  t.match(milder.next, { severity: 'P1', verdict: { severity: 'P1', degraded: false, gaps: [] } })
  t.match(milder.next?.verdict.reason, /Measured since: judged P2.*not lowered/)

  t.match(decide(after(doubtful), again('P0')), { action: 'raise', next: { severity: 'P0' } })

  const still = decide(after(doubtful), again('P1', true))
  t.match(still, { action: 'attach', material: false, entries: [] })
  t.equal(still.next?.signals, 1, 'measuring again is no signal')
})

t.test('measuring again reopens nothing', async t => {
  const later = judged(makeEvent(START + 2 * MINUTE), { again: true })
  t.match(decide(after(event(START), resolve(START + SECOND)), later), { action: 'none', next: null })
})

t.test('a resolve ends it, by whom and when Sentry says', async t => {
  const decision = decide(after(event(START)), resolve(START + SECOND))
  t.match(decision, { action: 'resolve', material: true, reason: 'issue:42 has cleared' })
  t.match(decision.next, { status: 'resolved', resolvedAt: START + SECOND, resolvedBy: 'Sentry', remeasureAt: null })
  t.match(decision.entries, [{ what: 'resolved', by: 'Sentry' }])
})

t.test('it resolves only when every cause has cleared', async t => {
  const fires = (rule: string, at: number) =>
    judged(
      makeSignal({
        at,
        subject: { kind: 'project', project: 'shop' },
        metric: makeMetric({ rule: { id: rule, name: null } }),
      }),
    )
  const clears = (rule: string, at: number): Change => ({
    kind: 'cleared',
    cause: `metric:${rule}`,
    signal: makeSignal({ at, intent: 'resolve', subject: { kind: 'project', project: 'shop' } }),
  })
  const both = after(fires('7', START), fires('8', START + SECOND))
  const one = decide(both, clears('7', START + 30 * SECOND))
  t.match(one, { action: 'clear-cause', material: false, reason: 'metric:7 has cleared; still open for metric:8' })
  t.equal(one.next?.status, 'triggered')
  const end = after(
    fires('7', START),
    fires('8', START + SECOND),
    clears('7', START + 30 * SECOND),
    clears('8', START + 20 * SECOND),
  )
  t.equal(end.status, 'resolved')
  t.equal(end.resolvedAt, START + 30 * SECOND, 'it was over when the last of them cleared, in whichever order we heard')

  t.test(
    'a cause that fires again after it cleared holds it open again; the news of an older firing does not',
    async t => {
      const cleared = after(fires('7', START), fires('8', START + SECOND), clears('7', START + 30 * SECOND))
      const late = after(
        fires('7', START),
        fires('8', START),
        clears('7', START + 30 * SECOND),
        fires('7', START + SECOND),
      )
      t.equal(late.causes['metric:7']?.clearedAt, START + 30 * SECOND)
      t.equal(decide(cleared, fires('7', START + MINUTE)).next?.causes['metric:7']?.clearedAt, null)
    },
  )

  t.test('a clear that is older than the newest firing of its cause is late', async t => {
    const twice = after(fires('7', START), fires('7', START + 2 * MINUTE))
    t.match(decide(twice, clears('7', START + MINUTE)), {
      action: 'none',
      next: { status: 'triggered' },
      entries: [{ what: 'late' }],
    })
    t.equal(decide(twice, clears('7', START + 3 * MINUTE)).action, 'resolve')
  })

  t.test('a metric alert that fires between its own clear and that of another is not lost', async t => {
    const over = after(
      fires('7', START),
      fires('8', START),
      clears('7', START + 30 * SECOND),
      clears('8', START + MINUTE),
    )
    t.equal(over.status, 'resolved')
    t.equal(decide(over, fires('7', START + 40 * SECOND)).action, 'reopen')
  })

  t.test('newer error events of the project do not hold a metric alert open that has cleared', async t => {
    const measured = judged(makeEvent(START + 5 * MINUTE, {}, { subject: { kind: 'project', project: 'shop' } }), {
      cause: 'measured:crash-free',
    })
    const incident = after(fires('7', START), measured)
    t.match(decide(incident, clears('7', START + MINUTE)), {
      action: 'clear-cause',
      reason: 'metric:7 has cleared; still open for measured:crash-free',
    })
  })

  t.test('measuring again does not bring back a cause that has cleared', async t => {
    const incident = after(fires('7', START), fires('8', START), clears('7', START + SECOND))
    const again = judged(makeSignal({ at: START }), { cause: 'metric:7', again: true })
    t.equal(decide(incident, again).next?.causes['metric:7']?.clearedAt, START + SECOND)
  })
})

t.test('what brings a resolved incident back, and what does not', async t => {
  const at = START + MINUTE
  const over = after(event(START, { release: 'shop@2.4.0' }), resolve(at))
  const cases: [string, Change, boolean][] = [
    ['an event before the resolve', event(at - SECOND), false],
    ['an event 60 s after the resolve', event(at + 60 * SECOND), false],
    ['an event more than 60 s after it', event(at + 60 * SECOND + 1), true],
    ['unresolved after it', unresolve(at + 1), true],
    ['unresolved before it', unresolve(at - 1), false],
    ['unresolved in the same second, still unresolved', unresolve(at, { status: 'unresolved' }), true],
    ['unresolved in the same second, resolved since', unresolve(at, { status: 'resolved' }), false],
  ]
  for (const [name, change, back] of cases) {
    const decision = decide(over, change)
    t.equal(decision.action, back ? 'reopen' : 'attach', name)
    t.equal(decision.next?.status, back ? 'triggered' : 'resolved', name)
    if (!back) t.match(decision, { material: false, reason: /^stays resolved: / }, name)
  }
})

t.test('after a resolve in a release, events of older releases never bring it back', async t => {
  const later = START + 60 * MINUTE
  const cases: [fixedIn: string, running: string | null, event: string | null, back: boolean][] = [
    ['2.4.1', '2.4.0', '2.4.0', false],
    ['2.4.1', '2.4.0', '2.4.1', true],
    ['2.4.1', '2.4.0', '2.10.0', true],
    ['shop@2.4.1', 'shop@2.4.0', 'shop@2.4.0', false],
    ['shop@2.4.1', 'shop@2.4.0', 'cart@2.4.0', true],
    ['v2.4.1', 'v2.4.0', 'v2.4.1-rc.1', false],
    ['2.4.1-rc.2', '2.4.0', '2.4.1-rc.1', false],
    ['2.4.1-rc.2', '2.4.0', '2.4.1', true],
    ['deadbeef', 'cafe1234', 'cafe1234', false],
    ['deadbeef', 'cafe1234', 'feedf00d', true],
    ['2.4.1', '2.4.0', null, true],
    ['next', '2.4.0', '2.4.0', false],
    ['next', '2.4.0', '2.3.9', false],
    ['next', '2.4.0', '2.4.1', true],
    ['next', 'cafe1234', 'cafe1234', false],
    ['next', 'cafe1234', 'feedf00d', true],
    ['next', null, '2.4.0', true],
  ]
  for (const [fixedIn, running, release, back] of cases) {
    const over = after(event(START, { release: running }), resolve(START + SECOND, { resolvedInRelease: fixedIn }))
    const decision = decide(over, event(later, { release }))
    t.equal(decision.action, back ? 'reopen' : 'attach', `fixed in ${fixedIn} over ${running}: an event of ${release}`)
    t.equal(decide(over, unresolve(later)).action, 'reopen', 'unresolved always does')
  }
})

t.test('resolved in the next release is understood as Sentry says it', async t => {
  const over = after(event(START, { release: '2.4.0' }), resolve(START + SECOND, { resolution: 'in_next_release' }))
  t.equal(over.resolvedInRelease, 'next')
  t.equal(decide(over, event(START + MINUTE * 5, { release: '2.4.0' })).action, 'attach')
})

t.test('stragglers of an old release do not make the running release look new', async t => {
  const over = after(
    event(START, { release: '2.4.0' }),
    resolve(START + SECOND, { resolvedInRelease: 'next' }),
    event(START + 5 * MINUTE, { release: '2.3.9' }),
  )
  t.match(over, { status: 'resolved', release: '2.4.0' })
  t.equal(decide(over, event(START + 6 * MINUTE, { release: '2.4.0' })).action, 'attach')
})

t.test('reopening within the flap window continues the generation, later a new one begins', async t => {
  const over = after(severe(makeEvent(START), 'P1'), resolve(START + SECOND))
  const soon = decide(over, severe(makeEvent(START + SECOND + FLAP), 'P2'))
  t.match(soon.next, { generation: 1, severity: 'P1', status: 'triggered', resolvedAt: null })
  t.match(soon.entries, [
    { what: 'reopened', reason: 'a new event after the resolve; the same page generation goes on' },
  ])
  const later = decide(over, severe(makeEvent(START + SECOND + FLAP + 1), 'P2'))
  t.match(later.next, { generation: 2, severity: 'P2', escalations: [] })
  t.match(later.reason, /page generation 2 begins/)
})

t.test('a late resolve is written down and changes nothing', async t => {
  const newer = decide(after(event(START), event(START + 2 * MINUTE)), resolve(START + MINUTE - 1))
  t.match(newer, { action: 'none', material: false, entries: [{ what: 'late' }] })
  t.match(newer.next, { status: 'triggered', signals: 3, rev: 3 })
  t.match(newer.reason, /more than 60 s older than the newest event/)

  const undone = decide(after(event(START), unresolve(START + MINUTE)), resolve(START + SECOND))
  t.match(undone, { action: 'none', reason: 'this resolve is older than the last unresolved' })

  t.equal(
    decide(after(event(START), event(START + 2 * MINUTE)), resolve(START + MINUTE)).action,
    'resolve',
    'exactly 60 s may still have been on its way',
  )
  const old = after(event(START, { release: '2.4.0' }), event(START + 5 * MINUTE, { release: '2.4.0' }))
  t.equal(
    decide(old, resolve(START + SECOND, { resolvedInRelease: '2.4.1' })).action,
    'resolve',
    'events of before the fix make no resolve late',
  )
})

t.test('a newer resolve of what is resolved moves its end, so that what came between does not reopen it', async t => {
  const twice = after(
    event(START),
    resolve(START + MINUTE),
    resolve(START + 5 * MINUTE, { resolvedInRelease: '2.4.1' }),
  )
  t.match(twice, { status: 'resolved', resolvedAt: START + 5 * MINUTE, resolvedInRelease: '2.4.1' })
  t.equal(decide(twice, event(START + 3 * MINUTE)).next?.status, 'resolved')
  t.match(decide(twice, resolve(START + MINUTE)), { action: 'none', next: null, reason: 'already resolved' })
})

t.test('archived in Sentry mutes it, with who did it, and asks for a reason', async t => {
  const decision = decide(after(event(START)), archive(START + SECOND))
  t.match(decision, { action: 'mute', material: true, entries: [{ what: 'muted', by: 'Ada' }] })
  t.match(decision.next, { status: 'triggered', muted: { by: 'Ada', since: START + SECOND } })
  t.match(decision.reason, /please add one/)
  t.match(decide(after(event(START), unresolve(START + MINUTE)), archive(START + SECOND)), {
    action: 'none',
    next: null,
  })
})

t.test('each archiving counts and is said; an app that repeats what is so already takes no reason away', async t => {
  const once = after(event(START), archive(START + SECOND))
  t.equal(once.archived, 1)
  const by = { type: 'application' as const, id: '5bd41f18', name: 'Tocsin' }
  const echo = { kind: 'muted' as const, signal: makeSignal({ at: START + MINUTE, intent: 'mute', actor: by }) }
  t.match(decide(once, echo), { action: 'none', reason: 'already archived' })
  const again = decide(
    after(event(START), archive(START + SECOND), unresolve(START + MINUTE)),
    archive(START + 2 * MINUTE),
  )
  t.match(again, { reason: /\(archived 2 times by now\)/, next: { archived: 2 } })
})

t.test('archived after it was resolved, an event brings it back muted; unresolved brings it back aloud', async t => {
  const over = after(event(START), resolve(START + MINUTE), archive(START + 2 * MINUTE))
  t.equal(over.status, 'resolved')
  t.match(decide(over, event(START + 20 * MINUTE)).next, { status: 'triggered', muted: { by: 'Ada' } })
  t.match(decide(over, unresolve(START + 20 * MINUTE)).next, { status: 'triggered', muted: null })
  const ended = after(event(START), archive(START + SECOND), resolve(START + MINUTE))
  t.equal(decide(ended, event(START + 20 * MINUTE)).next?.muted, null, 'the resolve ended the older archiving')
})

t.test('unresolved lifts the mute and lets it speak: what rose meanwhile is told', async t => {
  const quiet = after(event(START), archive(START + SECOND), severe(makeEvent(START + 2 * SECOND), 'P0'))
  t.match(quiet, { severity: 'P0', muted: { by: 'Ada' } })
  const decision = decide(quiet, severe(unresolve(START + MINUTE).signal, 'P0'))
  t.match(decision, { action: 'speak', material: true, next: { muted: null, severity: 'P0' } })
  t.match(decision.entries, [{ what: 'unmuted' }])
  t.match(decide(quiet, event(START + MINUTE)).next?.muted, { by: 'Ada' }, 'an event alone does not')
  const late = after(event(START), archive(START + MINUTE))
  t.match(decide(late, unresolve(START + SECOND)).next?.muted, { by: 'Ada' }, 'nor an unresolved of before')
  const raised = decide(after(event(START), archive(START + SECOND)), severe(unresolve(START + MINUTE).signal, 'P1'))
  t.match(raised, { action: 'raise', next: { muted: null, severity: 'P1' } })
})

t.test('assigned sets the owner and does not acknowledge', async t => {
  const decision = decide(after(event(START)), assign(START + SECOND, 'Grace'))
  t.match(decision, { action: 'assign', material: true, reason: /assigned to Grace; not acknowledged/ })
  t.match(decision.next, { status: 'triggered', acknowledgedAt: null, owner: { name: 'Grace' } })
  const cleared = decide(after(event(START), assign(START + SECOND, 'Grace')), assign(START + MINUTE, null))
  t.match(cleared, { reason: 'assignment cleared in Sentry', next: { owner: null } })
  t.equal(decide(after(event(START), resolve(START + SECOND)), assign(START + MINUTE, 'Grace')).material, false)
})

t.test('user feedback is attached to its incident', async t => {
  const change: Change = { kind: 'feedback', signal: makeSignal({ intent: 'attach', facts: { title: 'it broke' } }) }
  const decision = decide(after(event(START)), change)
  t.match(decision, { action: 'feedback', material: false, reason: 'user feedback: it broke', next: { feedback: 1 } })
})

t.test(
  'an incident whose speaker has ended speaks for itself; one that was not held back has nothing to say',
  async t => {
    const speaks: Change = { kind: 'speaks', reason: 'inc_1 has ended', at: START }
    const open = after(event(START))
    const held = { ...open, quiet: { speaker: 'inc_1', reason: 'it spoke', since: START } }
    t.match(decide(held, speaks), {
      action: 'speak',
      material: true,
      next: { quiet: null, rev: 2 },
      entries: [{ what: 'speaks' }],
    })
    t.match(decide(open, speaks), { action: 'none', next: null })
    t.match(decide({ ...held, status: 'resolved' }, speaks), { action: 'none', next: null })
    const answered = decide({ ...held, status: 'acknowledged' }, speaks)
    t.match(answered, { action: 'mark', next: { quiet: null, status: 'acknowledged' } }, 'who answers is not paged')
  },
)

t.test('a tag that comes with a later event is known to the incident', async t => {
  const incident = after(
    event(START, { tags: { browser: 'Firefox' } }),
    event(START + SECOND, { tags: { data_loss: 'true' } }),
  )
  t.same(incident.tags, { browser: 'Firefox', data_loss: 'true' })
  const older = after(
    event(START, { tags: { browser: 'Firefox' } }),
    event(START - SECOND, { tags: { browser: 'Safari' } }),
  )
  t.same(older.tags, { browser: 'Firefox' }, 'the newest event says what is so')
  const back = after(
    event(START, { tags: { data_loss: 'true' } }),
    resolve(START + SECOND),
    event(START + 20 * MINUTE, { tags: { os: 'iOS' } }),
  )
  t.same(back.tags, { os: 'iOS' }, 'a new life has its own')
})

t.test('newer facts replace older ones, older ones replace nothing', async t => {
  const first = event(START, { release: '2.4.1', transaction: '/cart', environment: 'production' })
  const older = event(START - MINUTE, { release: '2.4.0', transaction: '/home' })
  t.match(after(first, older), {
    release: '2.4.1',
    transaction: '/cart',
    lastEventAt: START,
    lastEventRelease: '2.4.1',
  })
  t.match(after(older, first), {
    release: '2.4.1',
    transaction: '/cart',
    lastEventAt: START,
    lastEventRelease: '2.4.1',
  })
})

t.test('suspects are listed once each, largest first, at most 50, and a new one is news', async t => {
  const project = (...suspects: ReturnType<typeof makeSuspect>[]) =>
    judged(makeSignal({ subject: { kind: 'project', project: 'shop' } }), { cause: 'measured:spike', suspects })
  const small = makeSuspect('1', { users: 3, events: 10 })
  const grown = makeSuspect('1', { users: 9, events: 30 })
  const large = makeSuspect('2', { users: 5, events: 90 })
  const decision = decide(after(project(small)), project(large, grown))
  t.same(
    decision.next?.suspects.map(s => s.issue),
    ['1', '2'],
  )
  t.equal(decision.material, true)
  t.equal(decide(after(project(small)), project(grown)).material, false)
  const many = Array.from({ length: 60 }, (_, i) => makeSuspect(`i${i}`, { users: i }))
  t.equal(decide(after(project(small)), project(...many)).next?.suspects.length, 50)
})

t.test('an incident that thousands of issues belong to stays small', async t => {
  let incident = after(judged(makeSignal(), { linked: ['inc_0'] }))
  for (let i = 1; i < 500; i++)
    incident = decide(incident, judged(makeSignal(), { linked: [`inc_${i}`] })).next ?? incident
  t.ok(incident.linked.length <= 100)
  t.equal(incident.linked.at(-1), 'inc_499')
})

t.test('an issue seen only elsewhere keeps its numbers under its own environment', async t => {
  const staging = judged(makeSignal({ facts: { environment: 'staging' } }), {
    issueImpact: { ...usersImpact(3), inProduction: false },
  })
  t.same(Object.keys(after(staging).impact), ['staging'])
  t.same(Object.keys(after(judged(makeSignal(), { issueImpact: usersImpact(3) })).impact), ['production'])
})

t.test('a signal about nothing cannot open an incident', async t => {
  t.throws(() => decide(null, judged(makeSignal({ subject: { kind: 'none' } }))), /about no incident/)
})

const fade = (at: number, tell: 'posts' | 'everything' = 'everything'): Change => ({
  kind: 'faded',
  signal: makeSignal({ at, intent: 'resolve', origin: 'monitor' }),
  tell,
  reason: 'calm for PT4H',
})
const calmed = judged(makeEvent(START), { verdict: makeVerdict({ severity: 'P3' }), again: true, calm: true })

t.test('calm for long it resolves by itself, saying so, with every cause cleared', async t => {
  const open = after(severe(makeEvent(START), 'P1'), calmed)
  const decision = decide(open, fade(START + 4 * MINUTE))
  t.match(decision, { action: 'resolve', reason: 'calm for PT4H', material: true })
  t.match(decision.next, { status: 'resolved', resolvedBy: 'Tocsin', faded: 'everything', remeasureAt: null })
  t.ok(Object.values(decision.next?.causes ?? {}).every(state => state.clearedAt !== null))
  t.match(decide(decision.next, fade(START + 5 * MINUTE)), { action: 'none' }, 'once')
})

t.test('what faded comes back when it hurts again, not with the next event', async t => {
  const faded = after(severe(makeEvent(START), 'P1'), calmed, fade(START + MINUTE))
  const later = START + 60 * MINUTE
  t.match(decide(faded, severe(makeEvent(later), 'P2'), later), { action: 'none', next: null })
  t.match(decide(faded, severe(makeEvent(later), 'P1'), later).next, {
    status: 'triggered',
    generation: 2,
    faded: null,
  })
  t.match(decide(faded, severe(makeEvent(later), 'P0'), later), { action: 'reopen' })
  const back = judged(makeSignal({ at: later, intent: 'reopen', facts: { substatus: 'escalating' } }))
  t.match(decide(faded, back, later), { action: 'reopen', reason: /escalating/ }, 'Sentry says so')
  const doubtful = judged(makeEvent(later), { verdict: makeVerdict({ degraded: true }) })
  t.match(decide(faded, doubtful, later), { action: 'reopen' }, 'too many is better than never')
  t.match(decide(faded, severe(makeEvent(START), 'P0'), later), { action: 'none' }, 'older than its end')
  const minor = after(severe(makeEvent(START), 'P2'), calmed, fade(START + MINUTE))
  t.match(decide(minor, severe(makeEvent(later), 'P2'), later), { action: 'reopen' }, 'as severe as it was')
})

t.test('what is told or raised after it was found calm does not fade', async t => {
  const open = after(severe(makeEvent(START), 'P1'), calmed)
  const none = { action: 'none', next: null, reason: 'no longer calm' }
  t.match(decide(after(severe(makeEvent(START), 'P2'), calmed, severe(makeEvent(START), 'P1')), fade(START)), none)
  t.match(decide(decide(open, severe(makeEvent(START), 'P1')).next, fade(START)), none, 'as severe as before')
  t.match(decide(decide(open, severe(makeEvent(START), 'P2')).next, fade(START)), { action: 'resolve' }, 'a trickle')
})

t.test('numbers that were had and cannot be had now raise nothing that is open', async t => {
  const evidence = [{ field: 'degraded', says: 'numbers could not be had', value: true, source: null, at: null }]
  const lost = makeVerdict({ severity: 'P1', degraded: true, gaps: ['users: Sentry is in trouble'], evidence })
  const again = (before: Incident) => decide(before, judged(makeEvent(START), { verdict: lost, again: true }))
  t.match(again(after(event(START))), { action: 'attach', material: false, next: { severity: 'P2' } })
  const never = judged(makeEvent(START), { verdict: makeVerdict({ severity: 'P2', degraded: true }) })
  t.match(again(after(never)), { action: 'raise' }, 'never measured: now it is known to be new')
  const known = makeVerdict({ severity: 'P1', degraded: true, gaps: ['whether it is on a core flow'] })
  const many = judged(makeEvent(START), { verdict: known, again: true })
  t.match(decide(after(event(START)), many), { action: 'raise' }, 'what is known counts')
})

t.test('soon after it faded it is the same life', async t => {
  const faded = after(severe(makeEvent(START), 'P1'), calmed, fade(START + MINUTE))
  t.match(decide(faded, severe(makeEvent(START + 5 * MINUTE), 'P1')).next, { generation: 1, status: 'triggered' })
})

t.test('resolved in Sentry after it faded: what was left open for a person is closed', async t => {
  const faded = after(severe(makeEvent(START), 'P1'), calmed, fade(START + MINUTE, 'posts'))
  const decision = decide(faded, resolve(START + 9 * MINUTE))
  t.match(decision, { action: 'resolve', material: true })
  t.match(decision.next, { status: 'resolved', faded: null, resolvedAt: START + 9 * MINUTE })
  t.match(decide(decision.next, event(START + 60 * MINUTE)), { action: 'reopen' }, 'from now on the next event counts')
})

t.test('calm is counted from the first measuring that found it, and ends with the first that does not', async t => {
  const open = after(severe(makeEvent(START), 'P1'))
  const again = (calm: boolean | null, at: number, before: Incident) =>
    decide(before, judged(makeEvent(START), { verdict: makeVerdict({ severity: 'P2' }), again: true, calm }), at).next
  const one = again(true, START + MINUTE, open)
  t.equal(one?.calmSince, START + MINUTE)
  t.equal(again(true, START + 2 * MINUTE, one as Incident)?.calmSince, START + MINUTE)
  t.equal(again(null, START + 2 * MINUTE, one as Incident)?.calmSince, START + MINUTE, 'no answer says nothing')
  t.equal(again(false, START + 2 * MINUTE, one as Incident)?.calmSince, null)
  t.equal(one?.updatedAt, open.updatedAt, 'looking again does not move it up the list')
})

t.test('an error event by itself opens and reopens nothing below P1', async t => {
  const count = (severity: Severity, at = START) => severe({ ...makeEvent(at), intent: 'count' }, severity)
  t.match(decide(null, count('P2')), { action: 'none', next: null, reason: /counted/ })
  t.match(decide(null, count('P1')), { action: 'open' })
  const over = after(event(START), resolve(START + MINUTE))
  t.match(decide(over, count('P2', START + 5 * MINUTE)), { action: 'none' })
  t.match(decide(over, count('P0', START + 5 * MINUTE)), { action: 'reopen' })
})

t.test('posts are brought up to date when twice as many hurt as people were told, in however small steps', async t => {
  const users = (count: number, before: Incident | null) =>
    decide(before, judged(makeEvent(START), { issueImpact: usersImpact(count), again: before !== null }))
  let incident = users(10, null).next as Incident
  const told: number[] = []
  for (let count = 12; count <= 40; count += 2) {
    const decision = users(count, incident)
    if (decision.material) told.push(count)
    incident = decision.next as Incident
  }
  t.same(told, [20, 40])
})
