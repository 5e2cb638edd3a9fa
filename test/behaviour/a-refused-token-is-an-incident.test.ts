import t from 'tap'
import { alertNow, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const MINUTE = 60_000

const aboutSource = async (world: World) => (await world.incidents()).filter(({ kind }) => kind === 'source')

t.test('a refused token is one incident that names the scopes, and ends when it is taken again', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 20)
  world.sentry.fail({ kind: 'status', status: 401 })
  await world.tell('event_alert', alertNow(world))
  await until(async () => {
    await world.service().catchUp()
    return (await aboutSource(world)).length > 0
  })
  const [incident] = await aboutSource(world)
  t.match(incident, {
    severity: 'P1',
    status: 'triggered',
    title: /refuses the API token of source "default".*org:read, project:read, event:write/,
  })
  await until(() => world.slack.messages('#incidents').length > 0)
  for (let minutes = 0; minutes < 12; minutes += 2) await world.wind(2 * MINUTE)
  await world.tell('event_alert', alertNow(world))
  t.equal((await aboutSource(world)).length, 1)
  t.equal((await world.incident(incident?.id ?? '')).status, 'triggered', 'nothing heals by itself')
  t.match((await world.api('GET', '/sources/default')).body.health.api, {
    configured: true,
    lastError: /scopes org:read, project:read, event:write/,
  })

  world.sentry.heal()
  await until(async () => {
    await world.wind(MINUTE)
    await world.tell('event_alert', alertNow(world))
    return (await world.incident(incident?.id ?? '')).status === 'resolved'
  })
  t.match((await world.api('GET', '/sources/default')).body.health.api, { lastError: null })
  t.equal((await aboutSource(world)).length, 1)
})

t.test('it is found also when no webhook comes', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.sentry.fail({ kind: 'status', status: 403 })
  await until(async () => {
    await world.wind(MINUTE)
    return (await aboutSource(world)).length > 0
  })
  t.match(await aboutSource(world), [{ severity: 'P1', title: /org:read, project:read, event:write/ }])
})
