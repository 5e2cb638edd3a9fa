import fc from 'fast-check'
import t from 'tap'
import { coreFlowSchema, matchCoreFlow } from '../../src/measure/core-flow.ts'
import { fitsGlob } from '../../src/measure/glob.ts'

const flows = [
  { id: 'checkout', transactions: ['*/checkout*', 'cart.pay'], tags: ['core_flow:payments'], projects: ['billing'] },
  { id: 'login', transactions: ['/login', '*SignIn*'] },
].map(flow => coreFlowSchema.parse(flow))
const traits = { project: 'web', transaction: null, culprit: null, tags: {} }

t.test('a core flow is recognised by transaction, tag or project', t => {
  const cases: [string, Partial<Parameters<typeof matchCoreFlow>[0]>, string | null][] = [
    ['transaction by glob', { transaction: 'POST /api/checkout/confirm' }, 'checkout'],
    ['transaction in any case', { transaction: 'CART.Pay' }, 'checkout'],
    ['whole transaction only', { transaction: '/login/help' }, null],
    ['culprit where there is no transaction', { culprit: 'app.SignInView in submit' }, 'login'],
    ['no culprit where there is a transaction', { transaction: '/home', culprit: '/login' }, null],
    ['tag', { tags: { core_flow: 'Payments' } }, 'checkout'],
    ['another value of the tag', { tags: { core_flow: 'search' } }, null],
    ['a tag of the prototype is none', { tags: {} }, null],
    ['project', { project: 'billing' }, 'checkout'],
    ['the first in the order of the rules', { project: 'billing', transaction: '/login' }, 'checkout'],
    ['nothing known', { project: null }, null],
  ]
  for (const [name, change, flow] of cases) t.equal(matchCoreFlow({ ...traits, ...change }, flows), flow, name)
  t.end()
})

t.test('a glob means what its expression would mean', t => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'B', 'b', '*', '.'), maxLength: 8 })
  fc.assert(
    fc.property(letters, letters, (text, pattern) => {
      const expression = pattern
        .split('*')
        .map(piece => piece.replace(/\./g, '\\.'))
        .join('.*')
      t.equal(fitsGlob(text, pattern), new RegExp(`^${expression}$`, 'i').test(text))
    }),
    { numRuns: 500 },
  )
  t.end()
})

t.test('a pattern made to backtrack does not', t => {
  t.equal(fitsGlob('a'.repeat(50_000), `${'a*'.repeat(2_000)}b`), false)
  t.end()
})
