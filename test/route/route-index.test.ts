import fc from 'fast-check'
import t from 'tap'
import type { Condition } from '../../src/classify/condition.ts'
import type { FieldValue, ReadField } from '../../src/classify/fields.ts'
import type { BusinessHours } from '../../src/incidents/business-hours.ts'
import type { Route } from '../../src/route/escalation-table.ts'
import { matchRoutes } from '../../src/route/match-route.ts'
import { indexOf } from '../../src/route/route-index.ts'
import { tableOf } from '../support/large-table.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const HOURS: BusinessHours = { timeZone: 'UTC', days: ['mon'], from: '09:00', to: '17:00', holidays: [] }

const TEXTS = ['web', 'web-shop', 'WEB', 'api', 'ΑΣΒ', 'ας', '']
const texts = fc.constantFrom(...TEXTS)
const fields = fc.constantFrom('project', 'environment', 'tag.team', 'release')
const severities = fc.constantFrom('P0', 'P1', 'P2', 'P3')
const leaves: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ field: fields, op: fc.constantFrom('=', '!=', 'prefix'), value: texts }) },
  fc.record({ field: fields, op: fc.constantFrom('in', 'not-in'), value: fc.array(texts, { minLength: 1 }) }),
  fc.record({ field: fields, op: fc.constant('glob'), value: fc.constantFrom('we*', '*b', 'ΑΣ*', 'web', '*', 'a*i') }),
  fc.record({ field: fields, op: fc.constant('regex'), value: fc.constantFrom('^web', 'i$') }),
  fc.record({ field: fields, op: fc.constantFrom('known', 'unknown') }),
  fc.record({ field: fc.constant('severity'), op: fc.constant('='), value: severities }),
  fc.record({ field: fc.constant('users-per-hour'), op: fc.constantFrom('>', '='), value: fc.constantFrom(0, 5) }),
  fc.record({ field: fc.constant('is-new'), op: fc.constant('='), value: fc.boolean() }),
  fc.record({
    cel: fc.constantFrom(
      'project == "web"',
      'tag("team") in ["api"] && is_new',
      'release.startsWith("we") || is_new',
      'is_new ? project == "web" : tag("team") == "api"',
      'is_new == false',
      'tag("team") == project',
      'users_per_hour in [0, 5]',
    ),
  }),
) as fc.Arbitrary<Condition>
const { condition } = fc.letrec<{ condition: Condition }>(tie => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    leaves,
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map(all => ({ all })),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map(any => ({ any })),
    fc.array(tie('condition'), { minLength: 1, maxLength: 2 }).map(none => ({ none })),
    tie('condition').map(not => ({ not })),
  ),
}))
const during = fc.option(
  fc.boolean().map(outside => ({ hours: HOURS, outside })),
  { nil: null, freq: 3 },
)
const tables = fc
  .array(fc.record({ when: fc.option(condition, { nil: null, freq: 8 }), continue: fc.boolean(), during }), {
    maxLength: 25,
  })
  .map(rows => rows.map((row, n): Route => ({ id: `r${n}`, name: 'r', policy: 'p', ...row })))
const value = fc.constantFrom<FieldValue | undefined>(undefined, null, ...TEXTS)
const incidents = fc.record({
  project: value,
  environment: value,
  release: value,
  'tag.team': value,
  severity: severities as fc.Arbitrary<FieldValue | undefined>,
  'users-per-hour': fc.constantFrom<FieldValue | undefined>(undefined, 0, 5, 9),
  'is-new': fc.constantFrom<FieldValue | undefined>(undefined, true, false),
})

t.test('with the index the same routes match, in the same order, as without', async () => {
  fc.assert(
    fc.property(tables, fc.array(incidents, { minLength: 1, maxLength: 4 }), fc.boolean(), (routes, all, night) => {
      const now = night ? NOON + 10 * 3_600_000 : NOON
      return all.every(incident => {
        const read: ReadField = field => (incident as Record<string, FieldValue | undefined>)[field]
        const wanted = matchRoutes(read, routes, now).matched.map(({ id }) => id)
        const found = indexOf(routes)
          .match(read, now)
          .matched.map(({ id }) => id)
        return JSON.stringify(found) === JSON.stringify(wanted)
      })
    }),
    { numRuns: 2_000, seed: 20261122 },
  )
})

t.test('of ten thousand routes no more are looked at than of a hundred', async t => {
  const [few, many] = [tableOf(100), tableOf(10_000)]
  for (const incident of few.incidents) {
    const a = indexOf(few.routes).match(incident, NOON)
    const b = indexOf(many.routes).match(incident, NOON)
    t.same(
      b.matched.map(({ id }) => id),
      matchRoutes(incident, many.routes, NOON).matched.map(({ id }) => id),
    )
    t.ok(b.lookedAt <= 3 * a.lookedAt, `${b.lookedAt} of 10,000 and ${a.lookedAt} of 100`)
  }
})

t.test('a table is sorted once', async t => {
  const { routes } = tableOf(100)
  t.equal(indexOf(routes), indexOf(routes))
})
