import t from 'tap'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { serialize } from '../../src/sandbox/samples/serialize.ts'
import { signBody } from '../../src/sentry/signature.ts'
import { until } from '../support/until.ts'
import { SECRETS, startWorld } from '../support/world.ts'

t.test('a tampered body, a wrong secret, no signature, a re-serialised body: 401 and nothing stored', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const body = serialize(SAMPLES['non-ascii']?.build(world.clock.now()))
  const post = (sent: string, headers: Record<string, string>) =>
    fetch(`${world.url()}/webhooks/sentry`, {
      method: 'POST',
      body: sent,
      headers: { 'sentry-hook-resource': 'event_alert', ...headers },
    })
  const signature = signBody(Buffer.from(body), SECRETS.client)
  const refused: [what: string, Promise<Response>][] = [
    ['tampered', post(body.replace('production', 'productiom'), { 'sentry-hook-signature': signature })],
    [
      'wrong secret',
      post(body, { 'sentry-hook-signature': signBody(Buffer.from(body), 'another-secret-of-someone-else') }),
    ],
    ['no signature', post(body, {})],
    ['re-serialised', post(JSON.stringify(JSON.parse(body)), { 'sentry-hook-signature': signature })],
    [
      'the secret of another source',
      post(body, { 'sentry-app-signature': signBody(Buffer.from(body), SECRETS.admin) }),
    ],
  ]
  for (const [what, answer] of refused) {
    const response = await answer
    t.equal(response.status, 401, what)
    t.match(await response.json(), { status: 401, code: /^SIGNATURE_/ }, what)
  }
  t.same(await world.incidents(), [], 'nothing came of them')

  for (const header of ['sentry-hook-signature', 'sentry-app-signature']) {
    const accepted = await post(body, { [header]: signature })
    t.equal(accepted.status, 202, `the untouched bytes verify: non-ASCII text and 60.0 (${header})`)
  }
})

t.test('a burst of refusals becomes one incident about the source', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  for (let n = 0; n < 30; n++) await world.send('issue', { n }, { secret: 'an-old-secret-that-was-rotated-away' })
  await until(async () => (await world.incidents()).length > 0)
  const [incident, ...more] = await world.incidents()
  t.same(more, [])
  t.match(incident, { kind: 'source', severity: 'P1', title: /refused/ })
  await until(() => world.slack.posts.length > 0)
  await world.wind(11 * 60_000)
  await until(async () => (await world.incident(incident?.id ?? '')).status === 'resolved')
})
