import t from 'tap'
import { alertNow, ISSUE, MINUTE, numbers } from '../support/one-issue.ts'
import { startWorld, type World } from '../support/world.ts'

const HOUR = 60 * MINUTE

async function pass(world: World, ms: number, step: number): Promise<void> {
  for (let left = ms; left > 0; left -= step) {
    await world.wind(step)
    await world.service().settled()
  }
}

function now(world: World, about: object): void {
  const issue = world.sentry.world.issues[ISSUE]
  if (issue !== undefined) Object.assign(issue, about)
}

/** Policies that let nothing fade: what is open stays open. */
async function nothingFades(world: World): Promise<void> {
  const { headers, body } = await world.api('GET', '/rules')
  for (const policy of body.document.policies) policy.whenCalm = null
  await world.api('PUT', '/rules', body.document, { 'if-match': headers.get('etag') ?? '' })
}

for (const hours of [6, 60]) {
  t.test(`open and quiet for ${hours} hours, then 400 users and no webhook: raised within minutes`, async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    await nothingFades(world)
    numbers(world, 3)
    const { incident } = await world.tell('event_alert', alertNow(world))
    const id = incident ?? ''
    now(world, { users: 0, events: 0, usualUsers: 5, lastSeen: world.clock.now() })
    await pass(world, hours * HOUR, 30 * MINUTE)
    t.match(await world.incident(id), { status: 'triggered', severity: 'P2' })
    now(world, { users: 400, events: 900, usualUsers: 5, substatus: 'ongoing', lastSeen: undefined })
    await pass(world, 7 * MINUTE, MINUTE)
    t.match(await world.incident(id), { severity: 'P1' })
    const raised = (await world.timeline(id)).filter(one => one.what === 'raised')
    t.equal(raised.length, 1)
  })
}
