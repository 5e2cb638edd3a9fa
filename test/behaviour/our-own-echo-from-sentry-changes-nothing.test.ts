import t from 'tap'
import { alertNow, ISSUE, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { SECRETS, startWorld, type World } from '../support/world.ts'

const CHECKOUT = { transaction: 'POST /checkout/pay', handled: false }
const APP = '5bd41f18-7c0a-4ad4-8a11-0f2c5d8e9b01'

async function opened(
  apps: readonly string[],
  env: Record<string, string> = {},
): Promise<{ world: World; id: string; act(name: string): Promise<void> }> {
  const world = await startWorld({ env })
  numbers(world, 200)
  world.sentry.world.installations = apps.map((app, n) => ({ uuid: `installation-${n}`, app }))
  world.sentry.echo = { url: `${world.url()}/webhooks/sentry`, clientSecret: SECRETS.client, app: APP }
  const issue = world.sentry.world.issues[ISSUE]
  Object.assign(issue ?? {}, { recentUsers: 20, recentEvents: 40 })
  const { incident } = await world.tell('event_alert', alertNow(world, CHECKOUT))
  const id = incident ?? ''
  await until(() => world.pagerduty.openAlerts().length === 1)
  const act = async (name: string) => {
    const before = world.sentry.writes.length
    await world.api('POST', `/incidents/${id}/${name}`)
    await until(() => world.sentry.writes.length > before)
    await world.sentry.echoed()
    await world.service().settled()
  }
  return { world, id, act }
}

/** Triggers that PagerDuty saw: each may wake someone. */
const triggers = (world: World) =>
  world.pagerduty.requests.filter(({ body }) => JSON.stringify(body).includes('"event_action":"trigger"')).length

t.test('the echo finds everything as it says, before anybody knows that it is one', async t => {
  const { world, id, act } = await opened(['another', APP])
  t.teardown(world.stop)
  await act('resolve')
  const over = await world.incident(id)
  t.match(over, { status: 'resolved', resolvedBy: /^(?!Tocsin)/ })
  t.equal((await world.timeline(id)).filter(({ what }) => what === 'resolved').length, 1)
  world.clock.wind(2_000)
  const paged = triggers(world)
  await act('reopen')
  await until(() => triggers(world) > paged)
  const reopened = triggers(world)
  await world.wind(MINUTE)
  await world.service().settled()
  t.equal(triggers(world), reopened, 'its echo pages nobody again')
  t.match(await world.incident(id), { status: 'triggered', generation: over.generation })
  await world.api('GET', `/incidents/${id}`)
})

t.test('once our app is known its echoes are nothing to do, and those of others still count', async t => {
  const { world, id, act } = await opened([APP])
  t.teardown(world.stop)
  await act('resolve')
  await until(() => world.logged.some(line => line.includes('our own Sentry app is known')))
  world.clock.wind(20 * MINUTE)
  await act('reopen')
  const { rev } = await world.incident(id)
  const actor = { type: 'application', id: APP, name: 'Tocsin' }
  const echo = await world.tell('issue', { ...lifecycle(world, 'resolved', { status: 'resolved' }), actor })
  t.match(echo, { outcome: 'nothing-to-do' })
  t.match(await world.incident(id), { status: 'triggered', rev })
  world.clock.wind(2_000)
  const other = { ...actor, id: 'another' }
  await world.tell('issue', { ...lifecycle(world, 'resolved', { status: 'resolved' }), actor: other })
  t.match(await world.incident(id), { status: 'resolved' })
  t.equal(world.sentry.world.issues[ISSUE]?.status, 'resolved')
})

t.test('named in the environment, our app is known from the first write on, among however many', async t => {
  const { world, id, act } = await opened(['another', APP], { SENTRY_OWN_APP: APP.replaceAll('-', '').toUpperCase() })
  t.teardown(world.stop)
  await act('resolve')
  const { rev } = await world.incident(id)
  const actor = { type: 'application', id: APP, name: 'Tocsin' }
  const echo = await world.tell('issue', { ...lifecycle(world, 'resolved', { status: 'resolved' }), actor })
  t.match(echo, { outcome: 'nothing-to-do' })
  t.match(await world.incident(id), { rev })
  t.notOk(
    world.sentry.requests.some(({ path }) => path.includes('installations')),
    'nobody is asked',
  )
})
