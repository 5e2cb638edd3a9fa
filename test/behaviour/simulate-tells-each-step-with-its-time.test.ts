import t from 'tap'
import { startWorld, type World } from '../support/world.ts'

const MINUTE = 60_000

async function worldOf(t: { teardown(run: () => unknown): void }): Promise<World> {
  const world = await startWorld()
  t.teardown(() => world.stop())
  return world
}

t.test('each step has the time it would be told at, and every rule and route says why', async t => {
  const world = await worldOf(t)
  const at = '2026-11-20T10:00:00.000Z'
  const facts = { project: 'web-shop', environment: 'production', level: 'error', title: 'TypeError' }
  const said = await world.api('POST', '/rules/simulate', { facts, impact: { users: 320, isNew: true }, at })
  t.equal(said.status, 200, JSON.stringify(said.body))
  const { verdict, incidents, severityRules, against } = said.body
  const { document } = (await world.api('GET', '/rules')).body
  t.equal(against, 'revision 1')
  t.equal(verdict.severity, 'P1')
  const [incident] = incidents
  const policy = document.policies.find(({ id }: { id: string }) => id === incident.routes[0].policy)
  t.ok(policy.steps.length > 1, 'the policy has a second step')
  t.equal(incident.steps[0].at, at)
  t.same(
    incident.steps[0].told.map((one: { destination: string }) => one.destination),
    policy.steps[0].targets.map((one: { destination: string }) => one.destination),
  )
  const second = Date.parse(at) + Temporal.Duration.from(policy.steps[1].after).total('milliseconds')
  t.equal(Date.parse(incident.steps[1].at), second)

  const aboutIssues = document.severityRules.filter(({ about }: { about: string }) => about === 'issue')
  const traced = severityRules.filter(({ about }: { about: string }) => about === 'issue')
  t.same(
    traced.map(({ rule }: { rule: string }) => rule),
    aboutIssues.map(({ id }: { id: string }) => id),
    'every rule about issues was tried',
  )
  t.same(
    traced.filter(({ part }: { part: string }) => part === 'decided').map(({ rule }: { rule: string }) => rule),
    [verdict.rule],
  )
  t.ok(traced.every(({ why }: { why: string }) => why !== ''))
  t.same(
    incident.tried.map(({ route }: { route: string }) => route),
    document.routes.map(({ id }: { id: string }) => id),
    'every route was tried',
  )
  t.same(
    incident.tried.filter(({ taken }: { taken: boolean }) => taken).map(({ route }: { route: string }) => route),
    incident.routes.map(({ route }: { route: string }) => route),
  )
})

t.test('a document that is sent along, an old revision and a draft are what it is held against', async t => {
  const world = await worldOf(t)
  const { document } = (await world.api('GET', '/rules')).body
  const milder = structuredClone(document)
  for (const rule of milder.severityRules) if (rule.about === 'issue') rule.severity = 'P3'
  milder.severityRules = milder.severityRules.filter(({ effect }: { effect: string }) => effect === 'severity')
  const asked = { facts: { environment: 'production' }, impact: { users: 320, isNew: true } }
  const severity = async (against: unknown) => {
    const said = await world.api('POST', '/rules/simulate', { ...asked, against })
    return said.status === 200 ? said.body.verdict.severity : `${said.status} ${said.body.code}`
  }
  t.equal(await severity('current'), 'P1')
  t.equal(await severity({ revision: 1 }), 'P1')
  t.equal(await severity({ document: milder }), 'P3')
  t.equal(await severity({ revision: 99 }), '404 NOT_FOUND')
  t.equal(await severity({ draft: 'nothing' }), '404 NOT_FOUND')
  const wrong = structuredClone(document)
  wrong.routes[0].policy = 'page-nwo'
  const refused = await world.api('POST', '/rules/simulate', { ...asked, against: { document: wrong } })
  t.equal(refused.status, 422)
  t.match(refused.body.errors[0].path, /^\/against\/document\/routes\/0\/policy/)
})

t.test('a stored signal is judged again, as it was measured then', async t => {
  const world = await worldOf(t)
  const { eventAlert, eventPayload } = await import('../../src/sandbox/samples/event-payload.ts')
  const issue = '7400000077'
  world.sentry.world.issues[issue] = {
    users: 320,
    events: 640,
    project: 'web-shop',
    firstSeen: world.clock.now() - 10 * MINUTE,
    substatus: 'new',
  }
  const payload = eventAlert(eventPayload({ now: world.clock.now(), issue, project: 'web-shop' }), 'Errors')
  const came = await world.tell('event_alert', payload)
  t.equal(came.severity, 'P1')
  world.sentry.world.issues[issue].users = 0
  await world.service().catchUp()
  const said = await world.api('POST', '/rules/simulate', { signal: came.id, impact: 'recorded' })
  t.equal(said.status, 200, JSON.stringify(said.body))
  t.equal(said.body.verdict.severity, 'P1')
  t.equal(said.body.outcome.incident, came.incident)
  const unknown = await world.api('POST', '/rules/simulate', { signal: 'nothing-0' })
  t.equal(unknown.status, 404)
})

t.test('what keeps it quiet now is said, and who would not be told by that', async t => {
  const world = await worldOf(t)
  const silence = {
    matchers: { field: 'project', op: '=', value: 'web-shop' },
    reason: 'a known outage of the payment provider',
    endsAt: new Date(world.clock.now() + 60 * MINUTE).toISOString(),
  }
  const made = await world.api('POST', '/silences', silence)
  t.equal(made.status, 201, JSON.stringify(made.body))
  const ask = async (project: string) => {
    const facts = { project, environment: 'production' }
    return (await world.api('POST', '/rules/simulate', { facts, impact: { users: 320, isNew: true } })).body
  }
  const [quiet] = (await ask('web-shop')).incidents
  t.match(quiet.heldBack, [{ by: 'silence', reason: /known outage/ }])
  t.same(quiet.steps[0].told, [])
  const [loud] = (await ask('orders-api')).incidents
  t.same(loud.heldBack, [])
  t.not(loud.steps[0].told.length, 0)
})
