import fc from 'fast-check'
import t from 'tap'
import { createKeyedHash, deriveKey } from '../../src/platform/keyed-hash.ts'

const old = Buffer.alloc(32, 1)
const fresh = Buffer.alloc(32, 2)

t.test('the same value gives the same token, also after a key was put in front', async t => {
  const before = createKeyedHash([old], 'users')
  const after = createKeyedHash([fresh, old], 'users')
  fc.assert(fc.property(fc.string(), value => before(value) === after(value) && /^[\w-]{22}$/.test(before(value))))
  t.not(before('a'), before('b'))
})

t.test('another key or another purpose gives another token', async t => {
  t.not(createKeyedHash([old], 'users')('a'), createKeyedHash([fresh], 'users')('a'))
  t.not(createKeyedHash([old], 'users')('a'), createKeyedHash([old], 'addresses')('a'))
  t.notSame(deriveKey(old, 'a'), deriveKey(old, 'b'))
  t.throws(() => createKeyedHash([], 'users'), RangeError)
})
