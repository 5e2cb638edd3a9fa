import fc from 'fast-check'
import t from 'tap'
import { classify } from '../../src/classify/classify.ts'
import { judgeTable } from '../../src/classify/judge-table.ts'
import { readFields } from '../../src/classify/read-fields.ts'
import { rank, type Severity } from '../../src/classify/severity.ts'
import type { SeverityRule } from '../../src/classify/severity-rule.ts'
import { impactOf, issueImpact, measured, NOON, signalOf } from '../support/told-and-measured.ts'

const rule = (id: string, severity: Severity, more: Partial<SeverityRule> = {}): SeverityRule => {
  return { id, name: id, about: 'issue', effect: 'severity', severity, when: null, until: null, enabled: true, ...more }
}
const base = { signal: signalOf(), impact: impactOf({ issue: issueImpact() }), revision: 3, now: NOON }

t.test('no row holds: P2 by no rule, because unknown is not harmless; about a project: nothing', async t => {
  const never = rule('never', 'P0', { when: { field: 'source', op: '=', value: 'elsewhere' } })
  t.match(classify({ ...base, about: 'issue', rules: [never] }), {
    severity: 'P2',
    rule: 'none',
    revision: 3,
    at: NOON,
  })
  t.equal(classify({ ...base, about: 'project', rules: [never, rule('other', 'P0')] }), null)
})

t.test('rows of another table and disabled rows do not count', async t => {
  const rules = [rule('a', 'P0', { enabled: false }), rule('b', 'P0', { about: 'metric' }), rule('c', 'P3')]
  t.equal(classify({ ...base, about: 'issue', rules }).rule, 'c')
})

t.test('the first row that holds decides, under the strictest cap above it that holds', async () => {
  const severities: Severity[] = ['P0', 'P1', 'P2', 'P3']
  const rows = fc.array(
    fc.record({
      truth: fc.constantFrom(true, false, 'unknown'),
      effect: fc.constantFrom('severity' as const, 'cap' as const),
      severity: fc.constantFrom(...severities),
    }),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(rows, given => {
      const rules = given.map(({ truth, effect, severity }, index) => {
        const value = truth === true ? 'default' : 'other'
        const when = { field: truth === 'unknown' ? 'release' : 'source', op: '=' as const, value }
        return rule(`r${index}`, severity, { effect, when })
      })
      const judged = judgeTable(rules, 'issue', readFields(signalOf({ release: null }), base.impact).value)
      const first = given.findIndex(row => row.truth === true && row.effect === 'severity')
      const above = first === -1 ? given : given.slice(0, first)
      const caps = above.filter(row => row.truth === true && row.effect === 'cap').map(row => rank(row.severity))
      const wanted = Math.max(rank(given[first]?.severity ?? 'P2'), ...caps)
      return (
        rank(judged.severity) === wanted && (judged.fired?.rule.id ?? 'none') === (first === -1 ? 'none' : `r${first}`)
      )
    }),
  )
})

t.test('an unknown cap does not cap, and an unknown row does not decide', async t => {
  const unknown = { field: 'release', op: '=' as const, value: 'v1' }
  const signal = signalOf({ release: null })
  const rules = [
    rule('cap', 'P3', { effect: 'cap', when: unknown }),
    rule('maybe', 'P0', { when: unknown }),
    rule('b', 'P1'),
  ]
  t.match(classify({ ...base, signal, about: 'issue', rules }), {
    severity: 'P1',
    rule: 'b',
    cap: null,
    possible: 'P0',
  })
})

t.test('every field of the catalogue reads as its type, unknown or none', async t => {
  const signal = signalOf(
    { tags: { plan: 'gold' }, substatus: 'new', alertRule: 'new issues' },
    { metric: { value: 91 } },
  )
  const project = {
    crashFree: [
      { percent: 91, sessions: 400, scope: 'production' as const, release: null, source: 'sentry' as const, at: NOON },
    ],
    unhandledPerMinute: measured(7, 'windows', 60),
    crashing: true,
  }
  const impact = impactOf({ issue: issueImpact({ users: 5, coreFlow: 'payment' }), project })
  const { value, origin } = readFields(signal, impact)
  t.equal(value('tag.plan'), 'gold')
  t.equal(value('tag.absent'), null)
  t.equal(value('tag.constructor'), null)
  t.equal(value('constructor'), undefined)
  t.equal(value('nonsense'), undefined)
  t.equal(value('project'), 'web')
  t.equal(value('alert-rule'), 'new issues')
  t.equal(value('substatus'), 'new')
  t.equal(value('crash-free.production.sessions'), 400)
  t.equal(value('crash-free.release'), undefined)
  t.equal(value('metric.measures'), 'crash-free-sessions')
  t.equal(value('metric.direction'), 'below')
  t.equal(value('unhandled-per-minute'), 7)
  t.equal(value('core-flow'), 'payment')
  t.equal(value('condition'), null)
  t.same(origin('users-per-hour'), { source: 'sentry', at: NOON })
  t.same(origin('project'), { source: null, at: null })
  const bare = readFields(signalOf({ environment: null, level: null }), impactOf({}))
  t.equal(bare.value('environment'), 'production', 'a missing environment counts as production')
  t.equal(bare.value('level'), undefined)
  t.equal(bare.value('core-flow'), undefined)
  t.equal(bare.value('metric.status'), null)
})

t.test('evidence in words: tags, none, unknown, compared numbers', async t => {
  const rules = [
    rule('words', 'P1', {
      when: {
        all: [
          { field: 'tag.plan', op: '=', value: 'gold' },
          { field: 'core-flow', op: 'unknown' },
          { field: 'tag.beta', op: '!=', value: 'yes' },
          { field: 'release', op: 'unknown' },
          { field: 'users-per-hour', op: '>=', than: { field: 'baseline-users', factor: 2 } },
        ],
      },
    }),
  ]
  const signal = signalOf({ tags: { plan: 'gold' }, release: null })
  const impact = impactOf({ issue: issueImpact({ users: 1, baselineUsers: 0.4 }) })
  t.equal(
    classify({ ...base, signal, impact, about: 'issue', rules }).reason,
    'P1: words (tag plan = gold; on no core flow; no tag beta; release: unknown; 1 user in the last hour (Sentry); 0.4 users in its usual hour (Sentry)).',
  )
})
