import fc from 'fast-check'
import t from 'tap'
import { signSlackBody, verifySlackSignature } from '../../src/slack/signature.ts'

const NOW = 1_531_420_618_000
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5'
/** Published by Slack with the secret above (docs.slack.dev, verifying requests from Slack). */
const BODY =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
const HEADERS = {
  timestamp: '1531420618',
  signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
}
const verify = (change: { body?: string; headers?: object; secret?: string; now?: number } = {}) =>
  verifySlackSignature(
    Buffer.from(change.body ?? BODY),
    { ...HEADERS, ...change.headers },
    change.secret ?? SECRET,
    change.now ?? NOW,
  )

t.test("Slack's own example is good; anything else about it is not", async t => {
  t.equal(verify(), 'good')
  t.equal(verify({ body: `${BODY} ` }), 'invalid')
  t.equal(verify({ secret: 'another' }), 'invalid')
  t.equal(verify({ secret: '' }), 'invalid')
  t.equal(verify({ headers: { timestamp: '1531420619' } }), 'invalid')
  t.equal(verify({ headers: { timestamp: undefined } }), 'missing')
  t.equal(verify({ headers: { signature: ['v0=1', 'v0=2'] } }), 'missing')
})

t.test('five minutes, either way', async t => {
  const minutes = (n: number) => verify({ now: NOW + n * 60_000 })
  t.same([-5.1, -4.9, 4.9, 5.1].map(minutes), ['old', 'good', 'good', 'old'])
})

t.test('what is signed verifies, and no header throws', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1 }), (body, secret) => {
      const headers = signSlackBody(body, secret, NOW)
      return verifySlackSignature(Buffer.from(body), headers, secret, NOW) === 'good'
    }),
  )
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (timestamp, signature) => {
      return verifySlackSignature(Buffer.from(''), { timestamp, signature }, SECRET, NOW) !== 'good'
    }),
  )
})
