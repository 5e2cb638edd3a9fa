import t, { type Test } from 'tap'
import { woundClock } from '../../src/platform/clock.ts'
import { startSentryStandIn } from '../../src/sandbox/sentry-stand-in.ts'
import { createOwnApp } from '../../src/sentry/own-app.ts'
import { createOwnAppStore } from '../../src/sentry/own-app-store.ts'
import type { SourceWithSecret } from '../../src/sentry/source.ts'
import { MINUTE, makeSignal, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

const APP = '5bd41f18-7c0a-4ad4-8a11-0f2c5d8e9b01'
const INSTALLATION = '0c3f6d2e-5b1a-4f7c-9d38-6a1e2b7c4d90'
const RESOLVE = { kind: 'resolve' as const, release: null }
const quiet = { info() {}, warn() {} }

async function start(test: Test, change: Partial<SourceWithSecret> = {}) {
  const clock = woundClock({ now: () => START })
  const [redis, sentry] = await Promise.all([startTestRedis(), startSentryStandIn({ clock })])
  test.teardown(() => Promise.all([redis.stop(), sentry.close()]))
  const source: SourceWithSecret = {
    ...{ id: 'default', name: 'Default', url: sentry.url, organization: 'acme', installation: null, ownApp: null },
    ...{ projects: [], clientSecrets: ['a-client-secret-0123'], apiToken: 'token', managedBy: 'api' as const },
    ...change,
  }
  const store = createOwnAppStore(redis.client())
  const sourceOf = (id: string) => (id === source.id ? source : null)
  const own = createOwnApp({ store, sourceOf, clock, log: quiet, timeoutMs: 2_000 })
  const echo = (id: string | null, action = 'resolved', issue = '42') =>
    own.saw(
      makeSignal({ resource: 'issue', action, actor: { type: 'application', id, name: 'App' }, facts: { issue } }),
    )
  return { own, store, clock, sentry, redis, echo }
}

t.test('the setting of the source goes first, and then nobody is asked', async t => {
  const { own, sentry } = await start(t, { ownApp: APP })
  await own.writing('default', '42', RESOLVE)
  t.equal(own.of('default'), APP)
  t.equal(sentry.requests.length, 0)
})

t.test('Sentry says which app has our installation; another process knows it too', async t => {
  const { own, sentry, redis } = await start(t, { installation: INSTALLATION })
  sentry.world.installations = [
    { uuid: 'ffffffff-0000-4000-8000-000000000000', app: 'another' },
    { uuid: INSTALLATION.replaceAll('-', ''), app: APP },
  ]
  await own.writing('default', '42', RESOLVE)
  await until(async () => own.of('default') === APP)
  const elsewhere = createOwnAppStore(redis.client())
  t.equal(elsewhere.of('default'), null)
  await elsewhere.refresh()
  t.equal(elsewhere.of('default'), APP)
})

t.test(
  'with several apps and no installation named, the echo of our own write gives it away, and nothing else does',
  async t => {
    const { own, sentry, echo } = await start(t)
    sentry.world.installations = [
      { uuid: 'a', app: 'another' },
      { uuid: 'b', app: APP },
    ]
    await echo(APP)
    t.equal(own.of('default'), null, 'nothing was written yet')
    await own.writing('default', '42', RESOLVE)
    await echo('sentry')
    await echo(null)
    await echo(APP, 'unresolved')
    await echo(APP, 'resolved', '43')
    t.equal(own.of('default'), null)
    await echo(APP)
    t.equal(own.of('default'), APP)
  },
)

t.test('a Sentry that cannot say it is asked again later, not at every write', async t => {
  const { own, sentry, clock } = await start(t)
  sentry.fail({ kind: 'status', status: 403 })
  const asked = () => sentry.requests.length
  await own.writing('default', '42', RESOLVE)
  await until(async () => asked() === 1)
  await own.writing('default', '43', RESOLVE)
  clock.wind(11 * MINUTE)
  sentry.heal()
  sentry.world.installations = [{ uuid: 'b', app: APP }]
  await own.writing('default', '44', RESOLVE)
  await until(async () => own.of('default') === APP)
  t.equal(asked(), 2)
})
