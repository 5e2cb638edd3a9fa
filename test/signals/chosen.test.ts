import fc from 'fast-check'
import t from 'tap'
import { type Chosen, newestChoice, readChoice } from '../../src/signals/chosen.ts'
import { makeSignal } from '../support/make.ts'

const choose = (settings: Record<string, string>, at: number, rule = 'Checkout') =>
  makeSignal({ settings, at, facts: { alertRule: rule } })

t.test('every setting is read as the schema describes it', async t => {
  const cases: [settings: Record<string, string>, chosen: object | null, ignored: RegExp[]][] = [
    [{}, null, []],
    [{ policy: 'p1' }, { policy: 'p1', floor: null, ceiling: null, ceilingHidesAll: false }, []],
    [{ policy: '(routes)' }, { policy: null }, []],
    [{ policy: 'null', severity_floor: '' }, { policy: null, floor: null }, []],
    [{ severity_floor: ' p1 ' }, { floor: 'P1' }, []],
    [{ severity_floor: 'none', severity_ceiling: 'P2' }, { floor: null, ceiling: 'P2' }, []],
    [{ severity_floor: 'P2', severity_ceiling: 'P2' }, { floor: 'P2', ceiling: 'P2' }, []],
    [{ severity_floor: 'P0', severity_ceiling: 'P2' }, { floor: null, ceiling: null }, [/neither holds/]],
    [{ severity_ceiling: 'P2', ceiling_holds_for: 'everything' }, { ceilingHidesAll: true }, []],
    [{ severity_ceiling: 'P2', ceiling_holds_for: 'most' }, { ceilingHidesAll: false }, []],
    [{ ceiling_holds_for: 'everything' }, { ceiling: null, ceilingHidesAll: false }, []],
    [{ severity_ceiling: 'P2', ceiling_holds_for: 'all' }, { ceilingHidesAll: false }, [/most or everything/]],
    [{ severity_floor: 'P9' }, { floor: null }, [/expected P0, P1, P2 or P3/]],
    [{ policy: 'No Such Id!' }, { policy: null }, [/expected the id of a policy/]],
    [{ title: 'x' }, null, [/"title" is no setting/]],
    [{ policy: 'p1', [`mail ${'a@example.com'}`]: '' }, { policy: 'p1' }, [/mail \[email\]/]],
  ]
  for (const [settings, chosen, ignored] of cases) {
    const read = readChoice(settings)
    if (chosen === null) t.equal(read.chosen, null, JSON.stringify(settings))
    else t.match(read.chosen, chosen, JSON.stringify(settings))
    t.equal(read.ignored.length, ignored.length, JSON.stringify(settings))
    t.match(read.ignored, ignored)
  }
})

t.test('whatever the settings hold, reading them never throws and never invents a choice', async t => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('P0', 'P1', 'P2', 'P3', 'none', '(routes)', 'p1', 'everything', '__proto__'),
  )
  const name = fc.oneof(fc.constantFrom('policy', 'severity_floor', 'severity_ceiling', 'ceiling_holds_for'), word)
  fc.assert(
    fc.property(fc.dictionary(name, word), settings => {
      const { chosen, ignored } = readChoice(settings)
      if (chosen === null) return
      const { floor, ceiling, ceilingHidesAll, policy } = chosen
      if (floor !== null && ceiling !== null && floor < ceiling) throw new Error('contradiction')
      if (ceilingHidesAll && ceiling === null) throw new Error('a ceiling that is none hides nothing')
      if (policy !== null && policy !== settings.policy?.trim()) throw new Error('invented')
      if (ignored.some(one => one.length > 300)) throw new Error('too long')
    }),
  )
  t.pass('for any settings')
})

t.test('the newest choice counts, in whichever order they come', async t => {
  const told = [
    choose({ policy: 'p1' }, 100),
    choose({ severity_floor: 'P1' }, 300, 'Other'),
    choose({ severity_ceiling: 'P2' }, 200),
    choose({}, 400),
    choose({ junk: '1' }, 500),
  ]
  fc.assert(
    fc.property(fc.shuffledSubarray(told, { minLength: told.length }), order => {
      const chosen = order.reduce<Chosen | null>(newestChoice, null)
      t.match(chosen, { policy: null, floor: 'P1', ceiling: null, rule: 'Other', at: 300 })
      t.match(chosen?.ignored, [/junk/])
    }),
    { numRuns: 30 },
  )
})

t.test('a signal that chooses nothing takes nothing back, and none at all is none', async t => {
  const first = newestChoice(null, choose({ policy: 'p1' }, 100))
  t.equal(newestChoice(first, choose({}, 200)), first)
  t.equal(newestChoice(null, choose({}, 200)), null)
})

t.test('another rule that was left alone takes back nothing that was chosen; the same rule does', async t => {
  const signal = (at: number, rule: string, settings: Record<string, string>) =>
    makeSignal({ at, settings, facts: { alertRule: rule } })
  const left = { policy: '(routes)', severity_floor: 'none', severity_ceiling: 'none' }
  const chosen = newestChoice(null, signal(1, 'Checkout', { policy: 'p0', severity_ceiling: 'P2' }))
  t.match(newestChoice(chosen, signal(2, 'Everything new', left)), { policy: 'p0', ceiling: 'P2', rule: 'Checkout' })
  t.match(newestChoice(chosen, signal(2, 'Checkout', left)), { policy: null, ceiling: null })
  t.match(newestChoice(null, signal(2, 'Everything new', left)), { policy: null, rule: 'Everything new' })
})
