import t from 'tap'
import { errorCreated, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { startWorld } from '../support/world.ts'

t.test('users counted before a restart are counted after it, each once', async t => {
  const world = await startWorld({ env: { SENTRY_AUTH_TOKEN: null } })
  t.teardown(world.stop)
  const failing = (user: string) => {
    world.clock.wind(1_000)
    const now = world.clock.now()
    return eventPayload({ now, issue: '1', project: 'web-shop', transaction: 'POST /checkout/pay', user: { id: user } })
  }
  const before = ['a', 'b', 'c', 'd'].map(failing)
  for (const event of before) t.not((await world.tell('error', errorCreated(event))).severity, 'P0')
  await world.restart()
  // Told once more, and the same user again: neither is a fifth one.
  for (const event of before) await world.tell('error', { ...errorCreated(event), told: 'again' })
  t.same(await world.incidents(), [])
  t.not((await world.tell('error', errorCreated(failing('a')))).severity, 'P0')
  t.match(await world.tell('error', errorCreated(failing('e'))), { outcome: 'opened', severity: 'P0' })
  const [incident] = await world.incidents()
  t.match(incident?.impact, { production: { flowUsers: { value: 5, source: 'windows' } } })
})
