import t from 'tap'
import { alertNow } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const BERLIN = 'Europe/Berlin'
const HOURS = { timeZone: BERLIN, days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00', holidays: [] }

/** A P1 by night pages; by day it goes where P1s go, the team's channel. */
async function pageByNight(world: World): Promise<void> {
  const { headers, body } = await world.api('GET', '/rules')
  const when = { field: 'severity', op: '=', value: 'P1' }
  const during = { hours: HOURS, outside: true }
  body.document.routes.unshift({ id: 'p1-by-night', name: 'P1 by night', when, policy: 'p0', during })
  const put = await world.api('PUT', '/rules', body.document, { 'if-match': headers.get('etag') ?? '' })
  if (put.status !== 200) throw new Error(JSON.stringify(put.body))
}

/** 250 users in an hour: the routes that its incident took. */
async function tellP1(world: World, issue: string): Promise<string[]> {
  const firstSeen = world.clock.now() - 600_000
  world.sentry.world.issues[issue] = { users: 250, events: 500, project: 'web-shop', firstSeen, substatus: 'new' }
  const { incident } = await world.tell('event_alert', alertNow(world, { issue }))
  return (await world.incident(incident ?? '')).escalations.map(({ route }) => route)
}

const windTo = (world: World, time: Temporal.ZonedDateTime) =>
  world.clock.wind(time.epochMilliseconds - world.clock.now())

t.test('by the wall clock, before and after the clocks change', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const now = Temporal.Instant.fromEpochMilliseconds(world.clock.now()).toZonedDateTimeISO(BERLIN)
  const change = now.add({ days: 7 }).getTimeZoneTransition('next')
  if (change === null) throw new Error('Berlin changes its clocks no more')
  const friday = change.subtract({ days: 2 }).with({ hour: 9, minute: 1, second: 0 })
  const monday = change.add({ days: 1 }).with({ hour: 8, minute: 59, second: 0 })
  windTo(world, friday)
  await pageByNight(world)

  t.same(await tellP1(world, '7400000011'), ['p1'], 'Friday 9:01')
  await until(() => world.slack.messages('incidents').length === 1)
  t.equal(world.pagerduty.alerts.length, 0, 'nobody is woken by day')

  windTo(world, friday.with({ hour: 17, minute: 0 }))
  t.same(await tellP1(world, '7400000012'), ['p1-by-night'], 'Friday 17:00')
  await until(() => world.pagerduty.alerts.length === 1)

  windTo(world, monday)
  t.same(await tellP1(world, '7400000013'), ['p1-by-night'], 'Monday 8:59, on the other side of the change')
  await until(() => world.pagerduty.alerts.length === 2)
  windTo(world, monday.add({ minutes: 2 }))
  t.same(await tellP1(world, '7400000014'), ['p1'], 'Monday 9:01')
})

t.test('only a route that holds at all times is a catch-all', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const { body } = await world.api('GET', '/rules')
  for (const route of body.document.routes)
    if (route.when === null) route.during = { hours: { ...HOURS, timeZone: 'Mars' } }
  const { body: answer } = await world.api('POST', '/rules/validate', body.document)
  const paths = JSON.stringify(answer)
  t.match(paths, /unknown time zone \\"Mars\\"/)
  t.match(paths, /no catch-all/)
})
