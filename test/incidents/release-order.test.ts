import fc from 'fast-check'
import t from 'tap'
import { isOlderRelease } from '../../src/incidents/release-order.ts'

t.test('which of two releases is older, or that nobody can tell', async t => {
  const cases: [string, string, boolean | null][] = [
    ['2.4.0', '2.4.1', true],
    ['2.4.1', '2.4.0', false],
    ['2.4.1', '2.4.1', false],
    ['2.9.0', '2.10.0', true],
    ['2.4', '2.4.1', true],
    ['2.4', '2.4.0', false],
    ['v2.4.0', '2.4.1', true],
    ['shop@2.4.0', 'shop@2.4.1', true],
    ['@acme/shop@2.4.0', '@acme/shop@2.4.1', true],
    ['shop@2.4.0', 'cart@2.4.1', null],
    ['2.4.0', 'shop@2.4.1', null],
    ['2.4.0-rc.1', '2.4.0', true],
    ['2.4.0', '2.4.0-rc.1', false],
    ['2.4.0-rc.1', '2.4.0-rc.2', true],
    ['2.4.0-rc.10', '2.4.0-rc.9', false],
    ['2.4.0-beta', '2.4.0-rc', true],
    ['2.4.0-rc', '2.4.0-rc.1', true],
    ['2.4.0-1', '2.4.0-rc', true],
    ['2.4.0+45', '2.4.0+46', null],
    ['2.4.0+45', '2.4.1+1', true],
    ['17', '18', true],
    ['20261121', '20261122', null],
    ['cafe1234', 'deadbeef', null],
    ['1234567', '7654321', null],
    ['cafe1234', '2.4.1', null],
    ['', '2.4.1', null],
    ['latest', '2.4.1', null],
  ]
  for (const [release, fixed, older] of cases) t.equal(isOlderRelease(release, fixed), older, `${release} and ${fixed}`)
})

t.test('of two different releases that can be ordered exactly one is older', async () => {
  const number = fc.integer({ min: 0, max: 12 })
  const pre = fc.option(fc.constantFrom('rc.1', 'rc.2', 'rc.10', 'beta', 'alpha.1', '7'), { nil: null })
  const version = fc
    .tuple(number, number, number, pre)
    .map(([a, b, c, p]) => `${a}.${b}.${c}${p === null ? '' : `-${p}`}`)
  fc.assert(fc.property(version, version, (a, b) => a === b || isOlderRelease(a, b) !== isOlderRelease(b, a)))
  fc.assert(
    fc.property(
      version,
      version,
      version,
      (a, b, c) => !(isOlderRelease(a, b) && isOlderRelease(b, c)) || isOlderRelease(a, c) === true,
    ),
  )
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => [true, false, null].includes(isOlderRelease(a, b))))
})
