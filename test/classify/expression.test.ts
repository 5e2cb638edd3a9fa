import fc from 'fast-check'
import t from 'tap'
import type { Condition } from '../../src/classify/condition.ts'
import { evaluate, evaluatePartly } from '../../src/classify/evaluate.ts'
import { createEventGate } from '../../src/classify/event-gate.ts'
import { compileExpression, evaluateExpression } from '../../src/classify/expression.ts'
import { nameInExpression } from '../../src/classify/expression-names.ts'
import { EVERY_FIELD, type FieldValue, type ReadField } from '../../src/classify/fields.ts'
import { LEVELS } from '../../src/classify/level.ts'
import { mentionedFields } from '../../src/classify/mentioned-fields.ts'
import { nearThreshold } from '../../src/classify/near-threshold.ts'
import type { SeverityRule } from '../../src/classify/severity-rule.ts'
import { unfold } from '../../src/classify/unfold.ts'
import { createCoverIndex } from '../../src/rules/covers.ts'
import { rulesThatCannotFire } from '../../src/rules/rules-that-cannot-fire.ts'
import { impactOf, issueImpact, signalOf } from '../support/told-and-measured.ts'

const readOf =
  (values: Record<string, FieldValue>): ReadField =>
  field =>
    values[field]
const known = readOf({
  project: 'web',
  level: 'error',
  severity: 'P1',
  'is-new': true,
  'users-per-hour': 120,
  'baseline-users': 10,
  'core-flow': null,
  'metric.value': null,
  'tag.team': 'payments',
})

t.test('an expression reckons with the fields, by their names in the language', async t => {
  for (const [text, truth] of [
    ['users_per_hour > 3 * baseline_users && tag("team") == "payments"', true],
    ['users_per_hour == 120 && users_per_hour in [1, 120] && users_per_hour - 20 == 100', true],
    ['level >= "error" && !(level == "fatal") && level in ["error", "fatal"]', true],
    ['level < "warning"', false],
    ['is_new ? project.startsWith("w") : severity == "P3"', true],
    ['re2(project, "^(web|api)$") && size(project) == 3 && project.contains("e")', true],
    ['users_per_hour / 2 < baseline_users', false],
  ] as const)
    t.equal(evaluateExpression(text, known), truth, text)
})

t.test('no two fields are written alike', async t => {
  t.equal(new Set(EVERY_FIELD.map(({ name }) => nameInExpression(name))).size, EVERY_FIELD.length)
  for (const { name } of EVERY_FIELD)
    t.hasProp(compileExpression(`known(${nameInExpression(name)})`), 'run', `${name} can be asked`)
})

t.test('what is unknown makes it unknown, unless it is decided without', async t => {
  for (const [text, truth] of [
    ['release == "1"', 'unknown'],
    ['!(release == "1")', 'unknown'],
    ['release == "1" || project == "web"', true],
    ['project == "web" || release == "1"', true],
    ['release == "1" && project == "api"', false],
    ['project == "api" && release == "1"', false],
    ['release == "1" && project == "web"', 'unknown'],
    ['release == "1" ? is_new : is_new', 'unknown'],
    ['known(release)', false],
    ['known(project)', true],
    ['known(release) && release.startsWith("1")', false],
    ['1 / 0 == 1 && is_new', 'unknown'],
  ] as const)
    t.equal(evaluateExpression(text, known), truth, text)
})

t.test('what is known to have no value is equal to nothing, nor above or below', async t => {
  for (const [text, truth] of [
    ['core_flow == "checkout"', false],
    ['core_flow != "checkout"', true],
    ['core_flow in ["checkout"]', false],
    ['metric_value < 95', false],
    ['metric_value >= 95', false],
    ['tag("plan") == "gold"', 'unknown'],
    ['known(core_flow)', false],
  ] as const)
    t.equal(evaluateExpression(text, known), truth, text)
})

t.test('what is open may be anything, so nobody can say whether it is known', async t => {
  const open = (cel: string) => evaluatePartly({ cel }, field => (field === 'severity' ? 'P0' : undefined))
  t.equal(open('severity == "P0" || known(release)'), true)
  t.equal(open('known(release)'), 'unknown')
  t.equal(open('severity in ["P2"] && users_per_hour > 1'), false)
})

// ---- agreement with the plain matchers

