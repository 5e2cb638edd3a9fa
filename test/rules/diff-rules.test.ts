import fc from 'fast-check'
import t from 'tap'
import { defaultRules } from '../../src/rules/default-rules.ts'
import { diffRules, type RowChange } from '../../src/rules/diff-rules.ts'
import { sayDiff } from '../../src/rules/say-diff.ts'

const FIXED = { seed: 51, numRuns: 300 }
const rules = defaultRules({ pagerduty: true, slack: true })
type Row = { id: string; [name: string]: unknown }
type Document = { routes: Row[]; settings: Record<string, unknown>; production: string[] }

const row = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
  name: fc.constantFrom('x', 'y'),
  steps: fc.array(fc.record({ after: fc.integer({ min: 0, max: 2 }) }), { maxLength: 3 }),
})
const document: fc.Arbitrary<Document> = fc.record({
  routes: fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 7 }),
  settings: fc.dictionary(fc.constantFrom('p', 'q', 'r'), fc.integer({ min: 0, max: 2 })),
  production: fc.array(fc.constantFrom('live', 'prod'), { maxLength: 2 }),
})

t.test('a document has no difference from itself, in whatever order its members stand', async t => {
  t.same(diffRules(rules, structuredClone(rules)), [])
  t.same(diffRules(rules, Object.fromEntries(Object.entries(rules).toReversed())), [])
  fc.assert(
    fc.property(document, one => diffRules(one, structuredClone(one)).length === 0),
    FIXED,
  )
})

t.test('the way back is the same length', async () => {
  const count = (changes: RowChange[], what: RowChange['what']) => changes.filter(one => one.what === what).length
  fc.assert(
    fc.property(document, document, (a, b) => {
      const [there, back] = [diffRules(a, b), diffRules(b, a)]
      t.equal(count(there, 'added'), count(back, 'removed'))
      t.equal(count(there, 'removed'), count(back, 'added'))
      t.equal(count(there, 'changed'), count(back, 'changed'))
      t.equal(count(there, 'moved'), count(back, 'moved'))
    }),
    FIXED,
  )
})

t.test('made to the earlier document, the changes give the later one', async () => {
  fc.assert(
    fc.property(document, document, (a, b) => {
      t.same(applied(a, diffRules(a, b)), b)
    }),
    FIXED,
  )
})

t.test('what is told reads as a sentence', async t => {
  const [first, second, ...others] = rules.routes
  if (first === undefined || second === undefined) return t.fail('no routes')
  const added = { ...first, id: 'new', name: 'A new one' }
  const after = {
    ...rules,
    routes: [second, { ...first, policy: 'p2' }, added, ...others.slice(0, -1)],
    settings: { ...rules.settings, pollEvery: 'PT2M' },
    production: ['live'],
  }
  t.same(sayDiff(diffRules(rules, after)), [
    '~ production: was ["production","prod","live"], is ["live"]',
    '- route "catch-all": removed, "Anything else"',
    '↕ route "p1": moved from place 2 to 1',
    '~ route "p0": policy was "p0", is "p2"',
    '+ route "new": added at place 3, "A new one"',
    '~ setting "pollEvery": was "PT1M", is "PT2M"',
  ])
  const policies = rules.policies.map(policy =>
    policy.id === 'p0' ? { ...policy, steps: policy.steps.slice(0, 1) } : policy,
  )
  t.match(sayDiff(diffRules(rules, { ...rules, policies })), [/^~ policy "p0": steps\/1 was \{.*\}, is gone$/])
})

t.test('documents with mistakes are compared all the same', async t => {
  t.equal(diffRules(null, rules).length > 0, true)
  const odd = { routes: [{ id: 'a' }, { id: 'a' }, 3, null, { name: 'b' }], settings: 4 }
  t.same(diffRules(odd, structuredClone(odd)), [])
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      t.ok(Array.isArray(sayDiff(diffRules(a, b))))
    }),
    FIXED,
  )
})

/** Puts the changes into effect, in the plainest way there is. */
function applied(before: Document, changes: readonly RowChange[]): Document {
  const after = structuredClone(before) as unknown as Record<string, unknown>
  const rows = new Map((after.routes as Row[]).map(one => [one.id, one]))
  const moving = new Set<string>()
  const placed: [number, Row][] = []
  for (const { list, id, what, members, row: given, to } of changes) {
    if (list !== 'routes') set(after, id === '' ? `/${list}` : `/${list}/${id}`, what, members, given)
    else if (what === 'removed') rows.delete(id)
    else if (what === 'added') placed.push([to ?? 0, given as Row])
    else if (what === 'moved') moving.add(id)
    else for (const { path, ...member } of members) put(rows.get(id), path, member)
    if (what === 'moved') placed.push([to ?? 0, rows.get(id) as Row])
  }
  const kept = [...rows.values()].filter(({ id }) => !moving.has(id))
  for (const [at, one] of placed.toSorted(([a], [b]) => a - b)) kept.splice(at, 0, one)
  after.routes = kept
  return after as unknown as Document
}

function set(target: object, path: string, what: string, members: RowChange['members'], given: unknown): void {
  if (what === 'changed') for (const { path: within, ...member } of members) put(target, path + within, member)
  else put(target, path, what === 'removed' ? {} : { after: given })
}

function put(target: unknown, path: string, member: { after?: unknown }): void {
  const steps = path.split('/').slice(1)
  const last = steps.pop() ?? ''
  const place = steps.reduce<Record<string, unknown>>(
    (at, step) => at[step] as Record<string, unknown>,
    target as Record<string, unknown>,
  )
  if ('after' in member) place[last] = member.after
  else if (Array.isArray(place)) place.length = Math.min(place.length, Number(last))
  else delete place[last]
}
