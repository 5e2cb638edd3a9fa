import fc from 'fast-check'
import t from 'tap'
import { defaultRules } from '../../src/rules/default-rules.ts'
import { createRulesApart } from '../../src/rules/rules-apart.ts'
import type { RulesDocument } from '../../src/rules/rules-document.ts'
import { validateRules } from '../../src/rules/validate-rules.ts'
import { findWarnings } from '../../src/rules/warnings.ts'
import { tableOf } from '../support/large-table.ts'

const known = { destinations: [{ id: 'backlog', kind: 'backlog' as const }] }
const around = { destinations: [{ id: 'backlog', kind: 'backlog' as const, fallback: null }], tests: new Map() }
const base = defaultRules({ pagerduty: false, slack: false })
const withRoutes = (routes: unknown[]) => ({ ...structuredClone(base), routes })
const named = (n: number, when: unknown) => ({ id: `r${n}`, name: `r${n}`, policy: 'p0', when })
const large = (rows: number) =>
  withRoutes(tableOf(rows).routes.map(route => ({ ...route, policy: base.policies[0]?.id ?? '' })))
const deep = (levels: number): unknown => {
  let when: unknown = { field: 'project', op: '=', value: 'web' }
  for (let level = 0; level < levels; level += 1) when = { not: when }
  return when
}

t.test('a document is answered apart as it is in place', async t => {
  const apart = createRulesApart({ inPlace: -1 })
  t.teardown(() => apart.close())
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom(null, undefined, Number.NaN, -0, Number.POSITIVE_INFINITY),
    fc.boolean(),
  )
  const condition = fc.letrec(tie => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.record({
        field: fc.constantFrom('project', 'severity', 'user'),
        op: fc.constantFrom('=', 'in', 'regex'),
        value,
      }),
      fc.record({ cel: fc.constantFrom('project == "a"', 'projekt == "a"', 're2(transaction, "[a")') }),
      fc.record({ all: fc.array(tie('any'), { maxLength: 3 }) }),
      value,
    ),
  })).any
  const row = fc.record(
    {
      id: fc.constantFrom('a', 'b', 'c'),
      name: fc.string(),
      policy: fc.constantFrom('p0', 'p9'),
      when: condition,
      during: value,
    },
    { requiredKeys: ['id'] },
  )
  const rows = fc.array(row, { maxLength: 5 })
  const document = fc.oneof(
    fc.anything(),
    rows.map(withRoutes),
    // In several pieces.
    rows.map(some => withRoutes([...some, ...Array.from({ length: 250 }, (_, n) => named(n, null))])),
  )
  const same = fc.asyncProperty(document, async input => {
    t.strictSame(await apart.validate(input, known), validateRules(input, known))
  })
  await fc.assert(same, { numRuns: 100, seed: 5 })
  for (const levels of [9, 60, 200_000]) {
    const input = withRoutes([named(0, deep(levels))])
    t.strictSame(await apart.validate(input, known), validateRules(input, known), `${levels} deep`)
  }
  t.strictSame(await apart.validate(base, known), { document: base })
})

t.test('a large table has the same warnings, whoever looked at its routes', async t => {
  const apart = createRulesApart()
  t.teardown(() => apart.close())
  const [input, again] = [large(2_000), large(2_000)]
  const checked = await apart.validate(input, known)
  const inPlace = validateRules(again, known)
  t.strictSame(checked, inPlace)
  if (!('document' in checked && 'document' in inPlace)) return t.fail('it is valid')
  const loaded: RulesDocument = structuredClone(checked.document)
  await apart.look(loaded.routes)
  t.strictSame(findWarnings(checked.document, around), findWarnings(inPlace.document, around))
  t.strictSame(findWarnings(loaded, around), findWarnings(inPlace.document, around))
})

t.test('a document that takes too long is refused with words, and the next one is checked', async t => {
  const hasty = createRulesApart({ mostMs: 1 })
  t.teardown(() => hasty.close())
  await t.rejects(hasty.validate(large(5_000), known), { code: 'INVALID_INPUT', message: /takes longer than/ })
  t.match(await hasty.validate(base, known), { document: base })
  await t.rejects(hasty.validate(large(5_000), known), { code: 'INVALID_INPUT' })
})

t.test('a thread that fails is answered so, and started anew', async t => {
  // Enough for its own code and a few rows.
  const apart = createRulesApart({ inPlace: -1, mostMb: 48 })
  t.teardown(() => apart.close())
  t.match(await apart.validate(base, known), { document: base })
  await t.rejects(apart.validate(large(10_000), known), { code: 'INTERNAL', status: 500, retry: true })
  t.match(await apart.validate(base, known), { document: base })
})

t.test('one caller with many documents does not keep the others waiting, nor fill the line', async t => {
  const apart = createRulesApart({ inPlace: -1 })
  t.teardown(() => apart.close())
  const answered: string[] = []
  const ask = (who: string, name: string) => apart.validate(base, known, who).then(() => answered.push(name))
  const greedy = ['a1', 'a2', 'a3', 'a4'].map(name => ask('a', name))
  await t.rejects(ask('a', 'a5'), { code: 'TOO_MANY_REQUESTS', status: 429 })
  await Promise.all([...greedy, ask('b', 'b1'), ask('c', 'c1')])
  t.strictSame(answered, ['a1', 'a2', 'b1', 'c1', 'a3', 'a4'])
})

t.test('who waits when it stops is told so at once, and nothing of the thread is left', async t => {
  const apart = createRulesApart()
  const asked = ['a', 'b', 'c'].map(who => apart.validate(large(5_000), known, who))
  const refused = Promise.all(asked.map(one => t.rejects(one, { code: 'SHUTTING_DOWN', status: 503 })))
  await apart.close()
  await refused
  await t.rejects(apart.validate(large(5_000), known), { code: 'SHUTTING_DOWN' })
  t.match(await apart.validate(base, known), { document: base }, 'a small one is no matter')
})