const TEXTS = ['web', 'api', 'we', '']
const numbers = fc.constantFrom(-1, 0, 1, 2.5, 100)
const values: fc.Arbitrary<Record<string, FieldValue | undefined>> = fc.record({
  project: fc.constantFrom<FieldValue | undefined>(undefined, null, 'web', 'api'),
  'tag.team': fc.constantFrom<FieldValue | undefined>(undefined, null, 'web', 'api'),
  level: fc.constantFrom<FieldValue | undefined>(undefined, null, ...LEVELS),
  'users-per-hour': fc.option(numbers, { nil: undefined }),
  'metric.value': fc.option(numbers, { nil: null }),
  'is-new': fc.constantFrom<FieldValue | undefined>(undefined, true, false),
})
const written: Record<string, string> = {
  project: 'project',
  'tag.team': 'tag("team")',
  level: 'level',
  'users-per-hour': 'users_per_hour',
  'metric.value': 'metric_value',
  'is-new': 'is_new',
}
interface Said {
  plain: Condition
  cel: string
}
const quote = (value: unknown): string => JSON.stringify(value)
const text = fc.constantFrom(...TEXTS.filter(one => one !== ''))
const signs = { '=': '==', '!=': '!=', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const
const leafOf = fc.oneof(
  fc.tuple(fc.constantFrom('project', 'tag.team'), fc.constantFrom('=', '!='), text),
  fc.tuple(fc.constant('level'), fc.constantFrom('=', '!=', '<', '<=', '>', '>='), fc.constantFrom(...LEVELS)),
  fc.tuple(
    fc.constantFrom('users-per-hour', 'metric.value'),
    fc.constantFrom('=', '!=', '<', '<=', '>', '>='),
    numbers,
  ),
)
const leaves: fc.Arbitrary<Said> = fc.oneof(
  leafOf.map(([field, op, value]): Said => {
    const sign = op as keyof typeof signs
    return { plain: { field, op: sign, value }, cel: `${written[field]} ${signs[sign]} ${quote(value)}` }
  }),
  fc.tuple(fc.constantFrom('project', 'tag.team'), text).map(([field, value]): Said => {
    return { plain: { field, op: 'prefix', value }, cel: `${written[field]}.startsWith(${quote(value)})` }
  }),
  fc
    .tuple(fc.constantFrom('project', 'tag.team'), fc.uniqueArray(text, { minLength: 1 }))
    .map(([field, value]): Said => {
      return { plain: { field, op: 'in', value }, cel: `${written[field]} in ${quote(value)}` }
    }),
  fc.constantFrom(...Object.keys(written)).map((field): Said => {
    return { plain: { field, op: 'known' }, cel: `known(${written[field]})` }
  }),
  fc.constant({ plain: { field: 'is-new', op: '=', value: true }, cel: 'is_new' } as Said),
)
const { said } = fc.letrec<{ said: Said }>(tie => ({
  said: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaves,
    fc.array(tie('said'), { minLength: 1, maxLength: 3 }).map(parts => {
      return { plain: { all: parts.map(one => one.plain) }, cel: parts.map(one => `(${one.cel})`).join(' && ') }
    }),
    fc.array(tie('said'), { minLength: 1, maxLength: 3 }).map(parts => {
      return { plain: { any: parts.map(one => one.plain) }, cel: parts.map(one => `(${one.cel})`).join(' || ') }
    }),
    fc.array(tie('said'), { minLength: 1, maxLength: 3 }).map(parts => {
      return {
        plain: { none: parts.map(one => one.plain) },
        cel: `!(${parts.map(one => `(${one.cel})`).join(' || ')})`,
      }
    }),
    tie('said').map(({ plain, cel }) => ({ plain: { not: plain }, cel: `!(${cel})` })),
  ),
}))

t.test('an expression and the plain matchers that say the same agree, whatever is known', async () => {
  fc.assert(
    fc.property(said, values, ({ plain, cel }, given) => {
      const read: ReadField = field => given[field]
      const compiled = compileExpression(cel)
      if (!('run' in compiled)) return /too long|longer than/.test(compiled.message)
      const wanted = evaluate(plain, read).truth
      return evaluateExpression(cel, read) === wanted && evaluate({ cel }, read).truth === wanted
    }),
    { numRuns: 1_500, seed: 20261122 },
  )
})

