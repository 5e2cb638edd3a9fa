import t from 'tap'
import { alertNow, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { editRules, silence } from '../support/silencing.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const ZONE = 'Europe/Berlin'
const HOURS = { timeZone: ZONE, days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' }

async function pageByNight(world: World): Promise<void> {
  const { body } = await world.api('GET', '/rules')
  const when = { field: 'severity', op: '=', value: 'P1' }
  const route = { id: 'p1-by-night', name: 'P1 by night', when, policy: 'p0', during: { hours: HOURS, outside: true } }
  await editRules(world, { routes: [route, ...body.document.routes] })
}

/** The next Tuesday at that hour in Berlin. */
function tuesdayAt(world: World, hour: number, minute = 0): number {
  const now = Temporal.Instant.fromEpochMilliseconds(world.clock.now()).toZonedDateTimeISO(ZONE)
  return now.add({ days: ((9 - now.dayOfWeek) % 7) + 7 }).with({ hour, minute, second: 0 }).epochMilliseconds
}

const routesOf = async (world: World, id: string): Promise<string[]> =>
  (await world.incident(id)).escalations.map(({ route }) => route)

t.test('what pages by night pages on when the day begins, and is routed anew only when it comes back', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.clock.wind(tuesdayAt(world, 8, 55) - world.clock.now())
  await pageByNight(world)
  numbers(world, 320)
  const { incident } = await world.tell('event_alert', alertNow(world))
  const id = incident ?? ''
  t.same(await routesOf(world, id), ['p1-by-night'])
  await until(() => world.pagerduty.openAlerts().length === 1)
  await world.wind(10 * MINUTE)
  await world.tell('event_alert', alertNow(world))
  t.same(await routesOf(world, id), ['p1-by-night'], '9:05: it is under way')
  t.equal(world.pagerduty.openAlerts().length, 1)

  await world.tell('issue', lifecycle(world, 'resolved'))
  await until(() => world.pagerduty.openAlerts().length === 0)
  await world.wind(30 * MINUTE)
  numbers(world, 400)
  await world.tell('issue', lifecycle(world, 'unresolved', { substatus: 'regressed' }))
  await world.tell('event_alert', alertNow(world))
  t.same(await routesOf(world, id), ['p1'], '9:35: it came back by day')
})

t.test('raised by night, it is told as by night', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.clock.wind(tuesdayAt(world, 16, 50) - world.clock.now())
  await pageByNight(world)
  numbers(world, 50)
  const { incident, severity } = await world.tell('event_alert', alertNow(world))
  t.equal(severity, 'P2')
  world.clock.wind(15 * MINUTE)
  numbers(world, 320)
  t.match(await world.tell('event_alert', alertNow(world)), { outcome: 'raised', severity: 'P1' })
  t.same(await routesOf(world, incident ?? ''), ['p1-by-night'])
  await until(() => world.pagerduty.openAlerts().length === 1)
})

t.test('what was silenced by day and first speaks by night is told as by night', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.clock.wind(tuesdayAt(world, 16, 30) - world.clock.now())
  await pageByNight(world)
  await silence(world, { duration: 'PT1H30M' })
  numbers(world, 320)
  const { incident } = await world.tell('event_alert', alertNow(world))
  const id = incident ?? ''
  t.ok((await world.incident(id)).silenced)
  await world.wind(100 * MINUTE)
  await until(async () => (await world.incident(id)).silenced === null)
  t.same(await routesOf(world, id), ['p1-by-night'])
  await until(() => world.pagerduty.openAlerts().length === 1)
})
