import t from 'tap'
import { compare } from '../../src/classify/compare.ts'
import type { Comparison, Truth } from '../../src/classify/condition.ts'
import type { FieldValue } from '../../src/classify/fields.ts'

const when = (field: string, op: Comparison['op'], value?: Comparison['value']): Comparison =>
  value === undefined ? { field, op } : { field, op, value }

const CASES: [Comparison, FieldValue | undefined, Truth][] = [
  [when('users-per-hour', '>', 100), 101, true],
  [when('users-per-hour', '>', 100), 100, false],
  [when('users-per-hour', '>=', 100), 100, true],
  [when('users-per-hour', '<', 100), 100, false],
  [when('users-per-hour', '<=', 100), 100, true],
  [when('users-per-hour', '>', 100), undefined, 'unknown'],
  [when('users-per-hour', '=', 0), 0, true],
  [when('users-per-hour', '=', 0), undefined, 'unknown'],
  [when('users-per-hour', '!=', 0), undefined, 'unknown'],
  [when('users-per-hour', '>', 'x'), 5, 'unknown'],
  [when('users-per-hour', 'known'), 0, true],
  [when('users-per-hour', 'known'), undefined, false],
  [when('users-per-hour', 'unknown'), undefined, true],
  [when('core-flow', 'known'), null, false],
  [when('core-flow', 'unknown'), null, true],
  [when('core-flow', '=', 'payment'), null, false],
  [when('core-flow', '!=', 'payment'), null, true],
  [when('core-flow', 'not-in', ['payment']), null, true],
  [when('core-flow', 'in', ['payment']), 'payment', true],
  [when('level', '<=', 'warning'), 'info', true],
  [when('level', '<=', 'warning'), 'warning', true],
  [when('level', '<=', 'warning'), 'error', false],
  [when('level', '>', 'warning'), 'fatal', true],
  [when('level', '>', 'warning'), 'sample', 'unknown'],
  [when('handled', '=', false), false, true],
  [when('handled', '=', false), true, false],
  [when('handled', '=', 'false'), false, 'unknown'],
  [when('release', 'prefix', 'v2.'), 'v2.4.1', true],
  [when('release', 'prefix', 'v2.'), 'v3.0', false],
  [when('transaction', 'glob', '*checkout*'), '/api/Checkout/pay', true],
  [when('transaction', 'in', ['a', 'b']), 'c', false],
  [when('transaction', 'not-in', ['a', 'b']), 'c', true],
  [when('transaction', '='), 'c', 'unknown'],
]

for (const [comparison, value, truth] of CASES) {
  const { field, op, value: right } = comparison
  t.test(`${field} ${op} ${JSON.stringify(right) ?? ''} with ${value}: ${truth}`, async t => {
    t.equal(
      compare(comparison, () => value),
      truth,
    )
  })
}

t.test('than: another field times a factor; unknown when either is', async t => {
  const twice: Comparison = { field: 'users-per-hour', op: '>=', than: { field: 'baseline-users', factor: 2 } }
  const over = (users: number | undefined, baseline: number | undefined) =>
    compare(twice, field => (field === 'users-per-hour' ? users : baseline))
  t.equal(over(200, 100), true)
  t.equal(over(199, 100), false)
  t.equal(over(200, undefined), 'unknown')
  t.equal(over(undefined, 100), 'unknown')
})
