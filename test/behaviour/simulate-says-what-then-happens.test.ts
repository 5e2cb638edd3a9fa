import t from 'tap'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { isSoAtSentry } from '../support/at-sentry.ts'
import { startWorld } from '../support/world.ts'

t.test('for every sample payload, simulate says what the service then does', async t => {
  const world = await startWorld()
  t.teardown(() => world.stop())
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
    // Whether a reopening posts anew depends on whether the post before it has arrived by then.
    if (simulated.action !== 'open') continue
    t.equal(said.body.verdict.rule, real.verdict.rule, `${name}: the rule`)
    const told = simulated.steps[0].told.map((one: { destination: string }) => one.destination)
    const sent = (await world.notifications(came.incident)).filter(
      one => one.kind === 'open' && one.owedAt >= real.openedAt,
    )
    t.same(told.toSorted(), sent.map(one => one.destination).toSorted(), `${name}: who is told at once`)
  }
})
