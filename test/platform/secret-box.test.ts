import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { createSecretBox, loadOrCreateKey } from '../../src/platform/secret-box.ts'

const old = Buffer.alloc(32, 1)
const fresh = Buffer.alloc(32, 2)

t.test('what was sealed opens again, whatever it is, and never shows', async t => {
  const box = createSecretBox([fresh])
  const property = fc.property(fc.string({ unit: 'binary' }), fc.string(), (plain, context) => {
    const sealed = box.seal(plain, context)
    return box.open(sealed, context) === plain.toWellFormed() && (plain.length < 8 || !sealed.includes(plain))
  })
  fc.assert(property)
  t.not(box.seal('same', 'x'), box.seal('same', 'x'), 'a new nonce each time')
})

t.test('the first key encrypts, all decrypt; without the old key it says what to do', async t => {
  const sealed = createSecretBox([old]).seal('hunter2', 'destination:a')
  t.equal(createSecretBox([fresh, old]).open(sealed, 'destination:a'), 'hunter2')
  const resealed = createSecretBox([fresh, old]).seal('hunter2', 'destination:a')
  t.equal(createSecretBox([fresh]).open(resealed, 'destination:a'), 'hunter2')
  t.throws(() => createSecretBox([fresh]).open(sealed, 'destination:a'), {
    code: 'SECRET_UNREADABLE',
    message: /destination:a.*ENCRYPTION_KEY/,
  })
})

t.test('a changed text, a truncated one, another context and garbage are refused', async t => {
  const box = createSecretBox([fresh])
  const sealed = box.seal('hunter2', 'destination:a')
  t.throws(() => box.open(sealed, 'destination:b'), { code: 'SECRET_UNREADABLE' })
  const changed = sealed.slice(0, -4) + (sealed.endsWith('AAAA') ? 'BBBB' : 'AAAA')
  for (const bad of [changed, sealed.slice(0, -8), sealed.slice(0, 20), '', 'v1', 'v2.x.y']) {
    t.throws(() => box.open(bad, 'destination:a'), { code: 'SECRET_UNREADABLE' }, `refuses ${bad.length} characters`)
  }
})

t.test('no key and short keys are refused', async t => {
  t.throws(() => createSecretBox([]), RangeError)
  t.throws(() => createSecretBox([Buffer.alloc(16)]), RangeError)
})

t.test("the sandbox's key is made once, for its owner only", async t => {
  const dir = join(t.testdir(), 'data')
  const key = loadOrCreateKey(dir)
  t.equal(key.length, 32)
  t.same(loadOrCreateKey(dir), key)
  const path = join(dir, 'encryption-key')
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.equal(readFileSync(path, 'utf8').trim(), key.toString('base64'))
  writeFileSync(path, 'not a key')
  t.throws(() => loadOrCreateKey(dir), /does not hold a key/)
  chmodSync(path, 0o600)
})
