import fc from 'fast-check'
import t from 'tap'
import { fitsGlob } from '../../src/measure/glob.ts'

const CASES: [string, string, boolean][] = [
  ['*', '', true],
  ['*', 'anything', true],
  ['', '', true],
  ['', 'x', false],
  ['/checkout', '/checkout', true],
  ['/checkout', '/checkout/1', false],
  ['/checkout*', '/checkout/1', true],
  ['*/pay', '/api/pay', true],
  ['*/pay', '/api/payments', false],
  ['a*b*a', 'aba', true],
  ['a*b*a', 'ab', false],
  ['ab*ba', 'aba', false],
  ['*CHECKOUT*', 'POST /checkout', true],
  ['a.c', 'abc', false],
  ['[a-z]', 'b', false],
  ['**', 'x', true],
]

for (const [pattern, text, fits] of CASES) {
  t.test(`"${pattern}" ${fits ? 'fits' : 'does not fit'} "${text}"`, async t => t.equal(fitsGlob(text, pattern), fits))
}

t.test('agrees with the definition on every small case', async () => {
  const small = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 })
  const slow = (pattern: string, subject: string): boolean => {
    if (pattern === '') return subject === ''
    if (pattern[0] === '*')
      return slow(pattern.slice(1), subject) || (subject !== '' && slow(pattern, subject.slice(1)))
    return subject[0] === pattern[0] && slow(pattern.slice(1), subject.slice(1))
  }
  fc.assert(fc.property(small, text, (pattern, subject) => fitsGlob(subject, pattern) === slow(pattern, subject)))
})

t.test('a hostile pattern takes no longer than its length', async t => {
  t.equal(fitsGlob('a'.repeat(100_000), `${'*a'.repeat(250)}b`), false)
})