t.test('written out in comparisons, an expression means the same', async () => {
  const plainOf = (condition: ReturnType<typeof unfold>): Condition => {
    if ('opaque' in condition) throw new Error(`opaque: ${condition.opaque}`)
    if ('all' in condition) return { all: condition.all.map(plainOf) }
    if ('any' in condition) return { any: condition.any.map(plainOf) }
    return 'not' in condition ? { not: plainOf(condition.not) } : condition
  }
  fc.assert(
    fc.property(said, values, ({ cel }, given) => {
      const read: ReadField = field => given[field]
      if (!('run' in compileExpression(cel))) return true
      return evaluate(plainOf(unfold({ cel })), read).truth === evaluateExpression(cel, read)
    }),
    { numRuns: 700, seed: 20261122 },
  )
})

t.test('whatever is written, nothing throws, and nothing but true, false and unknown comes out', async () => {
  const words = fc.constantFrom(
    ...['project', 'users_per_hour', 'level', 'is_new', 'tag("a")', 'tag', 'known', 're2', 'size', 'matches', 'exists'],
    ...[
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '.',
      ',',
      ':',
      '?',
      '&&',
      '||',
      '!',
      '==',
      '!=',
      '<',
      '>=',
      '+',
      '-',
      '*',
      '/',
      '%',
    ],
    ...[
      'in',
      'true',
      'null',
      '1',
      '0',
      '1.5',
      '9223372036854775807',
      '2u',
      '"a"',
      "'b'",
      'b"c"',
      'r"d"',
      '"',
      '\\',
      ' ',
    ],
    ...['cel.bind', 'has', 'dyn', 'type', 'timestamp', 'duration', 'map', 'all', 'constructor', '__proto__', 'ü', '\n'],
  )
  const garbled = fc.array(words, { maxLength: 60 }).map(parts => parts.join(' '))
  fc.assert(
    fc.property(fc.oneof(garbled, fc.string({ maxLength: 200 })), values, (cel, given) => {
      const truth = evaluateExpression(cel, field => given[field])
      return truth === true || truth === false || truth === 'unknown'
    }),
    { numRuns: 4_000, seed: 20261122 },
  )
})

t.test('what is large or deep is refused, not tried', async t => {
  const nested = (levels: number) => `${'('.repeat(levels)}is_new${')'.repeat(levels)}`
  t.notOk('run' in compileExpression(nested(500)))
  t.notOk('run' in compileExpression('is_new && '.repeat(190).concat('is_new').padEnd(2_001)))
  t.notOk('run' in compileExpression(Array(250).fill('is_new').join('&&')))
  t.notOk('run' in compileExpression(`${'!'.repeat(1_500)}is_new`))
  t.ok('run' in compileExpression(Array(50).fill('users_per_hour > 1').join(' || ')), 'what people write is not')
})

// ---- whoever walks a condition knows expressions

const rule = (when: Condition, more: Partial<SeverityRule> = {}): SeverityRule => ({
  ...{ id: 'r', name: 'r', about: 'issue', effect: 'severity', severity: 'P0', when, until: null, enabled: true },
  ...more,
})

t.test('what an expression asks, when it comes near, what covers it, what cannot feed it', async t => {
  const cel = 'users_per_hour > 100 && tag("plan") == "gold" && 0.5 < baseline_users'
  t.same(mentionedFields({ cel }), ['users-per-hour', 'tag.plan', 'baseline-users'])
  t.ok(nearThreshold('P2', [rule({ cel })], readOf({ 'users-per-hour': 40 })))
  t.notOk(nearThreshold('P2', [rule({ cel })], readOf({ 'users-per-hour': 20 })))

  const above = createCoverIndex<string>()
  above.add({ cel: 'project == "web"' }, 'expression')
  t.equal(above.covering({ all: [{ field: 'project', op: '=', value: 'web' }, { cel }] }), 'expression')
  t.equal(above.covering({ cel: 'project == "api"' }), null)

  const feeds = { api: false, errorFeed: true, metricAlerts: null }
  t.match(rulesThatCannotFire([rule({ cel })], feeds), [{ rule: 'r', reason: /needs baseline-users/ }])
  t.same(rulesThatCannotFire([rule({ cel: 'users_per_hour * 2 > 100 || baseline_users > 1' })], feeds), [])
})

t.test('an error event is measured in full when an expression may just have come to hold', async t => {
  const gate = createEventGate([rule({ cel: 'users_per_hour > 3 && is_new' })])
  const falls = (users: number | null) =>
    gate({ signal: signalOf(), impact: impactOf({ issue: issueImpact({ users }) }) })
  t.same(falls(5), [{ rule: 'r', about: 'issue' }])
  t.same(falls(2), [], 'below the threshold')
  t.same(falls(null), [], 'no count is no count')
})
