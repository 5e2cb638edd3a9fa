import t from 'tap'
import { errorCreated, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { startWorld, type World } from '../support/world.ts'

const MINUTE = 60_000
const SECOND = 1_000

/** Everything of Sentry's is dated by its clock, which differs by `skewMs` from ours. */
async function fails(world: World, skewMs: number, users: readonly string[]): Promise<string | null> {
  let severity: string | null = null
  for (const user of users) {
    world.clock.wind(SECOND)
    const now = world.clock.now() + skewMs
    const event = eventPayload({
      now,
      issue: '1',
      project: 'web-shop',
      transaction: 'POST /checkout/pay',
      user: { id: user },
    })
    const record = await world.tell('error', errorCreated(event), { hookAt: now })
    severity = record.severity ?? severity
  }
  return severity
}

async function lookAtClocks(world: World) {
  await world.service().settled()
  const { health } = (await world.api('GET', '/sources/default')).body
  const readyz = await (await fetch(`${world.url()}/readyz`)).text()
  return { seconds: health.clockSkewSeconds, readyz }
}

for (const [name, skewMs] of [
  ['four minutes ahead', -4 * MINUTE],
  ['four minutes behind', 4 * MINUTE],
] as const) {
  const told = new RegExp(`2(39|40|41) s ${skewMs > 0 ? 'ahead of' : 'behind'} ours.*Event times are corrected`)

  t.test(`with our clock ${name}, as Sentry's answers show, five users of a checkout are five`, async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    world.sentry.world.clockSkewMs = skewMs
    for (let n = 0; n < 4; n++) {
      await world.wind(MINUTE)
      await world.service().settled()
    }
    const { seconds, readyz } = await lookAtClocks(world)
    t.ok(Math.abs(seconds - skewMs / SECOND) <= 1, `${seconds} s`)
    t.match(readyz, told)
    t.not(await fails(world, skewMs, ['a', 'b', 'c']), 'P0')
    await world.wind(3 * MINUTE)
    t.equal(await fails(world, skewMs, ['d', 'e']), 'P0')
  })

  t.test(`with our clock ${name}, as webhooks alone prove, five users of a checkout are five`, async t => {
    const world = await startWorld({ env: { SENTRY_AUTH_TOKEN: null } })
    t.teardown(world.stop)
    for (let n = 0; n < 4; n++)
      await world.tell('comment', { action: 'created', data: { n } }, { hookAt: world.clock.now() + skewMs })
    const { seconds, readyz } = await lookAtClocks(world)
    t.ok(Math.abs(seconds - skewMs / SECOND) <= 2, `${seconds} s`)
    t.match(readyz, told)
    t.not(await fails(world, skewMs, ['a', 'b', 'c']), 'P0')
    await world.wind(3 * MINUTE)
    t.equal(await fails(world, skewMs, ['d', 'e']), 'P0')
    const metrics = await (await fetch(`${world.url()}/metrics`)).text()
    t.match(metrics, /tocsin_source_clock_skew_seconds\{source="default"\} -?2\d\d/)
  })
}

t.test('with clocks that are hours apart events count as of their arrival, and it is said', async t => {
  const world = await startWorld({ env: { SENTRY_AUTH_TOKEN: null } })
  t.teardown(world.stop)
  const skewMs = -3 * 60 * MINUTE
  for (let n = 0; n < 4; n++)
    await world.tell('comment', { action: 'created', data: { n } }, { hookAt: world.clock.now() + skewMs })
  const { readyz } = await lookAtClocks(world)
  t.match(readyz, /too much to be corrected: events count as of their arrival/)
  t.equal(await fails(world, skewMs, ['a', 'b', 'c', 'd', 'e']), 'P0')
})
