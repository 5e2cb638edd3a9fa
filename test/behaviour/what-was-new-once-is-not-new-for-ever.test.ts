import t from 'tap'
import { ISSUE, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
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

t.test('an issue that opened by issue.created and became chronic is judged by its own baseline', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 90)
  now(world, { usualUsers: 90 })
  const { incident } = await world.tell('issue', lifecycle(world, 'created'))
  const id = incident ?? ''
  await pass(world, 48 * HOUR, 60 * MINUTE)
  now(world, { users: 110, events: 220, substatus: 'ongoing' })
  await pass(world, 10 * MINUTE, 5 * MINUTE)
  t.match(await world.incident(id), { severity: 'P2', impact: { production: { users: { value: 110 } } } })

  now(world, { users: 115, events: 230, substatus: 'escalating' })
  await pass(world, 10 * MINUTE, 5 * MINUTE)
  t.match(await world.incident(id), { severity: 'P1' }, 'what Sentry says of it now counts, not what its webhook said')
})
