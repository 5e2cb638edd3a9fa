import fc from 'fast-check'
import t from 'tap'
import { signBody, verifySignature } from '../../src/sentry/signature.ts'

const BODY = Buffer.from('{"action":"triggered","n":60.0,"t":"\\u00fc"}')
const SECRET = 'a-client-secret-of-sentry'

t.test('exactly these bytes under any of the secrets verify, by either header', async t => {
  const signature = signBody(BODY, SECRET)
  t.ok(verifySignature(BODY, [signature, undefined], [SECRET]))
  t.ok(verifySignature(BODY, [undefined, signature], [SECRET]))
  t.ok(verifySignature(BODY, [undefined, signature], ['another-secret', SECRET]))
  t.ok(verifySignature(BODY, [signBody(BODY, 'stale'), signature], [SECRET, 'another-secret']))
})

t.test("Sentry's documented algorithm: lower-case hex HMAC-SHA256 (RFC 4231, test case 2)", async t => {
  const body = Buffer.from('what do ya want for nothing?')
  t.ok(verifySignature(body, ['5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'], ['Jefe']))
})

t.test('a tampered or re-serialised body, a wrong secret and no secret are refused', async t => {
  const signature = signBody(BODY, SECRET)
  const again = Buffer.from(JSON.stringify(JSON.parse(BODY.toString())))
  t.notOk(verifySignature(again, [signature], [SECRET]))
  t.notOk(verifySignature(Buffer.concat([BODY, Buffer.from(' ')]), [signature], [SECRET]))
  t.notOk(verifySignature(BODY, [signature], ['wrong']))
  t.notOk(verifySignature(BODY, [signature], []))
  t.notOk(verifySignature(BODY, [signBody(BODY, '')], ['']), 'an empty secret is none')
})

t.test('a malformed header is refused and never throws', async t => {
  const signature = signBody(BODY, SECRET)
  for (const header of [
    undefined,
    '',
    'sha256=',
    signature.slice(1),
    `${signature}0`,
    `${signature.slice(1)}g`,
    ` ${signature}`,
  ])
    t.notOk(verifySignature(BODY, [header], [SECRET]), String(header))
  t.notOk(verifySignature(BODY, [[signature]], [SECRET]), 'a list')
  fc.assert(fc.property(fc.string(), header => !verifySignature(BODY, [header], [SECRET])))
})
