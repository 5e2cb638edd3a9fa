import fc from 'fast-check'
import t from 'tap'
import type { Condition } from '../../src/classify/condition.ts'
import { type Cover, coveredBy, isMeant } from '../../src/mute/covered-by.ts'
import { type Inhibited, inhibits } from '../../src/mute/inhibition.ts'
import { stateOf } from '../../src/mute/silence.ts'

const is = (project: string): Condition => ({ field: 'project', op: '=', value: project })
const incident = (project: string | null, dataLoss = false) => ({
  read: (field: string) => (field === 'project' ? (project ?? undefined) : undefined),
  project,
  dataLoss,
})

const anyCover: fc.Arbitrary<Cover> = fc.record({
  kind: fc.constantFrom('silence', 'maintenance'),
  id: fc.string({ minLength: 1, maxLength: 4 }),
  by: fc.constant('Ada'),
  reason: fc.constant('known'),
  when: fc.constantFrom(null, is('web'), is('api'), { not: is('web') }),
  from: fc.integer({ min: 0, max: 50 }),
  until: fc.integer({ min: 0, max: 100 }),
  coversDataLoss: fc.boolean(),
  projects: fc.constantFrom(null, ['web'], ['api', 'web']),
})

t.test('whatever covers there are, the one that counts is in force, means it, and lasts longest', async t => {
  const project = fc.constantFrom('web', 'api', 'ops', null)
  fc.assert(
    fc.property(fc.array(anyCover, { maxLength: 6 }), project, fc.boolean(), fc.nat(100), (covers, name, loss, now) => {
      const about = incident(name, loss)
      const fitting = covers.filter(one => one.from <= now && now < one.until && isMeant(one, about))
      const found = coveredBy(about, covers, now)
      t.equal(found?.until, fitting.length === 0 ? undefined : Math.max(...fitting.map(({ until }) => until)))
      if (found !== null && loss) t.equal(found.coversDataLoss, true)
      if (name === null && found !== null) t.same([found.when, found.projects], [null, null], 'unknown matches nothing')
    }),
    { seed: 20261122, numRuns: 300 },
  )
})

t.test('a silence is pending, then active, then expired, at the very moment', async t => {
  const times = { startsAt: 10, endsAt: 20 }
  t.same(
    [9, 10, 19, 20].map(now => stateOf(times, now)),
    ['pending', 'active', 'active', 'expired'],
  )
})

const severities = ['P0', 'P1', 'P2', 'P3'] as const
const anybody = fc.record({
  id: fc.constantFrom('a', 'b', 'c'),
  severity: fc.constantFrom(...severities),
  dataLoss: fc.boolean(),
  project: fc.constantFrom('web', 'api', null),
  release: fc.constantFrom('1', '2', null),
})

t.test('no rule hides itself, data loss, what differs, or what is more severe than it says', async t => {
  const rules = fc.record({
    source: fc.constantFrom<Condition>(is('web'), { field: 'release', op: 'known' }),
    target: fc.constantFrom<Condition>(is('api'), is('web'), { field: 'release', op: 'known' }),
    equal: fc.constantFrom<('project' | 'release')[]>([], ['release'], ['project', 'release']),
    mostSevere: fc.constantFrom(null, ...severities),
    enabled: fc.boolean(),
  })
  const asked = ({
    project,
    release,
    ...rest
  }: { project: string | null; release: string | null } & Omit<Inhibited, 'read'>) => ({
    ...rest,
    read: (field: string) => ({ project: project ?? undefined, release })[field as 'project' | 'release'],
  })
  fc.assert(
    fc.property(rules, anybody, anybody, (given, source, target) => {
      const rule = { id: 'r', name: 'R', ...given }
      if (!inhibits(rule, asked(source), asked(target))) return
      t.ok(rule.enabled)
      t.not(source.id, target.id)
      t.equal(target.dataLoss, false)
      for (const field of given.equal) {
        t.equal(source[field], target[field])
        t.not(source[field], null, 'two that have none have nothing in common')
      }
      const most = rule.mostSevere ?? 'P3'
      t.ok(target.severity >= source.severity || target.severity >= most)
    }),
    { seed: 20261122, numRuns: 500 },
  )
})
