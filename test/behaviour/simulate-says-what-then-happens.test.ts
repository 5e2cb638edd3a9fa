import t, { type Test } from 'tap'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { isSoAtSentry } from '../support/at-sentry.ts'
import { editRules, silence } from '../support/silencing.ts'
import { startWorld, type World } from '../support/world.ts'

async function holdsForEverySample(t: Test, world: World): Promise<Set<string>> {
  const heldBy = new Set<string>()
  for (const [name, sample] of Object.entries(SAMPLES)) {
    const payload = sample.build(world.clock.now())
    if (typeof payload === 'string') continue
    const asked = { payload: { resource: sample.resource, body: payload }, state: 'as-it-is' }
    const before = await world.incidents()
    // What the stand-in for Sentry knows of the issue, it knows from the first webhook about it on.
    isSoAtSentry(world.sentry.world, sample.resource, payload, world.clock.now())
    const said = await world.api('POST', '/rules/simulate', asked)
    t.same(await world.incidents(), before, `${name}: simulating touches no incident`)

    const came = await world.tell(sample.resource, payload)
    t.equal(said.status, came.outcome === 'quarantined' ? 422 : 200, `${name}: ${JSON.stringify(said.body)}`)
    if (came.outcome === 'quarantined') continue
    await world.service().settled()
    t.equal(said.body.outcome.outcome, came.outcome, `${name}: the outcome`)
    t.equal(said.body.outcome.incident, came.incident, `${name}: the incident`)
    if (came.incident === null || said.body.incidents.length === 0) continue
    const real = await world.incident(came.incident)
    const simulated = said.body.incidents.find((one: { incident: string }) => one.incident === came.incident)
    if (simulated === undefined) continue
    t.equal(simulated.severity, real.severity, `${name}: the severity`)
    t.same(
      simulated.routes,
      real.escalations.map(({ route, policy }) => ({ route, policy })),
      `${name}: the routes`,
    )
    const reallyHeld = [real.muted !== null, real.silenced !== null, real.quiet !== null]
    const held: string[] = simulated.heldBack.map((one: { by: string }) => one.by)
    const heldHere = ['archived', 'silence', 'another-incident'].map(by => held.some(one => kindOf(one) === by))
    t.same(heldHere, reallyHeld, `${name}: what holds it back`)
    for (const one of held) heldBy.add(one)
    // Whether a reopening posts anew depends on whether the post before it has arrived by then.
    if (simulated.action !== 'open') continue
    t.equal(said.body.verdict.rule, real.verdict.rule, `${name}: the rule`)
    const told = simulated.steps[0].told.map((one: { destination: string }) => one.destination)
    const sent = (await world.notifications(came.incident)).filter(
      one => one.kind === 'open' && one.owedAt >= real.openedAt,
    )
    t.same(told.toSorted(), sent.map(one => one.destination).toSorted(), `${name}: who is told at once`)
  }
  return heldBy
}

const kindOf = (by: string): string => (by === 'maintenance' ? 'silence' : by)

t.test('for every sample payload, simulate says what the service then does', async t => {
  const world = await startWorld()
  t.teardown(() => world.stop())
  await holdsForEverySample(t, world)
})

t.test('also under a silence, a maintenance window, inhibition, expressions and routes by time of day', async t => {
  const world = await startWorld()
  t.teardown(() => world.stop())
  const { document } = (await world.api('GET', '/rules')).body
  const always = { field: 'severity', op: 'known' }
  const hours = {
    timeZone: 'Asia/Tokyo',
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
    from: '09:00',
    to: '17:00',
    holidays: [],
  }
  const policy = document.routes[0].policy
  const cel = { cel: 'severity == "P1" || severity == "P2"' }
  await editRules(world, {
    routes: [
      { id: 'by-day', name: 'By day', when: cel, policy, during: { hours, outside: false }, continue: true },
      { id: 'by-night', name: 'By night', when: cel, policy, during: { hours, outside: true }, continue: true },
      ...document.routes,
    ],
    inhibitions: [{ id: 'first', name: 'The first speaks', source: always, target: always, equal: ['project'] }],
    maintenance: [
      {
        ...{ id: 'payments', name: 'Payments', reason: 'moving', timeZone: 'UTC', enabled: true, rrule: null },
        when: { field: 'project', op: '=', value: 'payments-api' },
        starts: new Date(world.clock.now() - 3_600_000).toISOString().slice(0, 19),
        duration: 'PT12H',
      },
    ],
  })
  await silence(world, { matchers: { cel: 'project == "web-shop" && level == "error"' } })
  const heldBy = await holdsForEverySample(t, world)
  t.ok(heldBy.has('silence'), `${[...heldBy]}`)
  t.ok(heldBy.has('maintenance'), `${[...heldBy]}`)
  t.ok(heldBy.has('another-incident'), `${[...heldBy]}`)
})
