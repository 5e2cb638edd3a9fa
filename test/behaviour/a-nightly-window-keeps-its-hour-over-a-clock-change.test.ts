import t from 'tap'
import { alertNow, MINUTE, numbers } from '../support/one-issue.ts'
import { editRules, said } from '../support/silencing.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const HOUR = 60 * MINUTE
const nightly = {
  id: 'nightly-import',
  name: 'Nightly import',
  when: { field: 'project', op: '=', value: 'web-shop' },
  reason: 'the import locks the tables',
  starts: '2026-01-01T02:30',
  duration: 'PT2H',
  timeZone: 'America/New_York',
  rrule: 'FREQ=DAILY',
}

/** Winds to that moment, in steps that a service would see. */
async function windTo(world: World, at: number): Promise<void> {
  world.clock.wind(at - world.clock.now())
  await world.service().settled()
}

async function opens(world: World): Promise<string> {
  numbers(world, 320)
  const { incident } = await world.tell('event_alert', alertNow(world))
  await world.service().settled()
  return incident ?? ''
}

t.test('half past two by the wall clock, in winter and in summer; what is open at its end speaks', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await editRules(world, { maintenance: [nightly] })
  const year = new Date(world.clock.now()).getUTCFullYear() + 1
  const end = `${year}-12-31T00:00:00Z`
  const listed = await world.api('GET', `/maintenance/nightly-import/occurrences?limit=200&until=${end}`)
  const hours = listed.body.items.map(({ startsAt }: { startsAt: string }) => startsAt.slice(11, 16))
  t.same([...new Set(hours)].sort(), ['06:30', '07:30'], 'UTC; on the night that has no half past two it is 03:30 EDT')
  const change = listed.body.items.findIndex(
    ({ startsAt }: { startsAt: string }, i: number) => i > 0 && startsAt.slice(11, 16) !== hours[i - 1],
  )
  const first = listed.body.items[change]
  await windTo(world, Date.parse(first.startsAt) + 10 * MINUTE)
  const id = await opens(world)
  t.match(await world.incident(id), {
    silenced: { by: 'maintenance window "Nightly import"', through: { kind: 'maintenance', id: 'nightly-import' } },
  })
  t.match(await said(world, id, 'silenced'), [/maintenance window "Nightly import" .* the import locks the tables/])
  t.equal(world.slack.posts.length, 0)
  await windTo(world, Date.parse(first.endsAt) - MINUTE)
  await world.wind(0)
  t.equal(world.slack.posts.length, 0)
  await world.wind(MINUTE + 1_000)
  await until(() => world.slack.messages('incidents').length === 1)
  t.match((await world.api('GET', '/maintenance/nightly-import/hidden')).body, {
    count: 1,
    incidents: [{ incident: id }],
  })
})

t.test('outside of it everything is told, and a window that is switched off or edited away ends', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const now = new Date(world.clock.now() - HOUR).toISOString().slice(0, 16)
  const lasts = { ...nightly, starts: now, timeZone: 'UTC', rrule: null, duration: 'PT4H' }
  const made = await world.api('POST', '/maintenance', lasts)
  t.equal(made.status, 201, JSON.stringify(made.body))
  const id = await opens(world)
  t.ok((await world.incident(id)).silenced)
  const off = { ...lasts, enabled: false }
  const put = await world.api('PUT', '/maintenance/nightly-import', off, { 'if-match': made.headers.get('etag') ?? '' })
  t.equal(put.status, 200)
  await world.wind(1_000)
  await until(() => world.slack.messages('incidents').length === 1)
  t.equal((await world.incident(id)).silenced, null)
})

t.test('a window that cannot be is refused with where and why', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const refused = async (change: object) => {
    const { status, body } = await world.api('POST', '/maintenance', { ...nightly, ...change })
    t.equal(status, 422)
    return body.errors
  }
  t.match(await refused({ rrule: 'FREQ=DAYLY' }), [{ path: '/rrule', message: /did you mean "DAILY"/i }])
  t.match(await refused({ rrule: 'FREQ=HOURLY' }), [{ path: '/rrule', message: /DAILY, WEEKLY/ }])
  t.match(await refused({ rrule: 'FREQ=DAILY;BYHOURS=3' }), [{ path: '/rrule', message: /BYHOUR/ }])
  t.match(await refused({ rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31' }), [{ path: '/rrule' }])
  t.match(await refused({ timeZone: 'Europe/Berlni' }), [{ path: '/timeZone', message: /IANA/ }])
  t.match(await refused({ starts: '2026-02-30T02:00' }), [{ path: '/starts' }])
  t.match(await refused({ duration: 'P2D' }), [{ path: '/duration', message: /longer than until it comes round/ }])
  t.match(await refused({ reason: ' ' }), [{ path: '/reason' }])
  t.match(await refused({ when: { field: 'projekt', op: '=', value: 'x' } }), [{ path: '/when/field' }])
})
