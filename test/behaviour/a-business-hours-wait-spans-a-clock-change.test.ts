import t from 'tap'
import { editPolicy, openP2, stepsTold, windAndSettle } from '../support/escalating.ts'
import { startWorld } from '../support/world.ts'

const BERLIN = 'Europe/Berlin'

t.test('from Friday 16:00 two business hours end on Monday 10:00, the clocks having changed between', async t => {
  const world = await startWorld({ env: { SENTRY_AUTH_TOKEN: null } })
  t.teardown(world.stop)
  const now = Temporal.Instant.fromEpochMilliseconds(world.clock.now()).toZonedDateTimeISO(BERLIN)
  const change = now.add({ days: 7 }).getTimeZoneTransition('next')
  if (change === null) throw new Error('Berlin changes its clocks no more')
  t.equal(change.dayOfWeek, 7, 'on a Sunday')
  const friday = change.subtract({ days: 2 }).with({ hour: 16, minute: 0, second: 0 })
  world.clock.wind(friday.epochMilliseconds - world.clock.now())
  await editPolicy(world, 'p2', policy => {
    policy.hours = { timeZone: BERLIN, days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' }
    policy.whenCalm = null
    Object.assign(policy.steps[1] ?? {}, { after: 'PT2H', within: 'business-hours' })
  })
  const id = await openP2(world)
  const monday = change.add({ days: 1 }).with({ hour: 10, minute: 0, second: 0 })
  await windAndSettle(world, id, monday.epochMilliseconds - 60_000 - world.clock.now())
  t.same(await stepsTold(world, id), [], 'Monday 9:59: a minute is left')
  await windAndSettle(world, id, 180_000)
  t.same(await stepsTold(world, id), ['1 slack-incidents'])
})

t.test('the same business day: from a Saturday before a holiday it is Tuesday, when the team goes home', async t => {
  const world = await startWorld({ env: { SENTRY_AUTH_TOKEN: null } })
  t.teardown(world.stop)
  const now = Temporal.Instant.fromEpochMilliseconds(world.clock.now()).toZonedDateTimeISO(BERLIN)
  const saturday = now.add({ days: 13 - now.dayOfWeek }).with({ hour: 11, minute: 0, second: 0 })
  const tuesday = saturday.add({ days: 3 }).with({ hour: 17 })
  world.clock.wind(saturday.epochMilliseconds - world.clock.now())
  await editPolicy(world, 'p2', policy => {
    policy.hours = {
      ...{ timeZone: BERLIN, days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' },
      holidays: [saturday.add({ days: 2 }).toPlainDate().toString()],
    }
    policy.whenCalm = null
    Object.assign(policy.steps[1] ?? {}, { after: 'P1D', within: 'business-hours' })
  })
  const id = await openP2(world)
  await windAndSettle(world, id, tuesday.epochMilliseconds - 60_000 - world.clock.now())
  t.same(await stepsTold(world, id), [], 'Monday is a holiday; on Tuesday there is a minute left')
  await world.restart()
  await windAndSettle(world, id, 180_000)
  t.same(await stepsTold(world, id), ['1 slack-incidents'])
})
