import t from 'tap'
import { decideDue, type StepTimes } from '../../src/incidents/decide-due.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { clockSetBack, jumpTo, stepAt, stepsDue } from '../../src/route/steps-due.ts'
import { MINUTE, makeEscalation, makeIncident, START } from '../support/make.ts'

const PAGE = 'pagerduty-oncall'
const POST = 'slack-incidents'
const pages = (destination: string) => destination === PAGE
const HOUR = 60 * MINUTE
const steps: StepTimes = {
  due: (incident, now) => stepsDue(incident, now, pages),
  jump: (incident, step, now, why) => jumpTo(incident, step, now, pages, why),
  setBack: clockSetBack,
  nextAt: stepAt,
}
/** A page, and after 15 minutes a post; its timer as it should be. */
function open(change: Partial<Incident> = {}): Incident {
  const escalation = makeEscalation(PAGE)
  escalation.steps.push({ after: 'PT15M', within: 'always', targets: [{ destination: POST, mention: 'here' }] })
  const incident = makeIncident({
    escalations: [{ ...escalation, staleAfter: 'PT4H', dueAt: START + 15 * MINUTE }],
    ...change,
  })
  return { ...incident, stepAt: stepAt(incident) }
}
const silenced = { until: START + HOUR, by: 'Ada', reason: 'known', since: START }
const quiet = { speaker: 'inc_1', reason: 'it spoke first', since: START, holds: 'pages' as const }
const ada = { via: 'slack' as const, at: null, id: 'U0ADA', name: 'Ada' }
const acknowledged = { status: 'acknowledged' as const, acknowledgedAt: START + MINUTE, acknowledgedBy: ada }

t.test('a step that is due is told, and the timeline says why', async t => {
  const decision = decideDue(open(), steps, START + 15 * MINUTE)
  t.match(decision, {
    action: 'step',
    next: { rev: 2, generation: 1, escalations: [{ step: 1, dueAt: null }] },
    entries: [{ what: 'escalated', reason: /nobody has acknowledged it/ }],
    tell: [{ to: 'target', destination: POST, mention: 'here', step: 1 }],
  })
  t.equal(decideDue(decision.next, steps, START + 15 * MINUTE).tell, undefined, 'once')
})

t.test('nobody is told while somebody answers, another speaks, or people asked for silence', async t => {
  const now = START + 20 * MINUTE
  const states: Partial<Incident>[] = [
    acknowledged,
    { quiet },
    { muted: silenced },
    { silenced },
    { status: 'resolved', resolvedAt: START },
  ]
  for (const state of states)
    t.match(decideDue(open(state), steps, now), { action: 'none', next: null }, JSON.stringify(state))
  t.match(decideDue(null, steps, now), { action: 'none' })
})

t.test('a silence that ends speaks; where somebody answers it only says so', async t => {
  t.match(decideDue(open({ silenced }), steps, START + HOUR), {
    action: 'speak',
    next: { silenced: null },
    entries: [{ what: 'unsilenced' }],
  })
  t.match(decideDue(open({ silenced, ...acknowledged }), steps, START + HOUR), {
    action: 'mark',
    next: { silenced: null, status: 'acknowledged' },
    tell: undefined,
  })
})

t.test('a stale acknowledgement reminds whoever gave it, once; after the same time again it escalates on', async t => {
  const one = open(acknowledged)
  const stale = START + MINUTE + 4 * HOUR
  t.match(decideDue(one, steps, stale - 1), { action: 'none' })
  const reminded = decideDue(one, steps, stale)
  t.match(reminded, {
    action: 'remind',
    next: { status: 'acknowledged' },
    entries: [{ what: 'reminded' }],
    tell: [{ to: 'posts', say: 'thread', mention: 'U0ADA', reason: /acknowledged by Ada since/ }],
  })
  const after = reminded.next && { ...reminded.next, stepAt: stepAt(reminded.next) }
  t.match(decideDue(after, steps, stale + 4 * HOUR - 1), { action: 'none' })
  t.match(decideDue(after, steps, stale + 4 * HOUR), {
    action: 'step',
    next: {
      status: 'triggered',
      acknowledgedAt: null,
      acknowledgedBy: null,
      generation: 1,
      escalations: [{ step: 1 }],
    },
    entries: [{ what: 'unacknowledged' }, { what: 'escalated' }],
    tell: [{ to: 'target', destination: POST }],
  })
})

t.test('stale with no step left it begins again, and pages under a new generation', async t => {
  const one = open(acknowledged)
  const told = one.escalations.map(each => ({ ...each, step: 1, dueAt: null, remindedAt: START + 5 * HOUR }))
  t.match(decideDue({ ...one, escalations: told }, steps, START + 9 * HOUR), {
    action: 'step',
    next: { status: 'triggered', generation: 2, escalations: [{ step: 0, dueAt: START + 9 * HOUR + 15 * MINUTE }] },
    tell: [{ to: 'target', destination: PAGE, step: 0 }],
  })
})

t.test('a timer that is missing or wrong is put right, and nobody is told of it', async t => {
  for (const wrong of [null, START + 9 * HOUR]) {
    const decision = decideDue({ ...open(), stepAt: wrong }, steps, START + MINUTE)
    t.match(decision, { action: 'mark', next: { stepAt: START + 15 * MINUTE, rev: 2 }, entries: [], material: false })
    t.equal(decision.tell, undefined)
  }
})

t.test('stale while another speaks for it, it is unanswered and tells nobody: the other escalates', async t => {
  const one = open({ ...acknowledged, quiet })
  const told = one.escalations.map(each => ({ ...each, remindedAt: START + 5 * HOUR }))
  const decision = decideDue({ ...one, escalations: told }, steps, START + 9 * HOUR)
  t.match(decision, {
    action: 'unacknowledge',
    next: { status: 'triggered', quiet, escalations: [{ step: 0 }] },
    entries: [{ what: 'unacknowledged' }],
  })
  t.notOk(decision.tell?.some(({ to }) => to === 'target'))
})

t.test('a step that waits from a time still to come, the clock having been set back, waits from now', async t => {
  const now = START - 24 * HOUR
  const decision = decideDue(open(), steps, now)
  t.match(decision, {
    action: 'mark',
    next: { escalations: [{ startedAt: now, dueAt: now + 15 * MINUTE }] },
    entries: [],
  })
  t.equal(decision.tell, undefined)
  t.match(decideDue(open(), steps, START - 30_000), { action: 'none' }, 'clocks of several processes differ a little')
})
