import fc from 'fast-check'
import t from 'tap'
import { type ApiKey, hashOfKey, idInKey, keyFits, newKeyId, newKeyText } from '../../src/access/api-key.ts'

const FIXED = { seed: 20261122, numRuns: 200 }
const NOW = Date.UTC(2026, 10, 22, 12)

function keyWith(hashes: ApiKey['hashes']): ApiKey {
  const plain = { name: 'x', role: 'viewer' as const, projects: null, expiresAt: null, rotatedAt: null }
  return { ...plain, id: 'a', createdAt: NOW, createdBy: 'admin', hashes }
}

t.test('a key names its record, and no two are alike', async t => {
  const keys = Array.from({ length: 500 }, () => {
    const id = newKeyId()
    return { id, key: newKeyText(id) }
  })
  for (const { id, key } of keys) {
    t.same(idInKey(key), { id })
    t.match(key, /^tocsin_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/)
  }
  t.equal(new Set(keys.map(({ key }) => key)).size, keys.length)
})

t.test('a typo is told apart from a wrong key: any one letter changed, swapped or lost', async t => {
  const key = newKeyText(newKeyId())
  fc.assert(
    fc.property(fc.nat(key.length - 8), fc.constantFrom(...'0aZ9xQ'), fc.boolean(), (at, letter, cut) => {
      const place = at + 7
      const wrong = cut ? key.slice(0, place) : key.slice(0, place) + letter + key.slice(place + 1)
      return wrong === key || idInKey(wrong) === 'mistyped'
    }),
    FIXED,
  )
  t.equal(idInKey('some-other-key-0123456789'), null)
})

t.test('only a value that is known, and not over yet, fits; the text itself is kept nowhere', async t => {
  const [now, old] = [newKeyText('abcdefghijkl'), newKeyText('abcdefghijkl')]
  const key = keyWith([
    { hash: hashOfKey(now), createdAt: NOW, until: null },
    { hash: hashOfKey(old), createdAt: NOW, until: NOW + 1_000 },
  ])
  t.ok(keyFits(key, now, NOW) && keyFits(key, old, NOW + 999))
  t.notOk(keyFits(key, old, NOW + 1_000))
  t.notOk(keyFits(key, newKeyText('abcdefghijkl'), NOW))
  t.notOk(keyFits(keyWith([]), now, NOW))
  t.notOk(JSON.stringify(key).includes(now.slice(20)))
})
