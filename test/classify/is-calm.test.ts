import t from 'tap'
import { isCalm } from '../../src/classify/is-calm.ts'
import { nearThreshold } from '../../src/classify/near-threshold.ts'
import { defaultSeverityRules } from '../../src/rules/default-severity-rules.ts'
import { impactOf, issueImpact, measured, signalOf } from '../support/told-and-measured.ts'

const RULES = defaultSeverityRules()
const issue = (numbers: Parameters<typeof issueImpact>[0]) => impactOf({ issue: issueImpact(numbers) })
const calm = (rule: string, impact: ReturnType<typeof impactOf>) => isCalm(rule, RULES, signalOf(), impact)

t.test('what rose above 100 users is calm from 50 down, and nothing in between', async t => {
  t.equal(calm('many-users', issue({ users: 101 })), false)
  t.equal(calm('many-users', issue({ users: 51 })), false, 'below the threshold for rising is not enough')
  t.equal(calm('many-users', issue({ users: 50 })), true)
  t.equal(calm('many-users', issue({ users: null })), 'unknown', 'unknown is not zero')
})

t.test('some users are calm when nothing happens any more', async t => {
  t.equal(calm('some-users', issue({ users: 1, events: 1 })), false)
  t.equal(calm('some-users', issue({ users: 0, events: 0 })), true)
  t.equal(calm('users-unknown', issue({ events: 0 })), true)
})

t.test('crash-free is over from 96 % up with a sample, or when nothing crashes any more', async t => {
  const project = (percent: number, sessions: number, crashing: boolean | null) =>
    impactOf({
      project: {
        crashing,
        crashFree: [{ percent, sessions, scope: 'production', release: null, source: 'sentry', at: 0 }],
      },
    })
  const rule = 'crash-free-production'
  t.equal(calm(rule, project(95.5, 1000, true)), false, 'trembling around the threshold is one incident')
  t.equal(calm(rule, project(96, 1000, true)), true)
  t.equal(calm(rule, project(100, 199, true)), false, 'too few sessions end nothing')
  t.equal(calm(rule, project(90, 1000, false)), true, 'rolled back')
  t.equal(calm(rule, project(100, 3, null)), 'unknown')
  t.equal(calm('crash-free-alert', project(97, 500, true)), true)
})

t.test('a spike is over at half of it', async t => {
  const spike = (count: number) => impactOf({ project: { unhandledPerMinute: measured(count), crashing: true } })
  t.equal(calm('unhandled-spike', spike(400)), false)
  t.equal(calm('unhandled-spike', spike(250)), true)
})

t.test(
  'a rule without a threshold for falling is over when it no longer holds; one that is gone says nothing',
  async t => {
    t.equal(isCalm('data-loss', RULES, signalOf({ tags: { data_loss: 'true' } }), issue({ users: 0 })), false)
    t.equal(calm('data-loss', issue({})), true)
    t.equal(calm('removed-since', issue({ users: 0, events: 0 })), 'unknown')
  },
)

t.test('near is a third of any threshold that would make it more severe', async t => {
  const near = (severity: 'P0' | 'P1' | 'P2' | 'P3', numbers: Record<string, number>) =>
    nearThreshold(severity, RULES, field => numbers[field])
  t.equal(near('P2', { 'users-per-hour': 34 }), true)
  t.equal(near('P2', { 'users-per-hour': 33 }), false)
  t.equal(near('P1', { 'users-per-hour': 5000 }), false, 'users alone make nothing a P0')
  t.equal(near('P1', { 'flow-users-5m': 2 }), true)
  t.equal(near('P0', { 'users-per-hour': 5000 }), false)
  t.equal(near('P2', {}), false)
})
