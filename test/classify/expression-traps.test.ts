import t from 'tap'
import type { Condition } from '../../src/classify/condition.ts'
import { createEventGate } from '../../src/classify/event-gate.ts'
import { compileExpression, evaluateExpression } from '../../src/classify/expression.ts'
import type { FieldValue } from '../../src/classify/fields.ts'
import { isCalm } from '../../src/classify/is-calm.ts'
import { keepLast } from '../../src/classify/keep-last.ts'
import { whyRegexIsRefused } from '../../src/classify/regex.ts'
import type { SeverityRule } from '../../src/classify/severity-rule.ts'
import { unfold } from '../../src/classify/unfold.ts'
import { rulesThatCannotFire } from '../../src/rules/rules-that-cannot-fire.ts'
import { impactOf, issueImpact, signalOf } from '../support/told-and-measured.ts'

const truthOf = (cel: string, values: Record<string, FieldValue>) => evaluateExpression(cel, field => values[field])

t.test('two tags that nobody set are not alike, and nothing begins with one', async t => {
  const unset = { 'tag.a': null, 'tag.b': null, project: 'web' }
  t.equal(truthOf('tag("a") == tag("b")', unset), false)
  t.equal(truthOf('tag("a") != tag("b")', unset), true)
  t.equal(truthOf('project.startsWith(tag("a"))', unset), false)
  t.equal(truthOf('project.contains(tag("a")) || "web".endsWith(tag("a"))', unset), false)
  t.equal(truthOf('tag("a") == tag("b")', { 'tag.a': 'x', 'tag.b': 'x' }), true)
  t.equal(truthOf('tag("a") == tag("b")', { 'tag.a': 'x' }), 'unknown')
  t.equal(truthOf('tag("a") != ""', unset), false, 'as people ask whether it is set')
})

t.test('true and false have no order', async t => {
  for (const cel of ['is_new >= false', 'false <= is_new', 'is_new < regressed', 'true > is_new']) {
    const found = compileExpression(cel)
    t.match('run' in found ? '' : found.message, /have no order/, cel)
    t.hasProp(unfold({ cel }), 'opaque')
  }
})

t.test('what does not fit together is told in words of the rules', async t => {
  const says = (cel: string) => {
    const found = compileExpression(cel)
    return 'run' in found ? '' : found.message
  }
  t.match(says('users_per_hour in [1, 2.5]'), /all with a point or all without/)
  t.match(says('(known(release) ? release : "x") == "x"'), /compare each side/)
  t.match(says('release'), /not as a text/)
})

const rule = (id: string, when: Condition, more: Partial<SeverityRule> = {}): SeverityRule => ({
  ...{ id, name: id, about: 'issue', effect: 'severity', severity: 'P1', when, until: null, enabled: true },
  ...more,
})
const many: Condition = { field: 'users-per-hour', op: '>', value: 10 }
const both = (plain: Condition, cel: string): Condition[] => [plain, { cel }]

t.test('whether Sentry knows a number is not said before it was asked', async t => {
  const falls = (...rules: SeverityRule[]) =>
    createEventGate(rules)({ signal: signalOf(), impact: impactOf({ issue: issueImpact({ users: 50 }) }) }).map(
      found => found.rule,
    )
  for (const known of both({ field: 'baseline-users', op: 'known' }, 'known(baseline_users)'))
    t.same(falls(rule('grows', { all: [known, many] })), ['grows'], 'a rule that needs it is worth asking for')
  for (const unknown of both({ field: 'baseline-users', op: 'unknown' }, '!known(baseline_users)')) {
    const cap = rule('newcomer', unknown, { effect: 'cap', severity: 'P2' })
    t.same(falls(cap, rule('many', many)), ['many'], 'a cap that may not hold bars nothing')
    const mild = rule('mild', unknown, { severity: 'P3' })
    t.same(falls(mild, rule('many', many)), ['many'], 'a row that may not hold ends nothing')
  }
  for (const uncounted of both({ field: 'flow-users-5m', op: 'known' }, 'known(flow_users_5m)'))
    t.same(falls(rule('flow', { all: [uncounted, many] })), [], 'what is counted here, and has no count, has none')
})

t.test('what is kept is bounded by its weight', async t => {
  let made = 0
  const length = keepLast(
    10,
    text => {
      made += 1
      return text.length
    },
    found => found,
  )
  for (const text of ['aaaa', 'bbbb', 'aaaa', 'cccc', 'aaaa']) length(text)
  t.equal(made, 3, 'the one asked for last is kept')
  length('bbbb')
  t.equal(made, 4, 'the other is made again')
  length('x'.repeat(50))
  length('x'.repeat(50))
  t.equal(made, 5, 'what is heavier than all is kept alone')
})

t.test('a pattern of many classes is refused before it takes their tables', async t => {
  t.match(whyRegexIsRefused(`(?i)${'\\pL'.repeat(100)}`), /more than 5 classes/)
  t.equal(whyRegexIsRefused('(?i)^\\pL{1,30}$'), null)
})

t.test('a choice by what is known can fire where the other side is fed', async t => {
  const feeds = { api: false, errorFeed: true, metricAlerts: null }
  const choice = 'known(baseline_users) ? users_per_hour > 2 * baseline_users : users_per_hour > 10'
  t.same(rulesThatCannotFire([rule('choice', { cel: choice })], feeds), [])
  t.match(rulesThatCannotFire([rule('none', { cel: choice.replace('> 10', '> baseline_users') })], feeds), [
    { rule: 'none' },
  ])
  const nested = Array(12)
    .fill('is_new')
    .reduce((asked: string) => `(${asked} ? is_new : regressed)`)
  t.hasProp(unfold({ cel: nested }), 'opaque', 'and does not grow with its choices')
})

t.test('what an expression says is over is over, and unknown numbers are no calm', async t => {
  const rules = [rule('sum', many, { until: { cel: 'users_per_hour + events_per_hour < 3' } })]
  const calm = (users: number | null, events: number | null) =>
    isCalm('sum', rules, signalOf(), impactOf({ issue: issueImpact({ users, events }) }))
  t.equal(calm(1, 1), true)
  t.equal(calm(1, 2), false)
  t.equal(calm(null, 1), 'unknown')
})
