import fc from 'fast-check'
import t from 'tap'
import { durationMs } from '../../src/route/duration.ts'
import { escalationOf, nextStep, toldAgain } from '../../src/route/escalation-steps.ts'
import { type Policy, policySchema, type Route } from '../../src/route/escalation-table.ts'

const NOW = Date.UTC(2026, 2, 29)
const target = (destination: string, mention: string | null = null) => ({ destination, mention })
const route: Route = { id: 'r', name: 'r', when: null, policy: 'p', continue: false, during: null }
const policy: Policy = {
  id: 'p',
  name: 'p',
  responseTime: 'PT15M',
  steps: [
    { after: 'PT0S', within: 'always', targets: [target('pagerduty-oncall')] },
    { after: 'PT15M', within: 'always', targets: [target('slack-incidents', 'here')] },
    { after: 'P1D', within: 'always', targets: [target('backlog')] },
  ],
  repeat: null,
  hours: null,
  staleAfter: null,
  whenCalm: null,
}

t.test('an escalation starts with its first step told and the next one due', async t => {
  t.same(escalationOf(route, policy, NOW), {
    route: 'r',
    policy: 'p',
    responseTime: 'PT15M',
    steps: policy.steps,
    repeat: null,
    hours: null,
    staleAfter: null,
    whenCalm: null,
    startedAt: NOW,
    step: 0,
    dueAt: NOW + 15 * 60_000,
    repeated: 0,
    lap: 0,
    pagedLap: 0,
    remindedAt: null,
  })
  t.equal(
    escalationOf(route, { ...policy, steps: policy.steps.slice(0, 1) }, NOW).dueAt,
    null,
    'nothing after one step',
  )
})

t.test('editing the policy does not disturb an escalation in flight', async t => {
  const editable = structuredClone(policy)
  const escalation = escalationOf(route, editable, NOW)
  editable.steps[1]?.targets.push(target('elsewhere'))
  editable.steps.pop()
  t.same(escalation.steps, policy.steps)
})

t.test('steps come one at a time, when they are due', async t => {
  const first = escalationOf(route, policy, NOW)
  t.equal(nextStep(first, NOW + 15 * 60_000 - 1), null)
  const second = nextStep(first, NOW + 15 * 60_000)
  t.match(second, { step: policy.steps[1], escalation: { step: 1, dueAt: NOW + 86_400_000, startedAt: NOW } })
  const third = second && nextStep(second.escalation, NOW + 86_400_000)
  t.match(third, { step: policy.steps[2], escalation: { step: 2, dueAt: null } })
  t.equal(third && nextStep(third.escalation, Number.MAX_SAFE_INTEGER), null)
})

t.test('durations: a day is 24 hours, a week seven of them', async t => {
  t.equal(durationMs('PT0S'), 0)
  t.equal(durationMs('PT1S'), 1_000)
  t.equal(durationMs('PT1H30M'), 5_400_000)
  t.equal(durationMs('P1D'), 86_400_000)
  t.equal(durationMs('P2W'), 14 * 86_400_000)
  t.throws(() => durationMs('soon'), RangeError)
  fc.assert(
    fc.property(fc.nat(300), fc.nat(400), fc.nat(10_000), (days, hours, seconds) => {
      return durationMs(`P${days}DT${hours}H${seconds}S`) === ((days * 24 + hours) * 3600 + seconds) * 1000
    }),
  )
})

t.test('told by hand, what comes after keeps its distance in business time too', async t => {
  const at = (iso: string) => Temporal.Instant.from(iso).epochMilliseconds
  const hours = {
    ...{ timeZone: 'Europe/Berlin', days: ['mon', 'tue', 'wed', 'thu', 'fri'] as const, from: '09:00', to: '17:00' },
    holidays: ['2026-11-24'],
  }
  const cases: [string, string, string, string][] = [
    ['PT2H', 'PT4H', '2026-11-23T09:30+01:00', '2026-11-23T11:30+01:00'],
    ['PT2H', 'PT4H', '2026-11-21T12:00+01:00', '2026-11-23T11:00+01:00'],
    ['PT2H', 'PT4H', '2026-11-20T16:00+01:00', '2026-11-23T10:00+01:00'],
    ['PT10H', 'PT11H', '2026-11-25T09:15+01:00', '2026-11-25T10:15+01:00'],
    ['P1D', 'P2D', '2026-11-23T10:00+01:00', '2026-11-23T17:00+01:00'],
    ['P1D', 'P2D', '2026-11-22T10:00+01:00', '2026-11-23T17:00+01:00'],
    ['P2D', 'P4D', '2026-11-23T18:00+01:00', '2026-11-26T17:00+01:00'],
  ]
  for (const [second, third, now, due] of cases) {
    const policy = policySchema.parse({
      ...{ id: 'x', name: 'x', responseTime: 'PT1H', hours },
      steps: [
        { after: 'PT0S', targets: [{ destination: 'a' }] },
        { after: second, within: 'business-hours', targets: [{ destination: 'b' }] },
        { after: third, within: 'business-hours', targets: [{ destination: 'c' }] },
      ],
    })
    const jumped = toldAgain(escalationOf({ id: 'r' }, policy, at('2026-11-16T10:00+01:00')), 1, at(now))
    t.equal(jumped?.escalation.dueAt, at(due), `${second}, then ${third}, told on ${now}`)
  }
})
